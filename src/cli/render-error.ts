/** An error as text for stderr, and as the `error` of a JSON document. */
import { relative } from 'node:path';
import type { Style } from '../command.ts';
import type { ErrorCode, Location } from '../errors.ts';
import { DbkitError } from '../errors.ts';
import { renderFrame } from '../postgres/frame.ts';

export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly message: string;
  /** The next thing to type, or to do. */
  readonly hint: string | null;
  readonly location: Location | null;
  /** More lines: what was rolled back, what stands, who blocks. */
  readonly details: readonly string[];
  /** Of what the server said, where it was the server. */
  readonly sqlstate: string | null;
}

export function toErrorDocument(error: unknown): ErrorDocument {
  if (error instanceof DbkitError) {
    const { code, message, hint, location, details, sql } = error;
    return { code, message, hint, location, details, sqlstate: sql?.sqlstate ?? null };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, hint: bugHint, location: null, details: [], sqlstate: null };
}

const bugHint = 'this is a bug of dbkit: please report it with this text';

/** Message, place, frame, what the server said more, what stands, what to type next; ends with a line break. */
export function renderError(error: unknown, style: Style, cwd: string, dbkitVersion: string): string {
  if (!(error instanceof DbkitError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${style.bad('error')} INTERNAL ${stack}\ndbkit ${dbkitVersion}, node ${process.versions.node}\n${style.bold('next:')} ${bugHint}\n`;
  }
  const lines = [`${style.bad('error')} ${style.bold(error.code)} ${error.message}`];
  const { sql, location } = error;
  if (location !== null) lines.push(style.dim(`  at ${renderLocation(location, cwd)}`));
  const frame = sql === null ? null : renderFrame(sql, location);
  if (frame !== null) lines.push('', frame, '');
  if (sql !== null) {
    lines.push(`  SQLSTATE ${sql.sqlstate}`);
    if (sql.detail !== null) lines.push(`  detail: ${sql.detail.split('\n').join('\n          ')}`);
    if (sql.hint !== null && !repeats(error.hint, sql.hint)) lines.push(`  hint of the server: ${sql.hint}`);
    if (sql.where !== null) lines.push(`  where: ${sql.where.split('\n').join('\n         ')}`);
    if (frame === null) lines.push(`  statement: ${shorten(sql.statement)}`);
  }
  for (const detail of error.details) lines.push(`  ${detail}`);
  if (error.hint !== null) lines.push(`${style.bold('next:')} ${error.hint}`);
  return `${lines.join('\n')}\n`;
}

/** What comes after `next:` may begin with the server's own words. */
function repeats(hint: string | null, said: string): boolean {
  return hint?.startsWith(said.trim().replace(/\.$/, '')) === true;
}

function renderLocation({ file, line, column }: Location, cwd: string): string {
  const near = relative(cwd, file);
  const path = near === '' || near.startsWith('..') ? file : near;
  return [path, line, column].filter((part) => part !== null).join(':');
}

function shorten(statement: string): string {
  const flat = statement.replace(/\s+/g, ' ');
  return flat.length > 300 ? `${flat.slice(0, 299)}…` : flat;
}
