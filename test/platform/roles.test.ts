/** The cluster's roles, fact by fact (research: Supabase's own golden files of PostgreSQL 15 and 17). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';

let db: TestDatabase;
let session: Connection;
let major: number;

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  session = await db.connect();
  major = Math.floor(session.serverVersion / 10000);
});
afterAll(() => db.drop());

describe('attributes', () => {
  // login, inherit, superuser, createrole, createdb, replication, bypassrls
  it.each([
    ['supabase_admin', 'y y y y y y y'],
    ['postgres', 'y y n y y y y'],
    ['anon', 'n y n n n n n'],
    ['authenticated', 'n y n n n n n'],
    ['service_role', 'n y n n n n y'],
    ['authenticator', 'y n n n n n n'],
    ['supabase_auth_admin', 'y n n ? n n n'],
    ['supabase_storage_admin', 'y n n y n n n'],
    ['supabase_realtime_admin', 'y n n y n y n'],
    ['supabase_functions_admin', 'y n n y n n n'],
    ['supabase_replication_admin', 'y y n n n y n'],
    ['supabase_read_only_user', 'y y n n n n y'],
    ['supabase_etl_admin', 'y y n n n y y'],
    ['supabase_privileged_role', 'n y n n n n n'],
    ['dashboard_user', 'n y n y y y n'],
    ['pgbouncer', 'y y n n n n n'],
    ['pgsodium_keyholder', 'n y n n n n n'],
    ['pgsodium_keyiduser', 'n y n n n n n'],
    ['pgsodium_keymaker', 'n y n n n n n'],
    ['pgtle_admin', 'n y n n n n n'],
  ])('%s: %s', async (role, expected) => {
    const { rows } = await session.query<{ flags: boolean[] }>(
      `select array[rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls] as flags
       from pg_roles where rolname = $1`,
      [role],
    );
    const wanted = expected.split(' ');
    const found = rows[0]?.flags.map((flag, index) => (wanted[index] === '?' ? '?' : flag ? 'y' : 'n'));
    expect(found?.join(' ')).toBe(expected);
  });
});

describe('memberships', () => {
  // who, in whom, ADMIN before 16, ADMIN since 16; null: not at all
  it.each([
    ['authenticator', 'anon', false, false],
    ['authenticator', 'authenticated', false, false],
    ['authenticator', 'service_role', false, false],
    ['authenticator', 'supabase_admin', null, null],
    ['postgres', 'anon', false, true],
    ['postgres', 'authenticated', false, true],
    ['postgres', 'service_role', false, true],
    ['postgres', 'authenticator', null, true],
    ['postgres', 'pg_monitor', false, true],
    ['postgres', 'pg_read_all_data', false, true],
    ['postgres', 'pg_signal_backend', false, true],
    ['postgres', 'pg_create_subscription', null, false],
    ['postgres', 'supabase_privileged_role', false, false],
    ['postgres', 'supabase_auth_admin', null, null],
    ['postgres', 'supabase_storage_admin', null, null],
    ['postgres', 'supabase_realtime_admin', null, null],
    ['supabase_storage_admin', 'authenticator', false, false],
    ['supabase_storage_admin', 'anon', null, null],
    ['supabase_read_only_user', 'pg_read_all_data', false, false],
    ['supabase_etl_admin', 'pg_read_all_data', false, false],
  ])('%s in %s', async (member, role, before16, since16) => {
    const { rows } = await session.query<{ admin: boolean }>(
      `select bool_or(admin_option) as admin from pg_auth_members
       where member = to_regrole($1) and roleid = to_regrole($2) having count(*) > 0`,
      [member, role],
    );
    expect(rows[0]?.admin ?? null).toBe(major < 16 ? before16 : since16);
  });

  it.each([
    ['authenticator', 'anon', false],
    ['supabase_storage_admin', 'authenticator', false],
    ['postgres', 'anon', true],
    ['postgres', 'pg_read_all_data', true],
  ])('%s has what %s has without SET ROLE: %s', async (member, role, inherits) => {
    const { rows } = await session.query<{ usage: boolean; member: boolean }>(
      `select pg_has_role($1, $2, 'USAGE') as usage, pg_has_role($1, $2, 'MEMBER') as member`,
      [member, role],
    );
    expect(rows[0]).toEqual({ usage: inherits, member: true });
  });
});

describe('settings', () => {
  it.each([
    ['anon', ['statement_timeout=3s']],
    ['authenticated', ['statement_timeout=8s']],
    ['service_role', []],
    ['authenticator', ['lock_timeout=8s', 'statement_timeout=8s']],
    // The backslash is what Supabase stores.
    ['postgres', ['search_path="\\$user", public, extensions']],
    ['supabase_admin', ['log_statement=none', 'search_path="$user", public, auth, extensions']],
    ['supabase_auth_admin', ['idle_in_transaction_session_timeout=60000', 'log_statement=none', 'search_path=auth']],
    ['supabase_storage_admin', ['log_statement=none', 'search_path=storage']],
    ['supabase_realtime_admin', ['search_path=realtime']],
    ['dashboard_user', []],
  ])('%s', async (role, settings) => {
    const { rows } = await session.query<{ settings: string[] }>(
      `select array(select unnest(rolconfig) order by 1) as settings from pg_roles where rolname = $1`,
      [role],
    );
    expect(rows[0]?.settings).toEqual(settings);
  });

  it.each([
    ['session_replication_role', true],
    ['pgrst.db_schemas', true],
    ['log_min_messages', true],
    ['auto_explain.log_min_duration', true],
    ['zero_damaged_pages', false],
    ['session_preload_libraries', false],
  ])('postgres may set %s: %s', async (parameter, allowed) => {
    const { rows } = await session.query<{ allowed: boolean }>(
      `select has_parameter_privilege('postgres', $1, 'SET') as allowed`,
      [parameter],
    );
    expect(rows[0]?.allowed).toBe(allowed);
  });
});
