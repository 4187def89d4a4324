/** SET ROLE after connecting. */
import { DbkitError } from '../errors.ts';
import type { Connection } from './connect.ts';
import { serverSqlstate } from './connect-error.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { detectPooler, isPooled } from './pooler.ts';

/**
 * Makes the configured role the session's current user. Refused behind a pooler in transaction mode: there SET holds for
 * whoever gets the server next, so our statements would run as the login and other people's as our role.
 * Throws INSUFFICIENT_PRIVILEGE, POOLER_UNSUPPORTED, UNREACHABLE (a full pool).
 */
export async function takeRole(
  connection: Connection,
  settings: ConnectionSettings,
  openAnother: () => Promise<Connection>,
): Promise<void> {
  const role = settings.role ?? settings.user;
  // One round trip: behind a pooler (another process answers than was announced) the role ends with the statement.
  const pid = await setRole(connection, role, settings, 'pg_catalog.pg_backend_pid() <> $2::int4');
  if (!isPooled(connection, pid)) return;
  const mode = await detectPooler(connection, openAnother);
  if (mode === 'unknown') {
    throw new DbkitError(
      'UNREACHABLE',
      `the pooler has no second session to find out whether it keeps the role "${role}"`,
      {
        hint: 'its pool is full: try again, or use the URL of the server itself',
      },
    );
  }
  if (mode === 'transaction') {
    throw new DbkitError('POOLER_UNSUPPORTED', `role "${role}" cannot be kept behind a pooler in transaction mode`, {
      hint: 'use the URL of the server itself or of a session pooler (Supabase: port 5432), or log in as that role',
    });
  }
  await setRole(connection, role, settings, '$2::int4 is null');
}

/** Returns the process that answered. `isLocal` is SQL over `$2`, the announced process. */
async function setRole(
  connection: Connection,
  role: string,
  settings: ConnectionSettings,
  isLocal: string,
): Promise<number> {
  try {
    const { rows } = await connection.query<{ pid: number }>(
      `select pg_catalog.pg_backend_pid() as pid, pg_catalog.set_config('role', $1, ${isLocal})`,
      [role, connection.processId],
    );
    return rows[0]?.pid ?? 0;
  } catch (error) {
    if (serverSqlstate(error) === null) throw error;
    throw new DbkitError(
      'INSUFFICIENT_PRIVILEGE',
      `${settings.user} cannot take the role "${role}": ${(error as Error).message}`,
      {
        hint: `grant "${role}" to "${settings.user}", or correct "role" of the environment`,
        cause: error,
      },
    );
  }
}
