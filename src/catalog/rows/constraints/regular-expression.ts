/** Texts that match a regular expression of PostgreSQL, as far as people write them in conditions. */
import type { Draw } from '../draw.ts';

type Node =
  | { readonly kind: 'chars'; readonly chars: readonly string[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

const range = (from: string, to: string): readonly string[] => {
  const chars: string[] = [];
  const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  for (let code = first; code <= Math.min(last, first + 200); code += 1) chars.push(String.fromCodePoint(code));
  return chars;
};
const digits = range('0', '9');
const lower = range('a', 'z');
const upper = range('A', 'Z');
const word = [...lower, ...upper, ...digits, '_'];
const printable = [...lower, ...digits, ...upper, ' ', ...'-_.,:;!?@#/+='];
const classes: Readonly<Record<string, readonly string[]>> = {
  alpha: [...lower, ...upper],
  lower,
  upper,
  digit: digits,
  alnum: [...lower, ...digits, ...upper],
  word,
  space: [' '],
  blank: [' '],
  punct: [...'!.,:;-_'],
  xdigit: [...digits, ...range('a', 'f')],
  print: printable,
  graph: [...lower, ...digits],
  cntrl: ['\t'],
};
const escapes: Readonly<Record<string, readonly string[]>> = {
  d: digits,
  w: word,
  s: [' '],
  t: ['\t'],
  n: ['\n'],
  r: ['\r'],
};

class NotSupported extends Error {}

/** Null: the expression has parts that are not known here. */
export function parseRegularExpression(source: string): Node | null {
  try {
    const reader = { chars: [...source.replace(/^\*\*\*:|^\(\?[cinpqstwx]*\)/u, '')], at: 0 };
    const node = readChoice(reader);
    return reader.at === reader.chars.length ? node : null;
  } catch (error) {
    if (error instanceof NotSupported) return null;
    throw error;
  }
}

interface Source {
  readonly chars: readonly string[];
  at: number;
}

function readChoice(reader: Source): Node {
  const parts = [readSequence(reader)];
  while (reader.chars[reader.at] === '|') {
    reader.at += 1;
    parts.push(readSequence(reader));
  }
  return parts.length === 1 ? (parts[0] as Node) : { kind: 'choice', parts };
}

function readSequence(reader: Source): Node {
  const parts: Node[] = [];
  for (;;) {
    const char = reader.chars[reader.at];
    if (char === undefined || char === '|' || char === ')') return { kind: 'sequence', parts };
    reader.at += 1;
    if (char === '^' || char === '$') continue;
    parts.push(readRepeat(reader, readAtom(reader, char)));
  }
}

function readAtom(reader: Source, char: string): Node {
  if (char === '(') {
    if (reader.chars[reader.at] === '?') {
      if (reader.chars[reader.at + 1] !== ':') throw new NotSupported();
      reader.at += 2;
    }
    const inner = readChoice(reader);
    if (reader.chars[reader.at] !== ')') throw new NotSupported();
    reader.at += 1;
    return inner;
  }
  if (char === '[') return { kind: 'chars', chars: readBracket(reader) };
  if (char === '.') return { kind: 'chars', chars: printable };
  if (char === '\\') return readEscape(reader);
  return { kind: 'chars', chars: [char] };
}

function readEscape(reader: Source): Node {
  const char = reader.chars[reader.at] ?? '';
  reader.at += 1;
  // Of places, not of characters: where a word begins, where the text ends.
  if ('AZmM'.includes(char)) return { kind: 'sequence', parts: [] };
  const known = escapes[char];
  if (known !== undefined) return { kind: 'chars', chars: known };
  if (char === 'D' || char === 'S' || char === 'W') {
    return { kind: 'chars', chars: char === 'W' ? ['-', ' '] : lower };
  }
  if (/[A-Za-z0-9]/u.test(char) || char === '') throw new NotSupported();
  return { kind: 'chars', chars: [char] };
}

function readBracket(reader: Source): readonly string[] {
  const negated = reader.chars[reader.at] === '^';
  if (negated) reader.at += 1;
  const chars: string[] = [];
  for (let first = true; ; first = false) {
    const char = reader.chars[reader.at];
    if (char === undefined) throw new NotSupported();
    reader.at += 1;
    if (char === ']' && !first) break;
    if (char === '[' && reader.chars[reader.at] === ':') {
      const end = reader.chars.indexOf(']', reader.at);
      chars.push(...(classes[reader.chars.slice(reader.at + 1, end - 1).join('')] ?? []));
      reader.at = end + 1;
      continue;
    }
    if (char === '[' && '.='.includes(reader.chars[reader.at] ?? ' ')) throw new NotSupported();
    let from = char;
    if (char === '\\') {
      from = reader.chars[reader.at] ?? '';
      reader.at += 1;
      const known = escapes[from];
      if (known !== undefined) {
        chars.push(...known);
        continue;
      }
    }
    if (reader.chars[reader.at] === '-' && reader.chars[reader.at + 1] !== ']') {
      reader.at += 1;
      let to = reader.chars[reader.at] ?? '';
      reader.at += 1;
      if (to === '\\') {
        to = reader.chars[reader.at] ?? '';
        reader.at += 1;
      }
      chars.push(...range(from, to));
    } else chars.push(from);
  }
  const forbidden = new Set(chars);
  const allowed = negated ? printable.filter((char) => !forbidden.has(char)) : chars;
  if (allowed.length === 0) throw new NotSupported();
  return allowed;
}

function readRepeat(reader: Source, part: Node): Node {
  const char = reader.chars[reader.at] ?? '';
  let least = 1;
  let most = 1;
  if (char === '*') [least, most] = [0, Number.POSITIVE_INFINITY];
  else if (char === '+') most = Number.POSITIVE_INFINITY;
  else if (char === '?') least = 0;
  else if (char === '{') {
    const end = reader.chars.indexOf('}', reader.at);
    const said = /^(\d+)(,(\d*))?$/u.exec(reader.chars.slice(reader.at + 1, end).join(''));
    if (said === null) throw new NotSupported();
    least = Number(said[1]);
    most = said[2] === undefined ? least : said[3] === '' ? Number.POSITIVE_INFINITY : Number(said[3]);
    reader.at = end;
  } else return part;
  reader.at += 1;
  if (reader.chars[reader.at] === '?') reader.at += 1;
  return readRepeat(reader, { kind: 'repeat', part, least, most });
}

/** `reach`: how far a repeat may go beyond its least, so that long texts can be had where they are asked for. */
export function matching(node: Node, draw: Draw, reach: number): string {
  switch (node.kind) {
    case 'chars':
      return node.chars[draw.below(node.chars.length)] ?? '';
    case 'sequence':
      return node.parts.map((part) => matching(part, draw, reach)).join('');
    case 'choice':
      return matching(node.parts[draw.below(node.parts.length)] as Node, draw, reach);
    case 'repeat': {
      const span = Math.min(node.most, node.least + reach) - node.least;
      const count = node.least + (span <= 0 ? 0 : span - draw.below(Math.min(3, span + 1)));
      let text = '';
      for (let turn = 0; turn < count; turn += 1) text += matching(node.part, draw, reach);
      return text;
    }
    default:
      return node satisfies never;
  }
}

/** For a first look at a text here; what JavaScript reads otherwise is left to the server. */
export function toJavaScript(source: string, ignoreCase: boolean): RegExp | null {
  const translated = source
    .replace(/^\*\*\*:|^\(\?[cinpqstwx]*\)/u, '')
    .replaceAll('[:alpha:]', 'a-zA-Z\\u00c0-\\u024f')
    .replaceAll('[:lower:]', 'a-z')
    .replaceAll('[:upper:]', 'A-Z')
    .replaceAll('[:digit:]', '0-9')
    .replaceAll('[:alnum:]', 'a-zA-Z0-9\\u00c0-\\u024f')
    .replaceAll('[:space:]', '\\s')
    .replaceAll('[:xdigit:]', '0-9a-fA-F')
    .replaceAll('[:cntrl:]', '\\u0000-\\u001f\\u007f')
    .replaceAll('[:punct:]', '!-\\/:-@\\[-`{-~')
    .replaceAll(/\\[mM]/gu, '\\b')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$');
  try {
    return new RegExp(translated, ignoreCase ? 'is' : 's');
  } catch {
    return null;
  }
}
