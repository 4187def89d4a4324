/** Whether something stands between a session and its server, and whether it keeps the session in one piece. */
import type { Connection } from './connect.ts';

/**
 * `direct`: the server itself, or a proxy that passes bytes on. `session`: a pooler that gave no sign of moving the
 * session between servers. `transaction`: a pooler that was seen to give this session's server to another session.
 */
export type PoolerMode = 'direct' | 'session' | 'transaction';

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

/**
 * Finds the mode; opens a second session where there is a pooler at all. In session mode a server belongs to this
 * session for as long as it lives, so the second one can never be given it, and this one never finds itself elsewhere.
 * In transaction mode a pooler hands out the server that became idle last; other clients may take it first, therefore
 * several rounds. `session` is thus "no sign of transaction mode", not a proof.
 */
export async function detectPooler(
  connection: Connection,
  openAnother: () => Promise<Connection>,
): Promise<PoolerMode> {
  const own = await pidOf(connection);
  if (!isPooled(connection, own)) return 'direct';
  const other = await openAnother();
  try {
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
  } finally {
    await other.close();
  }
}

async function pidOf(connection: Connection): Promise<number> {
  const { rows } = await connection.query<{ pid: number }>(backendPid);
  return rows[0]?.pid ?? 0;
}
