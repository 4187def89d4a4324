/** Runs migrations inside one transaction, together with their journal rows: all of it or nothing. */

import { DbkitError } from '../../errors.ts';
import { executeOn } from '../../postgres/kysely-result.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import type { NewEvent } from '../journal.ts';
import { claimForDown, finishDown, finishUp, insertEntry } from '../journal.ts';
import type { Watched } from './blockers.ts';
import { watchingBlockers } from './blockers.ts';
import { StatementFailure } from './failure.ts';
import { lockTimeout } from './lock-timeout.ts';
import { runModule } from './module-runner.ts';
import type { RunSession, RunStep } from './session.ts';
import { backOff, hasSqlstate, lockAttempts, recordable, sqlstates, toEntry, transactionSettings } from './session.ts';
import { refuseTransactionControl } from './transaction-control.ts';

/**
 * Runs `steps` in one transaction; a lock that is not had in time rolls it back and tries again, six times in all.
 * Throws what the migration threw (see `failure.ts`), or LOCK_TIMEOUT naming who holds the lock.
 */
export async function runInTransaction(session: RunSession, steps: readonly RunStep[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    session.signal.throwIfAborted();
    session.lock.assertHeld();
    let watched: Watched | null = null;
    try {
      await watchingBlockers(session.lock, session.onEvent, (now) => {
        watched = now;
        return attemptOnce(session, steps, now);
      });
      return;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      const { blockers } = watched ?? { blockers: [] };
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
 * Everything is sent without waiting for answers where no answer is needed to go on. After the first statement that
 * fails the server refuses the others, and takes COMMIT for ROLLBACK.
 */
async function attemptOnce(session: RunSession, steps: readonly RunStep[], watched: Watched): Promise<void> {
  const { connection } = session;
  const sent: Promise<unknown>[] = [];
  const failed: { first: StatementFailure | null } = { first: null };
  const send = (answer: Promise<unknown>) => {
    answer.catch(() => {});
    sent.push(answer);
  };
  const settle = async () => {
    for (const answer of sent.splice(0)) await answer;
  };
  try {
    send(
      connection
        .run(`begin; ${transactionSettings(session)}; select pg_catalog.pg_backend_pid() as pid`)
        .then((results) => {
          watched.backendPid = Number(results.at(-1)?.rows[0]?.pid);
        }),
    );
    for (const step of steps) await runStep(session, step, send, settle, failed);
    send(connection.run('commit'));
    await settle();
  } catch (error) {
    await Promise.allSettled(sent);
    if (connection.lost === null) await connection.run('rollback').catch(() => {});
    // A TypeScript migration may have caught the error of a statement and gone on: the first one tells more.
    throw failed.first !== null && hasSqlstate(error, sqlstates.inFailedTransaction) ? failed.first : error;
  }
}

async function runStep(
  session: RunSession,
  { migration, direction }: RunStep,
  send: (answer: Promise<unknown>) => void,
  settle: () => Promise<void>,
  failed: { first: StatementFailure | null },
): Promise<void> {
  const { app, connection, provenance } = session;
  if (direction === 'up') {
    send(
      insertEntry(connection, toEntry(session, migration, true)).catch((error: unknown) => {
        throw hasSqlstate(error, sqlstates.uniqueViolation) ? changedMeanwhile(migration.name) : error;
      }),
    );
  }
  if (direction === 'down') {
    await settle();
    if (!(await claimForDown(connection, app, migration.name, true))) throw changedMeanwhile(migration.name);
  }
  const hashes: string[] = [];
  const texts: string[] = [];
  const record = (sql: string) => {
    const { hash, text } = recordable(sql);
    hashes.push(hash);
    texts.push(text);
  };
  const script = migration.sql?.[direction] ?? null;
  if (migration.module !== null) {
    await settle();
    await runModule(migration, direction, {
      transactions: null,
      execute: (sql, parameters) => {
        record(sql);
        return executeOn(connection, sql, parameters);
      },
      onFailure: (failure) => {
        failed.first ??= failure;
      },
    });
  } else if (script !== null) {
    const statements = splitStatements(script.text);
    refuseTransactionControl(statements, script.file, script);
    for (const statement of statements) {
      record(statement.text);
      const origin = { file: script.file, source: script.source, offset: script.offset + statement.start };
      send(
        connection.run(statement.text).catch((cause: unknown) => {
          throw new StatementFailure({
            migration: migration.name,
            direction,
            statement: statement.text,
            origin,
            file: script.file,
            cause,
          });
        }),
      );
    }
  }
  const event: NewEvent = {
    event: direction,
    subject: migration.name,
    checksumBefore: direction === 'up' ? null : migration.up.raw,
    checksumAfter: direction === 'up' ? migration.up.raw : null,
    detail: { statements: hashes.length },
  };
  const ran = { hashes, texts: session.keepText ? texts : null };
  send(
    direction === 'up'
      ? finishUp(connection, app, provenance, event, ran)
      : finishDown(connection, app, provenance, event),
  );
}

function changedMeanwhile(name: string): DbkitError {
  return new DbkitError('RUN_LOCKED', `${name} was changed by another run meanwhile; nothing was done`, {
    hint: 'look with: dbkit migrate status',
  });
}
