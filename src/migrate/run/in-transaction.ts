/** Runs migrations inside one transaction, together with their journal rows: all of it or nothing. */
import { DbkitError } from '../../errors.ts';
import { executeOn } from '../../postgres/kysely-result.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import { toEntry } from '../entry.ts';
import type { NewEntry } from '../journal-write.ts';
import { claimForDown, finishDown, finishUp, insertApplied, insertEntry } from '../journal-write.ts';
import type { SqlScript } from '../migration.ts';
import type { Blocker, Watched } from './blockers.ts';
import { watchingBlockers } from './blockers.ts';
import { StatementFailure } from './failure.ts';
import { lockTimeout } from './lock-timeout.ts';
import { runModule } from './module-runner.ts';
import { moduleLocation, observed } from './observe.ts';
import { RanText } from './ran-text.ts';
import { refuseCopyFromStdin } from './refuse-copy.ts';
import type { RunSession, RunStep } from './session.ts';
import { backOff, eventOf, hasSqlstate, lockAttempts, sqlstates, transactionSettings } from './session.ts';
import { changesSession } from './session-state.ts';
import { refuseTransactionControl } from './transaction-control.ts';

export interface TransactionOptions {
  /** False: COMMIT does not wait for the disk, because a later one of the run will. */
  readonly durable: boolean;
  /** What the first attempt, which was made elsewhere and rolled back, failed with. */
  readonly failed?: { readonly error: unknown; readonly blockers: readonly Blocker[] } | undefined;
  /** Called while the server commits: what the next migration needs can be made ready. */
  readonly meanwhile?: () => void;
}

/**
 * Runs `steps` in one transaction; a lock that is not had in time rolls it back and tries again, six times in all.
 * Throws what the migration threw (see `failure.ts`), or LOCK_TIMEOUT naming who holds the lock.
 */
export async function runInTransaction(
  session: RunSession,
  steps: readonly RunStep[],
  options: TransactionOptions,
): Promise<void> {
  let failed = options.failed ?? null;
  for (let attempt = 1; ; attempt += 1) {
    session.signal.throwIfAborted();
    session.lock.assertHeld();
    let watched: Watched | null = null;
    try {
      if (failed !== null) throw failed.error;
      await watchingBlockers(session, (now) => {
        watched = now;
        return new Attempt(session, now, options).run(steps);
      });
      return;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      const { blockers } = watched ?? failed ?? { blockers: [] };
      failed = null;
      if (attempt >= lockAttempts) throw lockTimeout(steps, session, blockers, attempt);
      session.onEvent({
        kind: 'wait',
        text: `no lock within ${session.lockTimeoutMs} ms; rolled back, attempt ${attempt + 1} of ${lockAttempts} follows`,
      });
      await backOff(attempt, session.signal);
    }
  }
}

function isLockTimeout(error: unknown): boolean {
  return hasSqlstate(error instanceof StatementFailure ? error.cause : error, sqlstates.lockNotAvailable);
}

/**
 * One transaction. Everything is sent without waiting for answers where no answer is needed to go on. After the first
 * statement that fails the server refuses the others, and takes COMMIT for ROLLBACK.
 */
class Attempt {
  readonly #session: RunSession;
  readonly #watched: Watched;
  readonly #options: TransactionOptions;
  readonly #sent: Promise<unknown>[] = [];
  /** One migration alone is recorded by one statement at its end; of several each has to know when it began. */
  #alone = true;
  #firstFailure: StatementFailure | null = null;

  constructor(session: RunSession, watched: Watched, options: TransactionOptions) {
    this.#session = session;
    this.#watched = watched;
    this.#options = options;
  }

  async run(steps: readonly RunStep[]): Promise<void> {
    const { connection } = this.#session;
    this.#alone = steps.length === 1;
    try {
      this.#begin();
      for (const step of steps) await this.#runStep(step);
      this.#send(connection.run('commit'));
      this.#options.meanwhile?.();
      await this.#settle();
    } catch (error) {
      await Promise.allSettled(this.#sent);
      if (connection.lost === null) await connection.run('rollback').catch(() => {});
      // A TypeScript migration may have caught the error of a statement and gone on: the first one tells more.
      const first = this.#firstFailure;
      throw first !== null && followsFailure(error) ? first : error;
    }
  }

  #begin(): void {
    const { connection, backendPid } = this.#session;
    const begin = ['begin', ...transactionSettings(this.#session, this.#options)].join('; ');
    this.#watched.backendPid = backendPid;
    if (backendPid !== null) {
      this.#send(connection.run(begin));
      return;
    }
    // Behind a pooler each transaction may have another process.
    const asked = connection.run(`${begin}; select pg_catalog.pg_backend_pid() as pid`);
    this.#send(
      asked.then((results) => {
        this.#watched.backendPid = Number(results.at(-1)?.rows[0]?.pid);
      }),
    );
  }

  #send(answer: Promise<unknown>): void {
    answer.catch(() => {});
    this.#sent.push(answer);
  }

