/** How far a migration without a transaction is: counts what it runs, skips what is done, records the rest. */
import { DbkitError } from '../../errors.ts';
import type { StatementOrigin } from '../../postgres/sql-error.ts';
import type { Statement } from '../../postgres/sql-text.ts';
import type { JournalEntry, JournalState, UnderWay } from '../journal.ts';
import { recordStep } from '../journal-write.ts';
import type { Blocker } from './blockers.ts';
import { watchingBlockers } from './blockers.ts';
import { interrupted, ranOtherwise } from './cut-off.ts';
import { StatementFailure } from './failure.ts';
import { lockTimeout } from './lock-timeout.ts';
import { canCarryRecord, changesSessionOnly, recognize } from './recognize.ts';
import { awaitBackendEnd, clearAway, recover } from './recover.ts';
import type { RunSession, RunStep } from './session.ts';
import { backOff, hasSqlstate, lockAttempts, recordable, sqlstates, transactionSettings } from './session.ts';

/** A statement with how to run it. */
export interface Work<T> {
  readonly statement: Statement;
  /** Null for TypeScript. */
  readonly origin: StatementOrigin | null;
  /** `transaction` is one value for each transaction, and null outside of one. */
  run(transaction: object | null): Promise<T>;
}

export class Progress {
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

  /** One statement. Null when an earlier run did it, or it turned out to be done. */
  async runOne<T>(work: Work<T>): Promise<T | null> {
    const { statement } = work;
    const { hash, text } = recordable(statement.text);
    const at = this.next();
    if (this.isDone(at)) {
      this.assertSame(at, hash, text);
      // The session that it changed is gone.
      if (changesSessionOnly(statement)) await this.#attempt(work);
      return null;
    }
    const { step } = this.#begun ?? { step: null };
    if (step?.done === at && (await this.#finishEarlier(work, step.underWay, hash, text, at))) return null;
    if (changesSessionOnly(statement)) {
      const answer = await this.#attempt(work);
      await this.record('running', at + 1, null, { hash, text });
      return answer;
    }
    if (canCarryRecord(statement)) return this.runRecorded('begin', [work], { hash, text }, at);
    return this.#runAnnounced(work, { hash, text }, at);
  }

  /** The ordinal of what comes next, from 0. */
  next(): number {
    this.session.signal.throwIfAborted();
    this.session.lock.assertHeld();
    this.ordinal += 1;
    return this.ordinal - 1;
  }

  isDone(at: number): boolean {
    return at < (this.#begun?.step?.done ?? 0);
  }

  /** Statements in one transaction with their record; returns the answer of the last. */
  async runRecorded<T>(
    begin: string,
    works: readonly Work<T>[],
    ran: { readonly hash: string; readonly text: string },
    at: number,
  ): Promise<T> {
    const { connection } = this.session;
    return this.#retryingLocks(works, async (run) => {
      try {
        const transaction = {};
        const begun = connection.run(`${begin}; ${transactionSettings(this.session, { durable: true }).join('; ')}`);
        const recorded = this.record('running', at + 1, null, ran);
        const [first, ...rest] = works;
        const answers = [first === undefined ? Promise.resolve(undefined as T) : run(first, transaction)];
        await Promise.all([begun, recorded, ...answers]);
        for (const work of rest) answers.push(Promise.resolve(await run(work, transaction)));
        await connection.run('commit');
        return (await answers.at(-1)) as T;
      } catch (error) {
        if (connection.lost === null) await connection.run('rollback').catch(() => {});
        throw error;
      }
    });
  }

  /** Announced before, recorded after. */
  async #runAnnounced<T>(
    work: Work<T>,
    ran: { readonly hash: string; readonly text: string },
    at: number,
  ): Promise<T | null> {
    const { connection } = this.session;
    const { rows } = await connection.query<{ pid: number; start: string }>(
      `select pid, extract(epoch from backend_start)::text as start
       from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()`,
    );
    const underWay: UnderWay = { ...ran, backendPid: rows[0]?.pid ?? 0, backendStart: rows[0]?.start ?? '' };
    await this.record('running', at, underWay, null);
    const what = recognize(work.statement);
    const answer = await this.#attempt(work, async () => (what === null ? 'again' : clearAway(this.session, what)));
    await this.record('running', at + 1, null, ran);
    return answer;
  }

