/** What the schema was like after the last run, kept in `dbkit.schema_state`. */

import type { Platform } from '../config/schema.ts';
import type { Connection } from '../postgres/connect.ts';
import { readIfPresent, sqlstateOf } from '../postgres/own-schema.ts';
import { databaseIdentity, schemaDigest } from '../postgres/schema-digest.ts';
import type { RunSession } from './run/session.ts';

/**
 * Stores digest and fingerprint after a run that changed something. A role that may not write them, or a server that
 * refuses, loses the notice of `status` and nothing else: the run stands.
 */
export async function rememberSchema(
  { app, connection, backendPid }: Pick<RunSession, 'app' | 'connection' | 'backendPid'>,
  platform: Platform,
  after: string | null,
): Promise<void> {
  try {
    // Behind a pooler there are no statements that the server keeps, and the catalog is not read.
    const found = backendPid === null ? null : await fingerprintOf(connection, platform);
    await connection.query(
      `insert into dbkit.schema_state (app, after, fingerprint, digest, database)
       select $1, $2, $3, ${schemaDigest}, ${databaseIdentity}
       on conflict (app) do update set after = excluded.after, fingerprint = excluded.fingerprint,
         digest = excluded.digest, database = excluded.database, at = pg_catalog.clock_timestamp()`,
      [app, after, found],
    );
  } catch (error) {
    if (sqlstateOf(error) === null && connection.lost === null) throw error;
  }
}

async function fingerprintOf(connection: Connection, platform: Platform): Promise<string> {
  const { readCatalog } = await import('../catalog/read.ts');
  const { fingerprint } = await import('../catalog/fingerprint.ts');
  const { ofApplication } = await import('../catalog/scope.ts');
  return fingerprint(ofApplication(await readCatalog(connection, { roles: 'used' }), platform));
}

/**
 * Since when (ISO 8601) the schema may have been changed by something else than the last run, of any application; null
 * when it was not, and when it can not be told: nothing is stored, the database is a restored copy, or a run came after
 * it that did not store (another version of dbkit, a role without the right).
 */
export async function readChangedSince(connection: Connection): Promise<string | null> {
  const read = await readIfPresent(() =>
    connection.query<{ since: string | null }>(
      `select case when s.digest <> ${schemaDigest} then
         pg_catalog.to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end as since
       from (select * from dbkit.schema_state order by at desc limit 1) s
       where s.database = ${databaseIdentity}
         and s.after is not distinct from
           (select j.name from dbkit.journal j where j.app = s.app order by j.applied_order desc limit 1)
         and not exists (select from dbkit.journal j where j.finished_at > s.at)`,
    ),
  ).catch((error: unknown) => {
    // Who was given rights before there was such a table.
    if (sqlstateOf(error) === '42501') return null;
    throw error;
  });
  return read?.rows[0]?.since ?? null;
}
