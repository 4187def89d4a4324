/**
 * Runs a migration statement by statement, outside one transaction, so that a crash at any moment can be mended.
 *
 * A statement that may run in a transaction carries its own record in it. Any other is announced in the journal
 * before it starts; when it was cut off, the next run reads from the catalog what became of it, where that can be
 * told, and else refuses and names it.
 */
import { DbkitError } from '../../errors.ts';
import { executeOn } from '../../postgres/kysely-result.ts';
import type { StatementOrigin } from '../../postgres/sql-error.ts';
import type { Statement } from '../../postgres/sql-text.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import type { JournalEntry, NewEvent, UnderWay } from '../journal.ts';
import { claimForDown, finishDown, finishUp, insertEntry, recordStep } from '../journal.ts';
import type { Blocker } from './blockers.ts';
import { watchingBlockers } from './blockers.ts';
import { StatementFailure } from './failure.ts';
import { lockTimeout } from './lock-timeout.ts';
import { runModule } from './module-runner.ts';
import { canCarryRecord, recognize } from './recognize.ts';
import { awaitBackendEnd, recover } from './recover.ts';
import type { RunSession, RunStep } from './session.ts';
import { backOff, hasSqlstate, lockAttempts, recordable, sqlstates, toEntry, transactionSettings } from './session.ts';

/** Runs one step, or goes on with it where `found`, its journal row, says that it was begun. */
export async function runStepwise(session: RunSession, step: RunStep, found: JournalEntry | null): Promise<void> {
  const { migration, direction } = step;
  const { app, connection } = session;
  await connection.run(
    `set lock_timeout = ${session.lockTimeoutMs}; set statement_timeout = ${session.statementTimeoutMs ?? 0}`,
  );
  if (direction === 'up' && found === null) await insertEntry(connection, toEntry(session, migration, false));
  if (direction === 'down' && found?.state === 'applied') {
    if (!(await claimForDown(connection, app, migration.name, false))) {
      throw new DbkitError('RUN_LOCKED', `${migration.name} was changed by another run meanwhile; nothing was done`);
    }
  }
  const begun = found !== null && found.state !== 'applied' ? found : null;
  const progress = new Progress(session, step, begun);
  const script = migration.sql?.[direction] ?? null;
  if (migration.module !== null) await runModuleStepwise(progress);
  else if (script !== null) {
    for (const statement of splitStatements(script.text)) {
      await progress.runStatement(statement, {
        file: script.file,
        source: script.source,
        offset: script.offset + statement.start,
      });
    }
  }
  const event: NewEvent = {
    event: direction,
    subject: migration.name,
    checksumBefore: direction === 'up' ? null : migration.up.raw,
    checksumAfter: direction === 'up' ? migration.up.raw : null,
    detail: { statements: progress.ordinal, transactional: false },
  };
  await (direction === 'up'
    ? finishUp(connection, app, session.provenance, event, null)
    : finishDown(connection, app, session.provenance, event));
}

async function runModuleStepwise(progress: Progress): Promise<void> {
  const { session, step } = progress;
  let inTransaction = false;
  await runModule(step.migration, step.direction, {
    execute: async (sql, parameters) => {
      const [statement] = splitStatements(sql);
      if (inTransaction || statement === undefined) return executeOn(session.connection, sql, parameters);
      return progress.runCompiled(statement, parameters);
    },
    transactions: {
      begin: async () => {
        inTransaction = true;
        await session.connection.run(`begin; ${transactionSettings(session)}`);
      },
      commit: async () => {
        inTransaction = false;
        await session.connection.run('commit');
      },
      rollback: async () => {
        inTransaction = false;
        await session.connection.run('rollback');
      },
    },
  });
}

/** How far one migration is: counts statements, skips those that are done, records the others. */
class Progress {
  readonly session: RunSession;
  readonly step: RunStep;
  /** Statements met so far in this run, done before or now. */
  ordinal = 0;
  readonly #begun: JournalEntry | null;

  constructor(session: RunSession, step: RunStep, begun: JournalEntry | null) {
    this.session = session;
    this.step = step;
    this.#begun = begun;
  }

  /** A statement of a SQL file. */
  async runStatement(statement: Statement, origin: StatementOrigin): Promise<void> {
    await this.#guarded(statement, origin, () => this.session.connection.run(statement.text));
  }

