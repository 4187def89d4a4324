/**
 * Who uses the embedded server. PostgreSQL itself counts: each command holds a shared advisory lock on a session of its own,
 * so a killed command's share goes with its connection. Whoever gets the lock alone was the last, and stops the server.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connect.ts';
import { connect } from '../connect.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import { isKept } from './kept.ts';
import { findPostmaster } from './pid-file.ts';
import { isPassing } from './reach.ts';

/** Advisory lock on the database `postgres`; no other part of dbkit uses the first number. */
const leaseLock = '1684171636, 1';

export interface Lease {
  /** Gives the share back; the last one stops the server and waits until it is gone, unless it is kept. */
  release(): Promise<void>;
}

/** Throws what `connect` throws; a server that is stopping just now shows as a passing failure, see `isPassing`. */
export async function takeLease(
  settings: ConnectionSettings,
  dataDirectory: string,
  signal: AbortSignal,
): Promise<Lease> {
  const session = await connect(settings, { applicationName: 'dbkit lease', signal });
  try {
    await session.query(`select pg_catalog.pg_advisory_lock_shared(${leaseLock})`);
  } catch (error) {
    await session.close().catch(() => {});
    throw error;
  }
  let released: Promise<void> | null = null;
  return { release: () => (released ??= giveBack(session, dataDirectory)) };
}

async function giveBack(session: Connection, dataDirectory: string): Promise<void> {
  try {
    // First unlock, then try: two that try while both still hold their share would both go on, and nobody stop the server.
    await session.query(`select pg_catalog.pg_advisory_unlock_shared(${leaseLock})`);
    if ((await isLast(session)) && !isKept(dataDirectory)) await stopAndWait(dataDirectory, 'SIGINT');
  } catch (error) {
    // The server is gone already: killed, or stopped by force.
    if (session.lost === null && !isPassing(error)) throw error;
  } finally {
    await session.close().catch(() => {});
  }
}

/** True for one session only, which then holds the lock: newcomers wait for it until the server stops, and try again. */
export async function isLast(session: Connection): Promise<boolean> {
  const { rows } = await session.query<{ last: boolean }>(
    `select pg_catalog.pg_try_advisory_lock(${leaseLock}) as last`,
  );
  return rows[0]?.last === true;
}

/** How many commands hold a share. */
export async function countLeases(session: Connection): Promise<number> {
  const [first, second] = leaseLock.split(', ');
  const { rows } = await session.query<{ count: number }>(
    `select count(*)::int as count from pg_catalog.pg_locks
     where locktype = 'advisory' and granted and mode = 'ShareLock' and classid = $1 and objid = $2`,
    [first, second],
  );
  return rows[0]?.count ?? 0;
}

/** Signals: INT ends the sessions and writes everything out, QUIT leaves that to the next start. False: it still runs. */
export async function stopAndWait(dataDirectory: string, signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<boolean> {
  const postmaster = findPostmaster(dataDirectory);
  if (postmaster === null) return true;
  try {
    process.kill(postmaster, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  const until = performance.now() + 15_000;
  while (findPostmaster(dataDirectory) === postmaster) {
    if (performance.now() > until) return false;
    await sleep(5);
  }
  return true;
}
