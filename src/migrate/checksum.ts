/** Checksums of migration texts: of the bytes, and of the sense, so that reformatting is told apart from change. */
import { hash } from 'node:crypto';
import { normalizeSql } from '../postgres/sql-text.ts';
import { normalizeModule } from './module-text.ts';

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
  return lazily(text, normalizeSql);
}

export function checksumModule(text: string): Checksum {
  return lazily(text, normalizeModule);
}

/** The sense is asked for only where the bytes differ, or are recorded. */
function lazily(text: string, normalize: (text: string) => string): Checksum {
  let normalized: string | null = null;
  return {
    raw: sha256(text),
    get normalized() {
      normalized ??= sha256(normalize(text));
      return normalized;
    },
  };
}
