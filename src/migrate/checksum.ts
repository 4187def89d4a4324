/** Checksums of migration texts: of the bytes, and of the sense, so that reformatting is told apart from change. */
import { hash } from 'node:crypto';
import { normalizeSql } from '../postgres/sql-text.ts';

export interface Checksum {
  /** SHA-256 of the UTF-8 text, hexadecimal. */
  readonly raw: string;
  /** SHA-256 of the text without layout and comments. */
  readonly normalized: string;
}

/** SHA-256 of a text, hexadecimal. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

export function checksumSql(text: string): Checksum {
  return { raw: sha256(text), normalized: sha256(normalizeSql(text)) };
}

export function checksumModule(text: string): Checksum {
  return { raw: sha256(text), normalized: sha256(normalizeModule(text)) };
}

const pieces =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\s+|[\w$]+|[^\s\w$]/g;

/**
 * A TypeScript text without comments and layout, one kind of quotes, no semicolons at line ends and no trailing
 * commas: what formatters change. Where it misreads (a quote in a regular expression), the worst that follows is
 * that a reformatted file counts as edited.
 */
export function normalizeModule(text: string): string {
  const kept: string[] = [];
  for (const [piece] of text.matchAll(pieces)) {
    if (/^\s/.test(piece) || piece.startsWith('//') || piece.startsWith('/*') || piece === ';') continue;
    if (/^[)\]}]$/.test(piece) && kept.at(-1) === ',') kept.pop();
    const quoted = piece.length > 1 && (piece[0] === "'" || piece[0] === '"');
    kept.push(quoted ? `'${piece.slice(1, -1).replaceAll("\\'", "'").replaceAll('\\"', '"')}'` : piece);
  }
  return kept.join(' ');
}
