/**
 * One run at a time for each app of a database.
 *
 * The lock is a transaction-level advisory lock in a transaction that stays open at READ COMMITTED on a connection of
 * its own: a session lock would be handed to strangers by a transaction-mode pooler, a blocked waiter would hold a
 * snapshot that CREATE INDEX CONCURRENTLY waits for. So: try, roll back, sleep, try again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DbkitError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import type { ChainedStatement, Connection } from './connect.ts';

export interface RunLockOptions {
  readonly app: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

export interface RunLock {
  /** The session that holds the lock, inside its transaction; free for short reads. */
  readonly connection: Connection;
  /** Throws CONNECTION_LOST when the session, and with it the lock, is gone. */
  assertHeld(): void;
  /** For another session: fails on the server when nobody holds the lock any more. */
  readonly guard: ChainedStatement;
  /** What a failure of `guard` means. */
  readonly gone: () => DbkitError;
}

/** True when it was free; `$1` is the app. */
const tryToTake = `pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('dbkit:run:' || $1, 0))`;

const keepAliveMs = 400;
const reportEveryMs = 1_000;

/**
 * Runs `work` while `connection` holds the lock; the connection stays open and the caller's.
 * Throws RUN_LOCKED after `waitMs`, naming the holder.
 */
export async function withRunLock<T>(
  connection: Connection,
  options: RunLockOptions,
  work: (lock: RunLock) => Promise<T>,
): Promise<T> {
  await acquire(connection, options);
  const keepAlive = setInterval(() => void dropSnapshot(connection).catch(() => {}), keepAliveMs);
  keepAlive.unref();
  const gone = () =>
    new DbkitError('CONNECTION_LOST', 'the session that held the run lock is gone; nothing more was started', {
      hint: 'run the same command again: it goes on from where this one stopped',
      cause: connection.lost ?? undefined,
    });
  try {
    return await work({
      connection,
      assertHeld() {
        if (connection.lost !== null) throw gone();
      },
      guard: {
        sql: `select 1 / case when ${tryToTake} then 0 else 1 end as held`,
        values: [options.app],
        keptAs: 'guard',
      },
      gone,
    });
  } finally {
    clearInterval(keepAlive);
    if (connection.lost === null) await connection.run('rollback').catch(() => {});
  }
}

async function acquire(connection: Connection, { app, waitMs, signal, onEvent }: RunLockOptions): Promise<void> {
  const start = performance.now();
  let reported = -Infinity;
  for (;;) {
    signal.throwIfAborted();
    if (await tryLock(connection, app)) return;
    const waited = performance.now() - start;
    if (waited >= waitMs) {
      const holder = await describeHolder(connection, app);
      throw new DbkitError(
        'RUN_LOCKED',
        `another dbkit run holds the lock of app "${app}"${holder === null ? '' : `: ${holder}`}`,
        {
          hint: 'wait for it, or give more time: --wait 30min',
        },
      );
    }
    if (waited - reported >= reportEveryMs) {
      reported = waited;
      const holder = await describeHolder(connection, app);
      if (holder !== null) onEvent({ kind: 'wait', text: `waiting for another dbkit run: ${holder}` });
    }
    await sleep(50 + Math.random() * 150, undefined, { signal });
  }
}

/**
 * The snapshot of a query with parameters lives until the next statement, and CREATE INDEX CONCURRENTLY would wait for
 * this session's whole transaction. SHOW takes none of its own.
 */
export async function dropSnapshot(connection: Connection): Promise<void> {
  await connection.run('show transaction_isolation');
}

async function tryLock(connection: Connection, app: string): Promise<boolean> {
  const [, , taken] = await Promise.all([
    connection.run('begin transaction isolation level read committed'),
    connection.run(
      'set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0; set local lock_timeout = 0',
    ),
    connection.query<{ taken: boolean }>(`select ${tryToTake} as taken`, [app]),
    ...(connection.serverVersion >= 170000 ? [connection.run('set local transaction_timeout = 0')] : []),
    dropSnapshot(connection),
  ]);
  if (taken.rows[0]?.taken === true) return true;
  await connection.run('rollback');
  return false;
}

async function describeHolder(connection: Connection, app: string): Promise<string | null> {
  const { rows } = await connection.query<{
    pid: number;
    usename: string | null;
    application_name: string | null;
    client: string | null;
    seconds: number | null;
  }>(
    `select l.pid, a.usename, a.application_name, pg_catalog.host(a.client_addr) as client,
            extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::int as seconds
     from pg_catalog.pg_locks l
     cross join (select pg_catalog.hashtextextended('dbkit:run:' || $1, 0) as key) k
     left join pg_catalog.pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
       and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295`,
    [app],
  );
  const holder = rows[0];
  if (holder === undefined) return null;
  return [
    `pid ${holder.pid}`,
    holder.usename === null ? null : `user ${holder.usename}`,
    holder.application_name === null || holder.application_name === '' ? null : holder.application_name,
    holder.client === null ? null : `from ${holder.client}`,
    holder.seconds === null ? null : `for ${holder.seconds} s`,
  ]
    .filter((part) => part !== null)
    .join(', ');
}
