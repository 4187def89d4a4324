/**
 * What supautils protects and allows on Supabase, as its configuration was last seen in public. A live database tells
 * its own lists (recognisePlatform); these stand in for them where supautils is absent.
 */
import type { Supautils } from './recognise.ts';

export interface HostedLists {
  /** Roles that nobody but Supabase may alter, with whether `postgres` may change settings and members of it. */
  readonly reservedRoles: ReadonlyMap<string, { readonly configurable: boolean }>;
  /** Roles that may not be handed to anybody. */
  readonly reservedMemberships: ReadonlySet<string>;
  /** `schema.table` whose policies `postgres` may manage without owning the table. */
  readonly policyTables: ReadonlySet<string>;
  /** `schema.table` whose triggers `postgres` may drop. */
  readonly triggerTables: ReadonlySet<string>;
  /** Extensions that `postgres` may create, altered and dropped as supabase_admin. */
  readonly extensions: ReadonlySet<string>;
}

/** Schemas whose objects belong to a service; `postgres` may not create, alter or drop in them. */
export const managedSchemas: Readonly<Record<string, string>> = {
  auth: 'supabase_auth_admin',
  storage: 'supabase_storage_admin',
  realtime: 'supabase_realtime_admin',
};

const reserved = [
  'supabase_admin',
  'supabase_auth_admin',
  'supabase_storage_admin',
  'supabase_realtime_admin',
  'supabase_functions_admin',
  'supabase_read_only_user',
  'supabase_replication_admin',
  'supabase_etl_admin',
  'dashboard_user',
  'pgbouncer',
  'service_role*',
  'authenticator*',
  'authenticated*',
  'anon*',
];

const serverFiles = ['pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'];

const listedTables = [
  ...['users', 'identities', 'sessions', 'refresh_tokens', 'audit_log_entries', 'mfa_factors'].map((t) => `auth.${t}`),
  ...['buckets', 'objects', 'migrations', 's3_multipart_uploads', 's3_multipart_uploads_parts'].map(
    (t) => `storage.${t}`,
  ),
  ...['messages', 'subscription'].map((t) => `realtime.${t}`),
];

const extensions = `
address_standardizer address_standardizer_data_us amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int
dict_xsyn earthdistance fuzzystrmatch hstore http hypopg index_advisor insert_username intarray isn ltree moddatetime
pg_cron pg_duckdb pg_graphql pg_hashids pg_jsonschema pg_net pg_partman pg_prewarm pg_repack pg_stat_monitor pg_stat_statements
pg_tle pg_trgm pg_wait_sampling pg_walinspect pgaudit pgcrypto pgjwt pgmq pgroonga pgroonga_database pgrouting pgrowlocks pgsodium
pgstattuple pgtap plcoffee pljava plls plpgsql plpgsql_check plv8 postgis postgis_raster postgis_sfcgal
postgis_tiger_geocoder postgis_topology postgres_fdw refint rum seg sslinfo supabase_vault supautils tablefunc tcn
timescaledb tsm_system_rows tsm_system_time unaccent uuid-ossp vector wrappers`;

const reservedMap = (names: readonly string[]) =>
  new Map(names.map((name) => [name.replace(/\*$/, ''), { configurable: name.endsWith('*') }]));

const known: HostedLists = {
  reservedRoles: reservedMap(reserved),
  reservedMemberships: new Set([
    ...serverFiles,
    ...reserved.filter((name) => !name.endsWith('*')),
    'authenticator',
    'supabase_privileged_role',
  ]),
  policyTables: new Set(listedTables),
  triggerTables: new Set(listedTables),
  extensions: new Set(extensions.trim().split(/\s+/)),
};

/** The live lists where there are any, the last known ones otherwise. */
export function hostedLists(live: Supautils | null = null): HostedLists {
  if (live === null) return known;
  const role = live.policyGrants.supabase_privileged_role === undefined ? 'postgres' : 'supabase_privileged_role';
  return {
    reservedRoles: reservedMap(live.reservedRoles),
    reservedMemberships: new Set(live.reservedMemberships),
    policyTables: new Set(live.policyGrants[role] ?? []),
    triggerTables: new Set(live.dropTriggerGrants[role] ?? []),
    extensions: new Set(live.privilegedExtensions),
  };
}
