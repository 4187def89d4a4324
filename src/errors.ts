/**
 * The one error type a person sees, and the closed list of its codes.
 *
 * A code is never reused and never renamed: pipelines branch on it. What is not a DbkitError is our bug.
 */

/** Exit status of the process, see DESIGN: 1 the answer is no, 2 could not do it, 3 try again, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** Every code with the exit status it leads to. */
const exitCodes = {
  // usage and config
  USAGE: 2,
  CONFIG_INVALID: 2,
  CONFIG_NOT_FOUND: 2,
  NODE_TOO_OLD: 2,
  DEPENDENCY_MISSING: 2,
  // targets
  TARGET_AMBIGUOUS: 2,
  TARGET_MISSING: 2,
  TARGET_REFUSED: 2,
  CONFIRMATION_NEEDED: 2,
  PLAN_CHANGED: 2,
  EMBEDDED_UNAVAILABLE: 2,
  PLATFORM_UNFAITHFUL: 2,
  PLATFORM_REFUSED: 2,
  SCRATCH_UNLIKE: 2,
  // connections
  UNREACHABLE: 3,
  CONNECTION_LOST: 3,
  AUTHENTICATION_FAILED: 2,
  DATABASE_NOT_FOUND: 2,
  PASSWORD_COMMAND_FAILED: 2,
  POOLER_UNSUPPORTED: 2,
  INSUFFICIENT_PRIVILEGE: 2,
  SCHEMA_TOO_NEW: 2,
  // locks
  RUN_LOCKED: 3,
  LOCK_TIMEOUT: 3,
  // migrations
  FOLDER_NOT_FOUND: 2,
  FILE_INVALID: 2,
  DOWN_MISSING: 2,
  VERSION_DUPLICATE: 2,
  MIGRATION_UNKNOWN: 2,
  MIGRATION_EDITED: 2,
  MIGRATION_DELETED: 2,
  MIGRATION_OUT_OF_ORDER: 2,
  MIGRATION_IRREVERSIBLE: 2,
  MIGRATION_FAILED: 2,
  MIGRATION_INTERRUPTED: 2,
  MIGRATION_NOT_TRANSACTIONAL: 2,
  SQL_FAILED: 2,
  // the machine
  IO_FAILED: 2,
  INTERRUPTED: 130,
  ENDED_EARLY: 2,
  INTERNAL: 2,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof exitCodes;

/** A place in a file; `line` and `column` start at 1. */
export interface Location {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** What PostgreSQL said of a statement, with the text it said it of. `position` counts characters from 1. */
export interface SqlFailure {
  readonly sqlstate: string;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly where: string | null;
  readonly statement: string;
  readonly position: number | null;
  /** True: the statement was put together at run time, so that its lines are not those of the file. */
  readonly compiled?: boolean;
}

export interface DbkitErrorOptions {
  /** The next thing to type, or to do. */
  readonly hint?: string | undefined;
  readonly location?: Location | null | undefined;
  readonly cause?: unknown;
  readonly sql?: SqlFailure | undefined;
  /** More lines for a person, below the message: what was rolled back, what stands, who blocks. */
  readonly details?: readonly string[] | undefined;
  /** What is known of the run so far, for `result` of the JSON document. */
  readonly result?: unknown;
}

/** A fault that a person caused or can mend. The message is one line: what failed, on what. */
export class DbkitError extends Error {
  override readonly name = 'DbkitError';
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly location: Location | null;
  readonly sql: SqlFailure | null;
  readonly details: readonly string[];
  readonly result: unknown;

  constructor(code: ErrorCode, message: string, options: DbkitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
    this.location = options.location ?? null;
    this.sql = options.sql ?? null;
    this.details = options.details ?? [];
    this.result = options.result ?? null;
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code];
  }
}
