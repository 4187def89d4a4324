/** Owners, who may use and fill the schemas, and what each role may do with the platform's tables. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { attempt } from './attempt.ts';

let db: TestDatabase;
let session: Connection;

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  session = await db.connect();
});
afterAll(() => db.drop());

describe('owners', () => {
  it.each([
    ['auth', 'supabase_admin'],
    ['storage', 'supabase_admin'],
    ['realtime', 'supabase_admin'],
    ['graphql', 'supabase_admin'],
    ['graphql_public', 'supabase_admin'],
    ['pgbouncer', 'supabase_admin'],
    ['extensions', 'postgres'],
    ['public', 'pg_database_owner'],
  ])('schema %s: %s', async (schema, owner) => {
    const { rows } = await session.query<{ owner: string }>(
      'select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = $1',
      [schema],
    );
    expect(rows[0]?.owner).toBe(owner);
  });

  it.each([
    ['auth', ['supabase_auth_admin']],
    ['storage', ['supabase_storage_admin']],
    // Its ledger stays with the role that the service logs in as.
    ['realtime', ['supabase_admin', 'supabase_realtime_admin']],
  ])('relations and functions of %s: %s', async (schema, owners) => {
    const { rows } = await session.query<{ owner: string }>(
      `select pg_get_userbyid(relowner) as owner from pg_class where relnamespace = $1::regnamespace
       union select pg_get_userbyid(proowner) from pg_proc where pronamespace = $1::regnamespace
       union select pg_get_userbyid(typowner) from pg_type where typnamespace = $1::regnamespace order by 1`,
      [schema],
    );
    expect(rows.map((row) => row.owner)).toEqual(owners);
  });

  it('the database belongs to postgres, the extensions to supabase_admin, in schema extensions', async () => {
    const { rows } = await session.query(
      `select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database()`,
    );
    expect(rows).toEqual([{ owner: 'postgres' }]);
    const { rows: extensions } = await session.query(
      `select extname as name, extnamespace::regnamespace::text as schema, pg_get_userbyid(extowner) as owner
       from pg_extension where extname in ('pgcrypto', 'uuid-ossp') order by 1`,
    );
    const common = { schema: 'extensions', owner: 'supabase_admin' };
    expect(extensions).toEqual([
      { name: 'pgcrypto', ...common },
      { name: 'uuid-ossp', ...common },
    ]);
  });
});

describe('schemas', () => {
  // U: USAGE, C: CREATE, a star: with grant option
  it.each([
    ['public', 'anon=U authenticated=U pg_database_owner=CU postgres=U public=U service_role=U'],
    ['auth', 'anon=U authenticated=U dashboard_user=CU postgres=U service_role=U supabase_auth_admin=CU'],
    ['storage', 'anon=U authenticated=U dashboard_user=CU postgres=U* service_role=U supabase_storage_admin=CU'],
    ['realtime', 'anon=U authenticated=U postgres=U* service_role=U supabase_realtime_admin=C*U*'],
    ['extensions', 'anon=U authenticated=U dashboard_user=CU postgres=CU service_role=U'],
    ['graphql_public', 'anon=U authenticated=U postgres=U* service_role=U'],
    ['pgbouncer', 'pgbouncer=U'],
  ])('%s: %s', async (schema, expected) => {
    const { rows } = await session.query<{ acl: string }>(
      `select string_agg(who || '=' || what, ' ' order by who collate "C") as acl from (
         select case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end as who,
           string_agg(left(a.privilege_type, 1) || case when a.is_grantable then '*' else '' end, '' order by 1) as what
         from pg_namespace n, aclexplode(n.nspacl) a
         where n.nspname = $1 and pg_get_userbyid(a.grantee) <> 'supabase_admin' group by 1) q`,
      [schema],
    );
    const sorted = rows[0]?.acl.replace(
      /=([CU*]+)/g,
      (_all, what: string) =>
        `=${what
          .match(/[CU]\*?/g)
          ?.sort()
          .join('')}`,
    );
    expect(sorted).toBe(expected);
  });
});

describe('API roles', () => {
  const both = ['anon', 'authenticated', 'service_role'];

  it.each(both)('%s holds nothing on any relation of auth', async (role) => {
    const { rows } = await session.query(
      `select c.relname from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'auth'::regnamespace
       and a.grantee in (0, to_regrole($1))`,
      [role],
    );
    expect(rows).toEqual([]);
    expect(await attempt(session, 'select from auth.users', role)).toBe('42501');
  });

  it.each(both)('%s may do everything with files and buckets, so that only policies protect them', async (role) => {
    for (const table of ['buckets', 'objects']) {
      const { rows } = await session.query<{ all: boolean }>(
        `select bool_and(has_table_privilege($1, $2, p)) as all
         from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p`,
        [role, `storage.${table}`],
      );
      expect(rows[0]?.all).toBe(true);
    }
  });

  it.each([
    ['anon', 'storage.s3_multipart_uploads', 'SELECT'],
    ['service_role', 'storage.s3_multipart_uploads', 'DELETE INSERT SELECT TRUNCATE UPDATE'],
    ['anon', 'storage.buckets_vectors', 'SELECT'],
    ['anon', 'storage.migrations', ''],
    ['service_role', 'storage.migrations', ''],
    ['authenticated', 'realtime.messages', 'INSERT SELECT UPDATE'],
    ['authenticated', 'realtime.messages_default', ''],
    ['anon', 'realtime.schema_migrations', ''],
    ['dashboard_user', 'auth.users', 'DELETE INSERT SELECT TRUNCATE UPDATE'],
    ['postgres', 'auth.users', 'DELETE INSERT SELECT TRUNCATE UPDATE'],
    // SELECT through pg_read_all_data as well; nothing else.
    ['postgres', 'auth.schema_migrations', 'SELECT'],
    ['postgres', 'storage.migrations', 'SELECT'],
  ])('%s on %s: %s', async (role, table, expected) => {
    const { rows } = await session.query<{ held: string }>(
      `select coalesce(string_agg(p, ' ' order by p), '') as held
       from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p where has_table_privilege($1, $2, p)`,
      [role, table],
    );
    expect(rows[0]?.held).toBe(expected);
  });
});

describe('postgres', () => {
  it.each([
    ['reads and writes users', 'update auth.users set email = email', 'ok'],
    ['passes reading of users on', 'grant select on auth.users to dashboard_user', 'ok'],
    ['refers to users', 'create table public.people (id uuid references auth.users)', 'ok'],
    [
      'puts a trigger on users',
      `create function public.f() returns trigger language plpgsql as 'begin return new; end';
      create trigger t after insert on auth.users for each row execute function public.f()`,
      'ok',
    ],
    ['makes no table in auth', 'create table auth.notes (id int)', '42501'],
    ['alters no table of auth', 'alter table auth.users add column x int', '42501'],
    ['switches off no row-level security', 'alter table storage.objects disable row level security', '42501'],
    [
      'replaces no function of auth',
      'create or replace function auth.uid() returns uuid language sql as $$select null::uuid$$',
      '42501',
    ],
    ['becomes no service', 'set local role supabase_storage_admin', '42501'],
    ['becomes anon', 'set local role anon', 'ok'],
    ['makes no superuser', 'create role boss superuser', '42501'],
    ['writes no ledger', `insert into auth.schema_migrations values ('x')`, '42501'],
    ['sets session_replication_role', 'set local session_replication_role = replica', 'ok'],
    ['makes schemas and extensions of the database', 'create schema app', 'ok'],
    ['gives anon a setting', `alter role anon set statement_timeout = '5s'`, 'ok'],
    ['reloads the configuration', 'select pg_reload_conf()', 'ok'],
  ])('%s', async (_what, sql, expected) => {
    expect(await attempt(session, sql)).toBe(expected);
  });

  it('cannot take back what the owner of storage granted', async () => {
    await session.run('begin; revoke all on storage.objects from anon');
    const { rows } = await session.query(`select has_table_privilege('anon', 'storage.objects', 'DELETE') as still`);
    await session.run('rollback');
    expect(rows).toEqual([{ still: true }]);
  });
});

it('has the realtime publication: of postgres, empty, of all four kinds of change', async () => {
  const { rows } = await session.query(
    `select pubname, pg_get_userbyid(pubowner) as owner, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate,
       (select count(*)::int from pg_publication_tables t where t.pubname = p.pubname) as tables from pg_publication p`,
  );
  const kinds = { pubinsert: true, pubupdate: true, pubdelete: true, pubtruncate: true };
  expect(rows).toEqual([{ pubname: 'supabase_realtime', owner: 'postgres', puballtables: false, ...kinds, tables: 0 }]);
});

it('has no event trigger: the optional one would hide a missing ENABLE ROW LEVEL SECURITY', async () => {
  expect((await session.query('select from pg_event_trigger')).rows).toEqual([]);
});
