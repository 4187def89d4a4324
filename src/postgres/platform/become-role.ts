/**
 * A superuser's session that works as `postgres`, and as another role for one statement.
 *
 * SET SESSION AUTHORIZATION, not SET ROLE: after it RESET ROLE in a migration leads back to `postgres` and not to the
 * superuser, session_user says `postgres`, and yet the session may change its user again, since PostgreSQL asks who
 * logged in.
 */
import type { Connection } from '../connect.ts';
import { quoteIdentifier } from '../quote.ts';
import type { ElevationOptions } from './elevation.ts';
import { afterElevation, elevationFor } from './elevation.ts';

/** Turns the session into one of `role` as a login of that role would find it, its settings applied. */
export async function becomeRole(admin: Connection, role: string): Promise<void> {
  // The later wins: of everybody, of the database, of the role, of the role in the database.
  await admin.query(
    `select pg_catalog.set_config(pg_catalog.split_part(s, '=', 1), pg_catalog.substr(s, pg_catalog.strpos(s, '=') + 1), false)
from (
  select s from pg_catalog.pg_db_role_setting d, pg_catalog.unnest(d.setconfig) s
  where d.setrole in (0, (select oid from pg_catalog.pg_roles where rolname = $1))
    and d.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
    and pg_catalog.split_part(s, '=', 1) not like '%preload_libraries'
  order by d.setrole <> 0, d.setdatabase <> 0
) as settings`,
    [role],
  );
  await admin.query(`set session authorization ${quoteIdentifier(role)}`);
}

/**
 * Runs `work` as `role` on a session that became another role, and changes back. Inside of a transaction that fails
 * the change back is left to its rollback.
 */
export async function asRole<Result>(
  connection: Connection,
  role: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { rows } = await connection.query<{ user: string }>('select session_user::text as user');
  const before = (rows[0] as { user: string }).user;
  await connection.query(`set session authorization ${quoteIdentifier(role)}`);
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await connection.query(`set session authorization ${quoteIdentifier(before)}`).catch(() => undefined);
    throw error;
  }
  await connection.query(`set session authorization ${quoteIdentifier(before)}`);
  return result;
}

/**
 * Runs `work`, which sends the one statement `text`, as Supabase would let `postgres` run it: elevated when
 * elevationFor says so, with what has to follow. For sessions that becomeRole made.
 */
export async function withElevation<Result>(
  connection: Connection,
  text: string,
  work: () => Promise<Result>,
  options: Pick<ElevationOptions, 'lists'> = {},
): Promise<Result> {
  const role = elevationFor(text, { ...options, major: Math.floor(connection.serverVersion / 10000) });
  if (role === null) return work();
  const after = afterElevation(text);
  return asRole(connection, role, async () => {
    const result = await work();
    if (after !== null) await connection.query(after);
    return result;
  });
}