  async #settle(): Promise<void> {
    for (const answer of this.#sent.splice(0)) await answer;
  }

  async #runStep(step: RunStep): Promise<void> {
    const { migration, direction } = step;
    const { connection, notices } = this.#session;
    if (!this.#alone) {
      await this.#settle();
      notices.about(migration.name);
    }
    await this.#claim(step);
    const ran = new RanText();
    const script = migration.sql?.[direction] ?? null;
    if (migration.module !== null) await this.#runModule(step, ran);
    else if (script !== null) await this.#runScript(step, script, ran);
    // Before our own records, which a role or a setting of the migration's could keep out.
    if (ran.changesSession) this.#send(connection.run(await this.#session.restoring()));
    this.#send(this.#record(step, ran));
  }

  #record(step: RunStep, ran: RanText): Promise<unknown> {
    const { app, connection, provenance, keepText } = this.#session;
    const event = eventOf(step, { statements: ran.hashes.length });
    if (step.direction === 'down') return finishDown(connection, app, provenance, event);
    const done = { hashes: ran.hashes, texts: keepText ? ran.texts : null };
    if (!this.#alone) return finishUp(connection, app, provenance, event, done);
    const keptAs = this.#session.preparedName();
    return orChanged(insertApplied(connection, this.#entry(step), provenance, event, done, keptAs), step);
  }

  #entry({ migration }: RunStep): NewEntry {
    const { app, provenance } = this.#session;
    return toEntry(migration, {
      app,
      dbkitVersion: provenance.dbkitVersion,
      state: 'applied',
      transactional: true,
    });
  }

  async #claim(step: RunStep): Promise<void> {
    const { app, connection } = this.#session;
    const { name } = step.migration;
    if (step.direction === 'up') {
      if (!this.#alone) this.#send(orChanged(insertEntry(connection, this.#entry(step)), step));
      return;
    }
    await this.#settle();
    if (!(await claimForDown(connection, app, name, true))) throw changedMeanwhile(name);
  }

  async #runScript(step: RunStep, script: SqlScript, ran: RanText): Promise<void> {
    const { migration, direction } = step;
    const { connection, rules, observer } = this.#session;
    const statements = splitStatements(script.text);
    refuseTransactionControl(statements, script.file, script);
    refuseCopyFromStdin(statements, script);
    for (const statement of statements) {
      const { text } = statement;
      if (changesSession(statement)) await this.#changing(ran);
      ran.add(text);
      const origin = { file: script.file, source: script.source, offset: script.offset + statement.start };
      const failing = (cause: unknown) => {
        throw new StatementFailure({
          migration: migration.name,
          direction,
          statement: text,
          origin,
          file: script.file,
          cause,
        });
      };
      if (observer !== undefined || rules.elevates(text)) {
        await this.#settle();
        await observed(this.#session, { step, sql: text, origin, location: null, transaction: this }, () =>
          rules.elevate(connection, text, () => connection.run(text).catch(failing)),
        );
      } else this.#send(connection.run(text).catch(failing));
    }
  }

  async #runModule(step: RunStep, ran: RanText): Promise<void> {
    const { migration, direction } = step;
    const { connection, rules, signal } = this.#session;
    await runModule(migration, direction, {
      signal,
      transactions: null,
      check: (sql) => {
        const statements = splitStatements(sql);
        refuseTransactionControl(statements, migration.file, null);
        rules.refuse(sql, migration.file);
        ran.changes ||= statements.some(changesSession);
      },
      execute: async (sql, parameters) => {
        signal.throwIfAborted();
        const location = moduleLocation(this.#session, step);
        if (ran.changes) await this.#changing(ran);
        ran.add(sql);
        return observed(this.#session, { step, sql, origin: null, location, transaction: this }, () =>
          rules.elevate(connection, sql, () => executeOn(connection, sql, parameters)),
        );
      },
      onFailure: (failure) => {
        this.#firstFailure ??= failure;
      },
    });
  }

  /** Remembers the session as it is, before the first statement that changes it. */
  async #changing(ran: RanText): Promise<void> {
    if (ran.changesSession) return;
    await this.#settle();
    await this.#session.restoring();
    ran.changesSession = true;
  }
}

function followsFailure(error: unknown): boolean {
  return hasSqlstate(error instanceof StatementFailure ? error.cause : error, sqlstates.inFailedTransaction);
}

function orChanged(inserted: Promise<unknown>, { migration }: RunStep): Promise<unknown> {
  return inserted.catch((error: unknown) => {
    throw changedWithoutLock(error, migration.name);
  });
}

/** The row was there: somebody ran this migration without our lock. Any other error stays as it is. */
export function changedWithoutLock(error: unknown, name: string): unknown {
  return hasSqlstate(error, sqlstates.uniqueViolation) ? changedMeanwhile(name) : error;
}

function changedMeanwhile(name: string): DbkitError {
  return new DbkitError('RUN_LOCKED', `${name} was changed by another run meanwhile; nothing was done`, {
    hint: 'look with: dbkit migrate status',
  });
}
