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

const rounds = 3;
const timeLimitMs = 5_000;

/**
 * Finds the mode; opens a second session where there is a pooler at all. In session mode a server belongs to this
 * session for as long as it lives, so the second one can never be given it, and this one never finds itself elsewhere.
 * In transaction mode a pooler hands out the server that became idle last, to the second session or, where the pool is
 * busy, to a stranger: then it ran a statement that is not ours. `session` is thus "no sign of transaction mode", not a
 * proof. Must not be called in a transaction.
 */
export async function detectPooler(
  connection: Connection,
  openAnother: () => Promise<Connection>,
  limitMs = timeLimitMs,
): Promise<PoolerMode> {
  const own = await lastOf(connection);
  if (!isPooled(connection, own.pid)) return 'direct';
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

async function watch(connection: Connection, other: Connection, own: ServerProcess): Promise<PoolerMode> {
  let last = own;
  for (let round = 0; round < rounds; round += 1) {
    // The transaction keeps the second session where it is while the first one asks again.
    await other.run('begin');
    const { rows } = await other.query<{ pid: number; ran: string | null }>(
      `select pg_catalog.pg_backend_pid() as pid,
              (select extract(epoch from query_start)::text from pg_catalog.pg_stat_activity where pid = $1) as ran`,
      [last.pid],
    );
    const now = await lastOf(connection);
    await other.run('rollback');
    const [theirs] = rows;
    const shared = theirs?.pid === last.pid || now.pid !== last.pid;
    // Null: what that server does is not shown to us.
    if (shared || (theirs?.ran != null && theirs.ran !== last.ran)) return 'transaction';
    last = now;
  }
  return 'session';
}

/** A process of the server, and when the statement began that it ran for us, in seconds. */
interface ServerProcess {
  readonly pid: number;
  readonly ran: string | null;
}

async function lastOf(connection: Connection): Promise<ServerProcess> {
  const { rows } = await connection.query<ServerProcess>(
    'select pg_catalog.pg_backend_pid() as pid, extract(epoch from pg_catalog.statement_timestamp())::text as ran',
  );
  return rows[0] ?? { pid: 0, ran: null };
}
