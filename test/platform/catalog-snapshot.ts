/** Everything that a bootstrap could change, as rows that compare: xmin tells even of a change to the same value. */
import type { Connection } from '../../src/postgres/connect.ts';
import { platformRoles } from '../../src/postgres/platform/roles.ts';

const catalogs = [
  'pg_authid',
  'pg_auth_members',
  'pg_db_role_setting',
  'pg_parameter_acl',
  'pg_namespace',
  'pg_class',
  'pg_attribute',
  'pg_attrdef',
  'pg_constraint',
  'pg_index',
  'pg_proc',
  'pg_type',
  'pg_enum',
  'pg_trigger',
  'pg_policy',
  'pg_extension',
  'pg_publication',
  'pg_event_trigger',
  'pg_default_acl',
  'pg_description',
];

/** A count and a hash by catalog; of pg_database only the row of this one. */
export async function catalogSnapshot(connection: Connection): Promise<Readonly<Record<string, string>>> {
  const hashed = catalogs.map(
    (name) =>
      `select '${name}' as catalog, count(*) || ' ' || coalesce(md5(string_agg(md5((${rowOf(name)})::text), '' order by md5((${rowOf(name)})::text))), '') as hash from pg_catalog.${name} t where ${conditions[name] ?? 'true'}`,
  );
  const { rows } = await connection.query<{ catalog: string; hash: string }>(
    `${hashed.join(' union all ')}
     union all select 'pg_database', md5(t.datdba || ' ' || coalesce(t.datacl::text, '')) from pg_database t
     where datname = current_database()`,
    [Object.keys(platformRoles)],
  );
  return Object.fromEntries(rows.map((row) => [row.catalog, row.hash]));
}

/** Of pg_class without the statistics, which autovacuum writes whenever it likes. */
const rowOf = (catalog: string) =>
  catalog === 'pg_class'
    ? 't.oid, t.relname, t.relowner, t.relacl, t.relrowsecurity, t.relhasrules, t.reloptions'
    : 't.xmin, t.*';

/** Other tests make roles of their own in the same cluster: only the platform's count. */
const ours = '(select oid from pg_roles where rolname = any ($1) or oid < 16384)';
const conditions: Readonly<Record<string, string>> = {
  pg_authid: `t.oid in ${ours}`,
  pg_auth_members: `t.roleid in ${ours} and t.member in ${ours}`,
  pg_db_role_setting: `t.setdatabase = 0 and t.setrole in ${ours}`,
};
