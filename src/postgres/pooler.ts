/** Whether something stands between a session and its server, and whether it keeps the session in one piece. */
import { DbkitError } from '../errors.ts';
import type { Connection } from './connect.ts';

/**
 * `direct`: the server itself, or a proxy that passes bytes on. `session`: a pooler that gave no sign of moving the
 * session between servers. `transaction`: a pooler that was seen to give this session's server to another session.
 * `unknown`: a pooler that had no server left for a second session within the time limit.
 */
export type PoolerMode = 'direct' | 'session' | 'transaction' | 'unknown';

/** Ports on which Supabase offers transaction mode only, on its pooler's hosts and on those of a project. */
export function isSupabaseTransactionPooler(host: string, port: number): boolean {
  return port === 6543 && /\.(pooler\.supabase\.com|supabase\.(co|in|red|com))$/i.test(host);
}

/** True when the process that answers is not the one that was announced: a pooler announces a number of its own. */
export function isPooled(connection: Connection, backendPid: number): boolean {
  return connection.processId !== backendPid;
}

const backendPid = 'select pg_catalog.pg_backend_pid() as pid';
const rounds = 3;
const timeLimitMs = 5_000;

/**
 * Finds the mode; opens a second session where there is a pooler at all. In session mode a server belongs to this
 * session for as long as it lives, so the second one can never be given it, and this one never finds itself elsewhere.
 * In transaction mode a pooler hands out the server that became idle last; other clients may take it first, therefore
 * several rounds. `session` is thus "no sign of transaction mode", not a proof. Must not be called in a transaction.
 */
export async function detectPooler(
  connection: Connection,
  openAnother: () => Promise<Connection>,
  limitMs = timeLimitMs,
): Promise<PoolerMode> {
  const own = await pidOf(connection);
  if (!isPooled(connection, own)) return 'direct';
  let other: Connection | null = null;
  let late = false;
  const probe = async (): Promise<PoolerMode> => {
    const opened = await openAnother();
    // A full pool may let the second session in long after nobody waits for it any more.
    if (late) await opened.close();
    other = opened;
    return await watch(connection, opened, own);
  };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'unknown'>((resolve) => {
    timer = setTimeout(() => resolve('unknown'), limitMs);
  });
  try {
    return await Promise.race([probe(), limit]);
  } catch (error) {
    // The pool is full, and says so: that is not this session's fault.
    if (other === null && error instanceof DbkitError && error.code === 'UNREACHABLE') return 'unknown';
    throw error;
  } finally {
    late = true;
    clearTimeout(timer);
    await (other as Connection | null)?.close();
  }
}

async function watch(connection: Connection, other: Connection, own: number): Promise<PoolerMode> {
  let last = own;
  for (let round = 0; round < rounds; round += 1) {
    // The transaction keeps the second session where it is while the first one asks again.
    await other.run('begin');
    const theirs = await pidOf(other);
    const now = await pidOf(connection);
    await other.run('rollback');
    if (theirs === last || now !== last) return 'transaction';
    last = now;
  }
  return 'session';
}

async function pidOf(connection: Connection): Promise<number> {
  const { rows } = await connection.query<{ pid: number }>(backendPid);
  return rows[0]?.pid ?? 0;
}
