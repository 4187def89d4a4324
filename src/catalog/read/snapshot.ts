/** All queries of a read see one moment, under settings of their own, whatever the session was doing. */
import type { Connection } from '../../postgres/connect.ts';
import { serverSqlstate } from '../../postgres/connect-error.ts';
import { isPooled } from '../../postgres/pooler.ts';

export interface Snapshot {
  /** 15 for 15.4. */
  readonly major: number;
  /** Rows of one statement without parameters. `name` is its own: the session keeps it prepared under it. */
  rows<Row>(name: string, sql: string): Promise<readonly Row[]>;
}

/** Whatever decides how the server prints names, constants and dates. */
const settings: Readonly<Record<string, string>> = {
  search_path: '',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  extra_float_digits: '1',
  bytea_output: 'hex',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  xmlbinary: 'base64',
  lc_monetary: 'C',
};

/** Whoever holds a table in ACCESS EXCLUSIVE mode stops those who have a view of it printed. */
const lockTimeout = '10s';

const pin = Object.entries({ ...settings, lock_timeout: lockTimeout })
  .map(([name, value]) => `set local ${name} = '${value}'`)
  .join('; ');

const open = `begin isolation level repeatable read read only; ${pin}`;
// What is set after a savepoint ends with it, and so does a failed read: the caller's transaction goes on as before.
const openWithin = `savepoint dbkit_catalog; ${pin}`;
const close = 'rollback';
const closeWithin = 'rollback to savepoint dbkit_catalog; release savepoint dbkit_catalog';

/** Sessions in which somebody threw our prepared statements away (DISCARD ALL, DEALLOCATE). */
const forgetful = new WeakSet<Connection>();

/**
 * Runs `work` in a transaction of its own, repeatable read and read only, or in the one that the caller has open, which
 * is left as it was. The queries of `work` may be sent without waiting for each other.
 */
export async function inSnapshot<Result>(
  connection: Connection,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const { within, pooled } = await look(connection);
  try {
    return await attempt(connection, work, within, !pooled && !forgetful.has(connection));
  } catch (error) {
    if (serverSqlstate(error) !== '26000' || pooled || forgetful.has(connection)) throw error;
    forgetful.add(connection);
    return attempt(connection, work, within, false);
  }
}

async function attempt<Result>(
  connection: Connection,
  work: (snapshot: Snapshot) => Promise<Result>,
  within: boolean,
  keeps: boolean,
): Promise<Result> {
  const sent: Promise<unknown>[] = [connection.run(within ? openWithin : open)];
  const major = Math.floor(connection.serverVersion / 10_000);
  const result = work({
    major,
    async rows<Row>(name: string, sql: string) {
      const answer = connection.query<Row>(sql, [], keeps ? `dbkit_catalog_${name}` : undefined);
      sent.push(answer);
      return (await answer).rows;
    },
  });
  // It may fail before it is waited for.
  result.catch(() => undefined);
  // The queries were sent by now: the end travels behind them in the same round trip.
  sent.push(connection.run(within ? closeWithin : close));
  const ends = await Promise.allSettled(sent);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined) return result;
  throw failed.reason;
}

/** A setting of a transaction is gone with the next statement, unless there is a transaction. */
async function look(connection: Connection): Promise<{ readonly within: boolean; readonly pooled: boolean }> {
  const [, { rows }] = await Promise.all([
    connection.query(`select pg_catalog.set_config('dbkit.catalog_read', 'on', true)`),
    connection.query<{ within: boolean; pid: number }>(
      `select coalesce(pg_catalog.current_setting('dbkit.catalog_read', true), '') = 'on' as within,
  pg_catalog.pg_backend_pid() as pid`,
    ),
  ]);
  return { within: rows[0]?.within === true, pooled: isPooled(connection, rows[0]?.pid ?? 0) };
}
