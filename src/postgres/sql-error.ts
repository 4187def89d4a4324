/** Turns what PostgreSQL says of a statement into a DbkitError with a place in a file. */
import type { Location, SqlFailure } from '../errors.ts';
import { blankSecrets } from './sql-text.ts';

/** Where a statement came from: `offset` (UTF-16 units) of its text in `source`, the text of `file`. */
export interface StatementOrigin {
  readonly file: string;
  readonly source: string;
  readonly offset: number;
}

interface ServerError extends Error {
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly where?: string;
}

/** True for an error that the server answered a statement with. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && typeof (error as { code?: unknown }).code === 'string';
}

/** What the server said, with the statement's secrets blanked; null when it was not the server that spoke. */
export function describeSqlFailure(error: unknown, statement: string): SqlFailure | null {
  if (!isServerError(error)) return null;
  return {
    sqlstate: error.code,
    detail: error.detail ?? null,
    hint: error.hint ?? null,
    where: error.where === undefined ? null : blankContext(error.where),
    statement: blankSecrets(statement),
    position: error.position === undefined ? null : Number(error.position),
  };
}

/** `SQL statement "alter role …"`: what a function was doing, in double quotes. */
function blankContext(where: string): string {
  return where.replace(/"([\s\S]*)"/g, (_, inside: string) => `"${blankSecrets(inside)}"`);
}

/** The place in the file that an error points at; the statement's beginning when it names no position. */
export function locateFailure(failure: SqlFailure, statement: string, origin: StatementOrigin): Location {
  const inside = failure.position === null ? 0 : offsetOfPosition(statement, failure.position);
  return { file: origin.file, ...lineAndColumn(origin.source, origin.offset + inside) };
}

/** Positions count code points from 1; offsets count UTF-16 units from 0. */
export function offsetOfPosition(text: string, position: number): number {
  let offset = 0;
  for (let left = position - 1; left > 0 && offset < text.length; left -= 1) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** Line and column from 1, the column in code points. Lines end with LF, CRLF or CR. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}
