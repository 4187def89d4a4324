/** Opens the session in which migrations run, beside the one that holds the run lock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DbkitError } from '../../errors.ts';
import type { Connection } from '../../postgres/connect.ts';
import type { RunLock } from '../../postgres/run-lock.ts';
import type { VerbContext } from '../../postgres/target.ts';
import type { MigrateOptions } from '../options.ts';
import type { RunSession } from './session.ts';

const firstAnswerMs = 10_000;

/** Throws POOLER_UNSUPPORTED when a pooler has no second server connection to give: it would wait for ever. */
export async function openSession(
  { db, signal, onEvent }: VerbContext,
  lock: RunLock,
  options: MigrateOptions,
  applicationName: string,
): Promise<RunSession> {
  const connection = await db.connect(applicationName);
  await answers(connection);
  return {
    app: options.app,
    connection,
    lock,
    provenance: options.provenance,
    lockTimeoutMs: options.lockTimeoutMs,
    statementTimeoutMs: options.statementTimeoutMs,
    keepText: options.keepText,
    signal,
    onEvent,
  };
}

async function answers(connection: Connection): Promise<void> {
  const clock = new AbortController();
  const first = connection.query('select 1').then(() => true);
  first.catch(() => {});
  const answered = await Promise.race([first, sleep(firstAnswerMs, false, { signal: clock.signal }).catch(() => true)]);
  clock.abort();
  if (answered) return;
  void connection.close().catch(() => {});
  throw new DbkitError(
    'POOLER_UNSUPPORTED',
    'the server gave no second session while the first holds the run lock: the pool has one connection',
    {
      hint: 'give the pool at least two server connections, or use the direct or session-mode URL',
    },
  );
}
