/** Errors of a migration that did not go through: what failed where, what was rolled back, what stands. */
import type { Location } from '../../errors.ts';
import { DbkitError } from '../../errors.ts';
import type { StatementOrigin } from '../../postgres/sql-error.ts';
import { describeSqlFailure, isServerError, locateFailure } from '../../postgres/sql-error.ts';
import type { Direction } from '../migration.ts';

/** An error with the statement that it is about; thrown inside a run, never outside of it. */
export class StatementFailure extends Error {
  override readonly name = 'StatementFailure';
  readonly migration: string;
  readonly direction: Direction;
  readonly statement: string;
  readonly origin: StatementOrigin | null;
  readonly file: string;

  constructor(of: {
    readonly migration: string;
    readonly direction: Direction;
    readonly statement: string;
    /** Null for TypeScript, where the statement is compiled. */
    readonly origin: StatementOrigin | null;
    readonly file: string;
    readonly cause: unknown;
  }) {
    super((of.cause as Error).message, { cause: of.cause });
    this.migration = of.migration;
    this.direction = of.direction;
    this.statement = of.statement;
    this.origin = of.origin;
    this.file = of.file;
  }
}

/** What a person needs beside the fault itself. */
export interface Aftermath {
  /** What was rolled back, what stands, in whole sentences without a dot. */
  readonly details: readonly string[];
  readonly hint: string;
}

/** The error of a migration, for a person. `error` may be a StatementFailure or whatever a TypeScript migration threw. */
export function toMigrationError(
  error: unknown,
  name: string,
  direction: Direction,
  file: string,
  aftermath: Aftermath,
): DbkitError {
  if (error instanceof DbkitError) {
    return new DbkitError(error.code, error.message, {
      cause: error.cause,
      sql: error.sql ?? undefined,
      location: error.location,
      hint: error.hint ?? aftermath.hint,
      details: [...error.details, ...aftermath.details],
    });
  }
  const failure = error instanceof StatementFailure ? error : null;
  const cause = failure?.cause ?? error;
  const sql = failure === null ? null : describeSqlFailure(cause, failure.statement);
  const location: Location =
    failure !== null && sql !== null && failure.origin !== null
      ? locateFailure(sql, failure.statement, failure.origin)
      : (stackLocation(cause, file) ?? { file, line: null, column: null });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DbkitError('MIGRATION_FAILED', `${direction} of ${name} failed: ${reason.split('\n')[0]}`, {
    cause,
    sql: sql ?? undefined,
    location,
    hint: aftermath.hint,
    details: aftermath.details,
  });
}

/** The line of the migration's own file in a stack, where it has one. */
function stackLocation(error: unknown, file: string): Location | null {
  if (!(error instanceof Error) || isServerError(error)) return null;
  const escaped = file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const match = new RegExp(`${escaped}(?:\\?[^:)\\s]*)?:(\\d+):(\\d+)`).exec(decodeURI(error.stack ?? ''));
  return match === null ? null : { file, line: Number(match[1]), column: Number(match[2]) };
}