  /** Null when clearing up after a lock timeout found the statement done. */
  async #attempt<T>(work: Work<T>, clean?: () => Promise<'done' | 'again'>): Promise<T | null> {
    return this.#retryingLocks<T, T | null>([work], (run) => run(work), clean);
  }

  async #retryingLocks<T, R>(
    works: readonly Work<T>[],
    attempt: (run: (work: Work<T>, transaction?: object) => Promise<T>) => Promise<R>,
    clean: () => Promise<'done' | 'again'> = async () => 'again',
  ): Promise<R> {
    const { session, step } = this;
    for (let count = 1; ; count += 1) {
      let blockers: readonly Blocker[] = [];
      let current = works[0];
      try {
        return await watchingBlockers(session, async (watched) => {
          watched.backendPid = session.backendPid;
          try {
            // What an attempt left may be waited for as long as the statement itself.
            if (count > 1 && (await clean()) === 'done') return null as R;
            return await attempt((work, transaction) => {
              current = work;
              return work.run(transaction ?? null);
            });
          } finally {
            blockers = watched.blockers;
          }
        });
      } catch (cause) {
        if (cause instanceof DbkitError) throw cause;
        const locked = hasSqlstate(cause, sqlstates.lockNotAvailable);
        if (locked && count < lockAttempts) {
          session.onEvent({
            kind: 'wait',
            text: `no lock within ${session.lockTimeoutMs} ms; attempt ${count + 1} of ${lockAttempts} follows`,
          });
          await backOff(count, session.signal);
          continue;
        }
        if (session.connection.lost === null) await this.record('failed', this.ordinal - 1, null, null).catch(() => {});
        if (locked) throw lockTimeout([step], session, blockers, count);
        throw this.#failure(current, cause);
      }
    }
  }

  #failure<T>(work: Work<T> | undefined, cause: unknown): StatementFailure {
    const { migration, direction } = this.step;
    const { name, file } = migration;
    const statement = work?.statement.text ?? '';
    return new StatementFailure({ migration: name, direction, statement, origin: work?.origin ?? null, file, cause });
  }

  record(
    state: JournalState,
    done: number,
    underWay: UnderWay | null,
    ran: { readonly hash: string; readonly text: string } | null,
  ): Promise<unknown> {
    const { connection, app, keepText } = this.session;
    const statement = ran === null ? null : { hash: ran.hash, text: keepText ? ran.text : null };
    return recordStep(connection, app, this.step.migration.name, state, { done, underWay }, statement);
  }

  /** True when a statement that was cut off, or had failed, is done after all. */
  async #finishEarlier<T>(
    work: Work<T>,
    underWay: UnderWay | null,
    hash: string,
    text: string,
    at: number,
  ): Promise<boolean> {
    const what = recognize(work.statement);
    if (underWay !== null) {
      await awaitBackendEnd(this.session, underWay);
      if (underWay.hash !== hash || what === null) throw interrupted(this.step, at, underWay);
    }
    if (what === null) return false;
    const found = await this.#retryingLocks([work], () =>
      underWay === null ? clearAway(this.session, what) : recover(this.session, work.statement, what),
    );
    if (found === 'again') return false;
    await this.record('running', at + 1, null, { hash, text });
    return true;
  }

  /** Throws MIGRATION_EDITED when another statement stood here when it ran. */
  assertSame(at: number, hash: string, text: string): void {
    if (this.#begun?.statements[at] !== hash) throw ranOtherwise(this.step, at, this.#begun?.step?.done ?? 0, text);
  }
}
