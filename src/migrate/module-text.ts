/** What can be known of a TypeScript text without a parser: its sense apart from its layout, and its secrets. */
import { blankSecrets, isSecretName } from '../postgres/sql-text.ts';

interface Piece {
  readonly kind: 'layout' | 'literal' | 'word' | 'symbol';
  readonly text: string;
}

const layout = /\s+|(?<!\\)\/\/[^\n]*|(?<!\\)\/\*[\s\S]*?\*\//y;
const quoted = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y;
const word = /[\p{L}\p{N}_$]+/uy;

/**
 * A text without comments and layout, one kind of quotes, no semicolons and no trailing commas: what formatters
 * change. Where it misreads (a quote in a regular expression), a reformatted file counts as edited.
 */
export function normalizeModule(text: string): string {
  const kept: string[] = [];
  for (const piece of pieces(text.replaceAll('\r\n', '\n'))) {
    if (piece.kind === 'layout' || piece.text === ';') continue;
    if (/^[)\]}]$/.test(piece.text) && kept.at(-1) === ',') kept.pop();
    kept.push(piece.kind === 'literal' && !piece.text.startsWith('`') ? singleQuoted(piece.text) : piece.text);
  }
  return kept.join(' ');
}

/** The text with the inside of literals blanked that may give a secret away; by the rules of `blankSecrets`. */
export function blankModuleSecrets(text: string): string {
  let result = '';
  let name = '';
  for (const piece of pieces(text)) {
    if (piece.kind === 'literal') {
      const inside = piece.text.slice(1, -1);
      // `password: '…'`, `token = '…'`: the name is what stood before the sign.
      const blanked = isSecretName(name) ? inside.replace(/[^\n\r]/g, '*') : blankSecrets(inside);
      result += piece.text.charAt(0) + blanked + piece.text.charAt(piece.text.length - 1);
      // "password": '…'
      name = inside;
      continue;
    }
    if (piece.kind === 'word') name = piece.text;
    else if (piece.kind === 'symbol' && !/[:=]/.test(piece.text)) name = '';
    result += piece.text;
  }
  return result;
}

function singleQuoted(literal: string): string {
  return `'${literal.slice(1, -1).replaceAll("\\'", "'").replaceAll('\\"', '"')}'`;
}

function* pieces(text: string): Generator<Piece> {
  for (let at = 0; at < text.length; ) {
    const piece = pieceAt(text, at);
    yield piece;
    at += piece.text.length;
  }
}

function pieceAt(text: string, at: number): Piece {
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  const blank = match(layout);
  if (blank !== null) return { kind: 'layout', text: blank };
  if (text[at] === '`') return { kind: 'literal', text: text.slice(at, endOfTemplate(text, at)) };
  const literal = match(quoted);
  if (literal !== null) return { kind: 'literal', text: literal };
  const name = match(word);
  if (name !== null) return { kind: 'word', text: name };
  return { kind: 'symbol', text: text.charAt(at) };
}

/** A template may hold `${…}`, and that another template. */
function endOfTemplate(text: string, open: number): number {
  for (let at = open + 1; at < text.length; ) {
    if (text[at] === '\\') at += 2;
    else if (text[at] === '`') return at + 1;
    else if (text.startsWith('${', at)) at = endOfHole(text, at + 2);
    else at += 1;
  }
  return text.length;
}

function endOfHole(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; ) {
    const { text: piece } = pieceAt(text, at);
    at += piece.length;
    if (piece === '{') depth += 1;
    else if (piece === '}' && depth === 0) return at;
    else if (piece === '}') depth -= 1;
  }
  return text.length;
}
