/** Runs the `up` or `down` of a TypeScript migration through Kysely, watching each statement. */
import type { QueryResult } from 'kysely';
import { DbkitError } from '../../errors.ts';
import { createKysely } from '../../postgres/kysely.ts';
import type { Direction } from '../migration.ts';
import type { Migration } from '../module.ts';
import { StatementFailure, stackLocation, withLongStack } from './failure.ts';

export interface ModuleStatements {
  /** Aborted: the migration is not waited for once no statement of it is under way. */
  readonly signal?: AbortSignal;
  /** Throws a DbkitError for a statement that may not run; the migration then fails even where it catches that. */
  readonly check?: (sql: string) => void;
  execute(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>>;
  /** Told of each statement that fails, also when the migration catches the error. */
  readonly onFailure?: (failure: StatementFailure) => void;
  /** Null: the migration runs inside one transaction and may not begin another. */
  readonly transactions: { begin(): Promise<void>; commit(): Promise<void>; rollback(): Promise<void> } | null;
}

/**
 * Calls the migration's function with a Kysely instance: a transaction, when the whole migration is one.
 * A statement that it did not wait for is an error, since it could run after the end.
 */
export async function runModule(
  migration: Migration,
  direction: Direction,
  statements: ModuleStatements,
): Promise<void> {
  const { module } = migration;
  const run = module?.[direction] ?? null;
  if (module === null || run === null) throw new Error(`${migration.name} has no function ${direction}`);
  const watch = new StatementWatch(migration, direction, statements);
  const nothing = async () => {};
  const db = createKysely(module.kysely, {
    execute: (sql, parameters) => watch.execute(sql, parameters),
    ...(statements.transactions ?? { begin: nothing, commit: nothing, rollback: nothing }),
  });
  await watch.during(async () => {
    if (statements.transactions === null) await db.transaction().execute((transaction) => run(transaction));
    else await run(db);
  });
}

class StatementWatch {
  readonly #migration: Migration;
  readonly #direction: Direction;
  readonly #statements: ModuleStatements;
  #underWay = 0;
  readonly #onIdle: (() => void)[] = [];
  #over = false;
  #missed = false;
  #refused: DbkitError | null = null;

  constructor(migration: Migration, direction: Direction, statements: ModuleStatements) {
    this.#migration = migration;
    this.#direction = direction;
    this.#statements = statements;
  }

  /** Runs the migration's function to its end, and that of every statement it began. */
  async during(run: () => Promise<void>): Promise<void> {
    // The failure of a statement that nobody waits for would end the process before it could be told.
    const onRejection = (reason: unknown) => {
      if (!this.#over && !(reason instanceof StatementFailure) && reason !== this.#refused) throw reason;
      this.#missed = true;
    };
    process.on('unhandledRejection', onRejection);
    try {
      await this.#unlessAborted(run);
      // A statement without await is on its way through Kysely now: one turn of the loop brings it here.
      await nextTurn();
      this.#missed ||= this.#underWay > 0;
    } finally {
      this.#over = true;
      await this.#idle();
      await nextTurn();
      process.off('unhandledRejection', onRejection);
    }
    if (this.#refused !== null) throw this.#refused;
    if (this.#missed) throw this.#notAwaited();
  }

  /** What a migration waits for beside its statements nobody can cancel: it is left behind. */
  async #unlessAborted(run: () => Promise<void>): Promise<void> {
    const { signal } = this.#statements;
    if (signal === undefined) return run();
    signal.throwIfAborted();
    let onAbort = () => {};
    const aborted = new Promise<void>((resolve) => {
      onAbort = resolve;
      signal.addEventListener('abort', onAbort, { once: true });
    });
    const left = aborted.then(async () => {
      await this.#idle();
      // The failure of a statement that was cancelled comes first.
      await nextTurn();
      throw signal.reason;
    });
    try {
      await Promise.race([run(), left]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    signal.throwIfAborted();
  }

  execute(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>> {
    if (this.#over) {
      this.#missed = true;
      // Nobody waits for this promise either: it must not reject.
      return new Promise(() => {});
    }
    return this.#run(sql, parameters);
  }

  /** Resolves once no statement is under way. */
  async #idle(): Promise<void> {
    while (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle.push(resolve);
      });
    }
  }

  async #run(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>> {
    const { file } = this.#migration;
    // Counted here and not by a second `then`: with two of them V8 can not follow the stack into the migration.
    this.#underWay += 1;
    try {
      this.#statements.check?.(sql);
      return await this.#statements.execute(sql, parameters);
    } catch (cause) {
      if (cause instanceof DbkitError) {
        const refused = withLongStack(() => placed(cause, file));
        this.#refused ??= refused;
        throw refused;
      }
      const failure = withLongStack(
        () =>
          new StatementFailure({
            migration: this.#migration.name,
            direction: this.#direction,
            statement: sql,
            origin: null,
            file,
            cause: cause instanceof StatementFailure ? cause.cause : cause,
          }),
      );
      this.#statements.onFailure?.(failure);
      throw failure;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const tell of this.#onIdle.splice(0)) tell();
    }
  }

  #notAwaited(): DbkitError {
    const { name, file } = this.#migration;
    return new DbkitError('MIGRATION_FAILED', `${this.#direction} of ${name} did not wait for one of its statements`, {
      location: { file, line: null, column: null },
      hint: 'put await before every statement',
    });
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The error with the line of the migration that led to it, where it names the file only. */
function placed(error: DbkitError, file: string): DbkitError {
  if (error.location === null || error.location.line !== null) return error;
  return new DbkitError(error.code, error.message, {
    hint: error.hint ?? undefined,
    location: stackLocation(new Error('here'), file) ?? error.location,
    cause: error.cause,
    sql: error.sql ?? undefined,
    details: error.details,
  });
}
