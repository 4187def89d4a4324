/** The roles of a Supabase cluster: attributes, memberships, settings, and parameters that `postgres` may set. */

export const roleAttributes = [
  'superuser',
  'login',
  'inherit',
  'createrole',
  'createdb',
  'replication',
  'bypassrls',
] as const;
export type RoleAttribute = (typeof roleAttributes)[number];

/** Every role with the attributes it has; the others it has not. */
export const platformRoles: Readonly<Record<string, readonly RoleAttribute[]>> = {
  supabase_admin: ['superuser', 'login', 'inherit', 'createrole', 'createdb', 'replication', 'bypassrls'],
  postgres: ['login', 'inherit', 'createrole', 'createdb', 'replication', 'bypassrls'],
  anon: ['inherit'],
  authenticated: ['inherit'],
  service_role: ['inherit', 'bypassrls'],
  authenticator: ['login'],
  // Newer images take CREATEROLE away from it; both were seen, so nothing may depend on it.
  supabase_auth_admin: ['login', 'createrole'],
  supabase_storage_admin: ['login', 'createrole'],
  supabase_realtime_admin: ['login', 'createrole', 'replication'],
  supabase_functions_admin: ['login', 'createrole'],
  supabase_replication_admin: ['login', 'inherit', 'replication'],
  supabase_read_only_user: ['login', 'inherit', 'bypassrls'],
  supabase_etl_admin: ['login', 'inherit', 'replication', 'bypassrls'],
  supabase_privileged_role: ['inherit'],
  dashboard_user: ['inherit', 'createrole', 'createdb', 'replication'],
  pgbouncer: ['login', 'inherit'],
  pgsodium_keyholder: ['inherit'],
  pgsodium_keyiduser: ['inherit'],
  pgsodium_keymaker: ['inherit'],
  pgtle_admin: ['inherit'],
};

export interface Membership {
  readonly member: string;
  readonly role: string;
  readonly admin: boolean;
}

/** ADMIN is given from 16 on, where CREATEROLE alone no longer reaches the API roles. */
export function platformMemberships(major: number): readonly Membership[] {
  const withAdmin = major >= 16;
  const plain = (member: string, roles: readonly string[]) => roles.map((role) => ({ member, role, admin: false }));
  const ofPostgres = ['anon', 'authenticated', 'service_role', 'pg_monitor', 'pg_read_all_data', 'pg_signal_backend'];
  return [
    ...plain('authenticator', ['anon', 'authenticated', 'service_role']),
    ...ofPostgres.map((role) => ({ member: 'postgres', role, admin: withAdmin })),
    ...(withAdmin ? [{ member: 'postgres', role: 'authenticator', admin: true }] : []),
    ...plain('postgres', withAdmin ? ['pg_create_subscription'] : []),
    ...plain('postgres', ['supabase_privileged_role', 'pgtle_admin']),
    ...plain('supabase_storage_admin', ['authenticator']),
    ...plain('supabase_read_only_user', ['pg_read_all_data', 'pg_monitor']),
    ...plain('supabase_etl_admin', ['pg_read_all_data', 'pg_monitor', 'supabase_privileged_role']),
    ...plain('pgsodium_keyholder', ['pgsodium_keyiduser']),
    ...plain('pgsodium_keymaker', ['pgsodium_keyholder', 'pgsodium_keyiduser']),
  ];
}

/** Memberships that older images had and that were taken back: with them `postgres` could alter auth and storage. */
export const revokedMemberships: readonly Omit<Membership, 'admin'>[] = [
  { member: 'postgres', role: 'supabase_auth_admin' },
  { member: 'postgres', role: 'supabase_storage_admin' },
  { member: 'postgres', role: 'supabase_realtime_admin' },
  { member: 'authenticator', role: 'supabase_admin' },
];

export interface RoleSetting {
  readonly role: string;
  readonly name: string;
  /** As SQL after `=`. */
  readonly value: string;
  /** As pg_db_role_setting stores it. */
  readonly stored: string;
}

const setting = (role: string, name: string, value: string, stored = value): RoleSetting => ({
  role,
  name,
  value,
  stored,
});

/** Left out: session_preload_libraries, whose libraries are missing here and would refuse every login. */
export const platformSettings: readonly RoleSetting[] = [
  setting('anon', 'statement_timeout', "'3s'", '3s'),
  setting('authenticated', 'statement_timeout', "'8s'", '8s'),
  setting('authenticator', 'statement_timeout', "'8s'", '8s'),
  setting('authenticator', 'lock_timeout', "'8s'", '8s'),
  // The backslash is Supabase's: the first entry names a schema that does not exist, and is never found.
  setting('postgres', 'search_path', '"\\$user", public, extensions'),
  setting('supabase_admin', 'search_path', '"$user", public, auth, extensions'),
  setting('supabase_admin', 'log_statement', 'none'),
  setting('supabase_auth_admin', 'search_path', 'auth'),
  setting('supabase_auth_admin', 'idle_in_transaction_session_timeout', '60000'),
  setting('supabase_auth_admin', 'log_statement', 'none'),
  setting('supabase_storage_admin', 'search_path', 'storage'),
  setting('supabase_storage_admin', 'log_statement', 'none'),
  setting('supabase_realtime_admin', 'search_path', 'realtime'),
];

/**
 * Parameters that supautils lets `postgres` set although PostgreSQL keeps them for superusers. Names one by one,
 * since GRANT SET ON PARAMETER knows no wildcard: of `pgrst.*` and `auto_explain.*` the documented ones.
 */
export const settableParameters: readonly string[] = [
  'session_replication_role',
  'log_lock_waits',
  'log_min_messages',
  'log_statement',
  'track_io_timing',
  'wal_compression',
  'safeupdate.enabled',
  ...['log_min_duration', 'log_nested_statements'].map((name) => `auto_explain.${name}`),
  ...['max', 'save', 'track', 'track_planning', 'track_utility'].map((name) => `pg_stat_statements.${name}`),
  ...['log', 'log_catalog', 'log_client', 'log_level', 'log_relation', 'log_statement', 'role'].map(
    (name) => `pgaudit.${name}`,
  ),
  ...[
    'db_aggregates_enabled',
    'db_anon_role',
    'db_extra_search_path',
    'db_max_rows',
    'db_plan_enabled',
    'db_pre_request',
    'db_schemas',
    'db_tx_end',
    'jwt_aud',
    'jwt_role_claim_key',
    'jwt_secret',
    'openapi_mode',
    'server_cors_allowed_origins',
    'server_timing_enabled',
  ].map((name) => `pgrst.${name}`),
];
