/** Which tables and views belong into the file. */
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import type { TargetDescription } from '../postgres/target.ts';

export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** dbkit's own, and what the services of Supabase make for themselves: an application reads it through their clients. */
const ownSchemas = ['dbkit'];
const supabaseSchemas = [
  '_analytics',
  '_realtime',
  'auth',
  'cron',
  'extensions',
  'graphql',
  'graphql_public',
  'net',
  'pgbouncer',
  'pgmq',
  'pgsodium',
  'pgsodium_masks',
  'realtime',
  'storage',
  'supabase_functions',
  'supabase_migrations',
  'vault',
];

/**
 * Tables, views, materialized views and foreign tables of the schemas that were asked for, else of all that are the
 * application's; without partitions and without what an extension brought. In code-point order.
 * Throws CONFIG_INVALID for a schema that does not exist.
 */
export async function chooseRelations(
  connection: Connection,
  asked: readonly string[] | null,
  { platform }: Pick<TargetDescription, 'platform'>,
): Promise<readonly RelationName[]> {
  if (asked !== null) await refuseUnknown(connection, asked);
  const excluded = [...ownSchemas, ...(platform === 'supabase' ? supabaseSchemas : [])];
  const { rows } = await connection.query<RelationName>(
    `select n.nspname::text as schema, c.relname::text as name
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  and case when $1::text[] is null
    then n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all ($2::text[])
    else n.nspname = any ($1) end
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname collate "C", c.relname collate "C"`,
    [asked, excluded],
  );
  return rows;
}

async function refuseUnknown(connection: Connection, asked: readonly string[]): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(
    'select nspname::text as name from pg_catalog.pg_namespace',
  );
  const missing = asked.filter((schema) => !rows.some(({ name }) => name === schema));
  if (missing.length === 0) return;
  throw new DbkitError('CONFIG_INVALID', `types.schemas names ${missing.join(', ')}, not in the database`, {
    hint: 'correct types.schemas in the config; without it, all schemas of the application are taken',
  });
}
