/** Drops a throw-away database, also one that a subscription, a replication slot or a prepared transaction holds. */
import type { Connection } from './connect.ts';
import { connect } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { isServerError } from './sql-error.ts';

/** `database` names the one to drop; `session` is to another one of that server. `force`: ends the sessions there. */
export async function dropDatabase(session: Connection, database: ConnectionSettings, force: boolean): Promise<void> {
  const statement = `drop database if exists ${quoteIdentifier(database.database)}${force ? ' with (force)' : ''}`;
  try {
    await session.run(statement);
  } catch (error) {
    if (!isServerError(error) || error.code !== '55006') throw error;
    await letGo(database);
    await session.run(statement);
  }
}

/** Slots of subscriptions are left to the server that has them: nobody was told to connect there. */
async function letGo(database: ConnectionSettings): Promise<void> {
  const inside = await connect(database, { applicationName: 'dbkit scratch' });
  try {
    const subscriptions = await inside.query<{ name: string }>(
      `select s.subname::text as name from pg_catalog.pg_subscription s
       where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())`,
    );
    for (const { name } of subscriptions.rows) {
      const subscription = `subscription ${quoteIdentifier(name)}`;
      await inside.run(`alter ${subscription} disable`);
      await inside.run(`alter ${subscription} set (slot_name = none)`);
      await inside.run(`drop ${subscription}`);
    }
    const prepared = await inside.query<{ gid: string }>(
      'select gid from pg_catalog.pg_prepared_xacts where database = pg_catalog.current_database()',
    );
    for (const { gid } of prepared.rows) await inside.run(`rollback prepared ${quoteLiteral(gid)}`);
    await inside.query(
      `select pg_catalog.pg_drop_replication_slot(slot_name) from pg_catalog.pg_replication_slots
       where database = pg_catalog.current_database() and not active`,
    );
  } finally {
    await inside.close();
  }
}