  /** A statement of a TypeScript migration. One that was done in an earlier run is not run again and gives no rows. */
  async runCompiled(statement: Statement, parameters: readonly unknown[]): Promise<{ rows: unknown[] }> {
    const [first] = statement.words;
    if (first === 'select' || first === 'show' || first === 'explain') {
      return executeOn(this.session.connection, statement.text, parameters);
    }
    const answer = await this.#guarded(statement, null, () =>
      executeOn(this.session.connection, statement.text, parameters),
    );
    return answer ?? { rows: [] };
  }

  async #guarded<T>(statement: Statement, origin: StatementOrigin | null, run: () => Promise<T>): Promise<T | null> {
    this.session.signal.throwIfAborted();
    this.session.lock.assertHeld();
    const { hash, text } = recordable(statement.text);
    const at = this.ordinal;
    this.ordinal += 1;
    if (this.#begun !== null && at < (this.#begun.step?.done ?? 0)) {
      this.#assertSame(at, hash, text);
      return null;
    }
    const cutOff = this.#begun?.step?.done === at ? this.#begun.step.underWay : null;
    if (cutOff !== null && (await this.#finishCutOff(cutOff, statement, hash, at))) return null;
    if (cutOff === null && this.#begun?.step?.done === at && (await this.#clearFailed(statement, hash, at)))
      return null;
    return canCarryRecord(statement)
      ? this.#runRecorded(statement, origin, run, hash, at)
      : this.#runAnnounced(statement, origin, run, { hash, text }, at);
  }

  /** Together with its record: begin, record, statement, commit. */
  async #runRecorded<T>(
    statement: Statement,
    origin: StatementOrigin | null,
    run: () => Promise<T>,
    hash: string,
    at: number,
  ): Promise<T> {
    const { connection } = this.session;
    return this.#retryingLocks(statement, origin, async () => {
      try {
        const begun = connection.run(`begin; ${transactionSettings(this.session)}`);
        const recorded = this.#record('running', at + 1, null, hash);
        const answer = run();
        await Promise.all([begun, recorded, answer]);
        await connection.run('commit');
        return await answer;
      } catch (error) {
        if (connection.lost === null) await connection.run('rollback').catch(() => {});
        throw error;
      }
    });
  }

  /** Announced before, recorded after. */
  async #runAnnounced<T>(
    statement: Statement,
    origin: StatementOrigin | null,
    run: () => Promise<T>,
    { hash, text }: { hash: string; text: string },
    at: number,
  ): Promise<T> {
    const { connection } = this.session;
    const { rows } = await connection.query<{ pid: number; start: string }>(
      'select pid, backend_start::text as start from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()',
    );
    const underWay: UnderWay = { hash, text, backendPid: rows[0]?.pid ?? 0, backendStart: rows[0]?.start ?? '' };
    await this.#record('running', at, underWay, null);
    const answer = await this.#retryingLocks(statement, origin, run, async () => {
      const what = recognize(statement);
      if (what !== null) await recover(this.session, statement, what);
    });
    await this.#record('running', at + 1, null, hash);
    return answer;
  }

  async #retryingLocks<T>(
    statement: Statement,
    origin: StatementOrigin | null,
    run: () => Promise<T>,
    clean: () => Promise<void> = async () => {},
  ): Promise<T> {
    const { session, step } = this;
    for (let attempt = 1; ; attempt += 1) {
      let blockers: readonly Blocker[] = [];
      try {
        return await watchingBlockers(session.lock, session.onEvent, async (watched) => {
          watched.backendPid = session.connection.processId;
          try {
            return await run();
          } finally {
            blockers = watched.blockers;
          }
        });
      } catch (cause) {
        if (hasSqlstate(cause, sqlstates.lockNotAvailable) && attempt < lockAttempts) {
          session.onEvent({
            kind: 'wait',
            text: `no lock within ${session.lockTimeoutMs} ms; attempt ${attempt + 1} of ${lockAttempts} follows`,
          });
          await clean();
          await backOff(attempt, session.signal);
          continue;
        }
        if (session.connection.lost === null)
          await this.#record('failed', this.ordinal - 1, null, null).catch(() => {});
        if (hasSqlstate(cause, sqlstates.lockNotAvailable)) throw lockTimeout([step], session, blockers, attempt);
        const { migration, direction } = step;
        throw new StatementFailure({
          migration: migration.name,
          direction,
          statement: statement.text,
          origin,
          file: migration.file,
          cause,
        });
      }
    }
  }

  #record(state: 'running' | 'failed', done: number, underWay: UnderWay | null, hash: string | null): Promise<unknown> {
    const { connection, app } = this.session;
    return recordStep(connection, app, this.step.migration.name, state, { done, underWay }, hash);
  }

  /** True when the statement that was cut off is done. */
  async #finishCutOff(underWay: UnderWay, statement: Statement, hash: string, at: number): Promise<boolean> {
    await awaitBackendEnd(this.session, underWay);
    const what = recognize(statement);
    if (underWay.hash !== hash || what === null) throw this.#interrupted(at, underWay);
    if ((await recover(this.session, statement, what)) === 'again') return false;
    await this.#record('running', at + 1, null, hash);
    return true;
  }

  /** A failed CREATE INDEX CONCURRENTLY or REINDEX leaves invalid indexes behind: true when it turns out to be done. */
  async #clearFailed(statement: Statement, hash: string, at: number): Promise<boolean> {
    const what = recognize(statement);
    if (what === null || (what.kind !== 'create index' && what.kind !== 'reindex')) return false;
    if ((await recover(this.session, statement, what)) === 'again') return false;
    await this.#record('running', at + 1, null, hash);
    return true;
  }

  #assertSame(at: number, hash: string, text: string): void {
    const recorded = this.#begun?.statements[at];
    if (recorded === hash) return;
    const { migration, direction } = this.step;
    throw new DbkitError(
      'MIGRATION_EDITED',
      `statement ${at + 1} of ${migration.name} is not the one that already ran`,
      {
        details: [
          `${direction} of ${migration.name} was begun and stands up to statement ${this.#begun?.step?.done}`,
          `now it reads: ${text}`,
        ],
        hint: 'put the statements that ran back as they were; what follows them may be edited',
        location: { file: migration.file, line: null, column: null },
      },
    );
  }

  #interrupted(at: number, underWay: UnderWay): DbkitError {
    const { migration, direction } = this.step;
    return new DbkitError(
      'MIGRATION_INTERRUPTED',
      `${direction} of ${migration.name} was cut off in statement ${at + 1}, and it can not be told whether it took effect`,
      {
        details: [
          `statement ${at + 1}: ${underWay.text}`,
          at === 0 ? 'no statement before it ran' : `statements 1 to ${at} stand`,
        ],
        hint: `look at the database, then say: dbkit migrate repair ${migration.name} --done, or --again to run it once more`,
        location: { file: migration.file, line: null, column: null },
      },
    );
  }
}
