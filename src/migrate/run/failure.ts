/** Errors of a migration that did not go through: what failed where, what was rolled back, what stands. */
import { pathToFileURL } from 'node:url';
import type { Location } from '../../errors.ts';
import { DbkitError } from '../../errors.ts';
import type { StatementOrigin } from '../../postgres/sql-error.ts';
import { describeSqlFailure, locateFailure } from '../../postgres/sql-error.ts';
import type { TargetDescription } from '../../postgres/target.ts';
import type { Direction } from '../migration.ts';
import { sqlstates } from './session.ts';

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
    super(of.cause instanceof Error ? of.cause.message : String(of.cause), { cause: of.cause });
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

const outside =
  'what PostgreSQL does not run inside a transaction belongs into a migration of its own, with -- dbkit:transaction off (in TypeScript: export const config = { transaction: false })';

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
      : (stackLocation(error, file) ?? { file, line: null, column: null });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DbkitError('MIGRATION_FAILED', `${direction} of ${name} failed: ${reason.split('\n')[0]}`, {
    cause,
    sql: sql === null ? undefined : { ...sql, compiled: failure?.origin === null },
    location,
    hint: sql?.sqlstate === '25001' ? outside : aftermath.hint,
    details: aftermath.details,
  });
}

/** The error of a run with what only the target knows. */
export function namingTarget(error: unknown, target: TargetDescription): unknown {
  if (!(error instanceof DbkitError)) return error;
  const lacksRight =
    error.code === 'MIGRATION_FAILED' && error.sql?.sqlstate === sqlstates.insufficientPrivilege
      ? target.kind === 'scratch'
        ? `migrations run on a scratch database as "${target.role}", which may do what the owner of a database may; where the real role may do more, name that target with --env or --database-url, or say scratch: { superuser: true } in the config`
        : `grant the right to "${target.role}", or to the role that the migration sets; or run as the owner, with "role" of the environment; then run the same command again`
      : undefined;
  return new DbkitError(error.code, error.message, {
    cause: error.cause,
    sql: error.sql ?? undefined,
    location: error.location,
    hint: lacksRight ?? error.hint ?? undefined,
    details: error.details,
    result: error.result === null ? undefined : { target, ...error.result },
  });
}

/** The line of the migration's own file in a stack, where it has one. */
export function stackLocation(error: unknown, file: string): Location | null {
  if (!(error instanceof Error)) return null;
  const names = [pathToFileURL(file).href, file].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const match = new RegExp(`(?:${names.join('|')})(?:\\?[^:)\\s]*)?:(\\d+):(\\d+)`).exec(error.stack ?? '');
  return match === null ? null : { file, line: Number(match[1]), column: Number(match[2]) };
}

/** Calls `make` so that errors made in it hold the whole way through Kysely up to the migration's own line. */
export function withLongStack<T>(make: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = before;
  }
}
