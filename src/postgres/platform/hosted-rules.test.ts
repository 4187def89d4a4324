import { describe, expect, it } from 'vitest';
import { hostedLists } from './hosted-lists.ts';
import { findHostedRefusals } from './hosted-rules.ts';

const rulesOf = (sql: string) => findHostedRefusals(sql).map((refusal) => refusal.rule);

describe('refused', () => {
  it.each([
    ['alter system set wal_level = logical', 'alter-system'],
    ['create role boss superuser', 'superuser-role'],
    ['CREATE USER boss WITH LOGIN SUPERUSER', 'superuser-role'],
    ['alter role clerk superuser', 'superuser-role'],
    ['alter role clerk nosuperuser', 'superuser-role'],
    ['alter user postgres createdb', 'reserved-role'],
    ['alter role supabase_admin password $$x$$', 'reserved-role'],
    ['alter role supabase_storage_admin set search_path = public', 'reserved-role'],
    ['alter role anon nologin', 'reserved-role'],
    ['alter role "anon" rename to guest', 'reserved-role'],
    ['alter role clerk rename to dashboard_user', 'reserved-role'],
    ['drop role if exists authenticated', 'reserved-role'],
    ['drop role clerk, pgbouncer', 'reserved-role'],
    ['grant pg_monitor to supabase_auth_admin', 'reserved-role'],
    ['revoke pg_monitor from dashboard_user', 'reserved-role'],
    ['grant pg_read_server_files to clerk', 'reserved-membership'],
    ['grant authenticator to clerk', 'reserved-membership'],
    ['grant clerk, supabase_admin to postgres', 'reserved-membership'],
    ['create role clerk in role pg_execute_server_program', 'reserved-membership'],
    ['create table auth.notes (id int)', 'managed-schema'],
    ['alter table auth.users add column nickname text', 'managed-schema'],
    ['ALTER TABLE IF EXISTS ONLY "storage"."objects" DISABLE ROW LEVEL SECURITY', 'managed-schema'],
    ['create or replace function auth.uid() returns uuid language sql as $$ select null $$', 'managed-schema'],
    ['drop function if exists storage.foldername(text)', 'managed-schema'],
    ['create index on auth.users (email)', 'managed-schema'],
    ['create unique index concurrently if not exists i on only auth.users (email)', 'managed-schema'],
    ['drop table public.orders, realtime.messages', 'managed-schema'],
    ['drop schema storage cascade', 'managed-schema'],
    ['create type auth.mood as enum ()', 'managed-schema'],
    ['comment on table auth.users is $$ours$$', 'managed-schema'],
    ['comment on column auth.users.email is $$ours$$', 'managed-schema'],
    ['create rule r as on insert to auth.users do nothing', 'managed-schema'],
    ['create policy p on auth.oauth_clients using (true)', 'managed-schema'],
    ['alter trigger t on storage.objects rename to u', 'managed-schema'],
    ['alter table public.orders owner to supabase_admin', 'platform-owner'],
    ['create schema app authorization supabase_auth_admin', 'platform-owner'],
    ['set local role supabase_storage_admin', 'service-role'],
    ['set role = supabase_admin', 'service-role'],
    ["set session authorization 'supabase_admin'", null],
    ['set session authorization supabase_admin', 'service-role'],
    ['alter default privileges for role supabase_admin in schema public grant all on tables to anon', 'service-role'],
    [
      'alter default privileges in schema auth for role supabase_auth_admin revoke all on tables from anon',
      'service-role',
    ],
    ["copy public.orders from '/tmp/orders.csv'", 'server-files'],
    ["copy (select 1) to program 'cat'", 'server-files'],
    ["select pg_read_file('/etc/passwd')", 'server-files'],
    ['create extension plpython3u', 'untrusted-language'],
    ['create function public.f() returns int language plpython3u as $$ return 1 $$', 'untrusted-language'],
    ["create function public.f() returns int as 'x', 'y' language c", 'untrusted-language'],
    ["create tablespace fast location '/mnt'", 'superuser-object'],
    ['create operator class public.oc for type int using btree as storage int', 'superuser-object'],
  ])('%s', (sql, rule) => {
    expect(rulesOf(sql)).toEqual(rule === null ? [] : [rule]);
  });
});

describe('allowed', () => {
  it.each([
    'alter role anon set statement_timeout = $$5s$$',
    'alter role authenticator reset pgrst.db_schemas',
    'alter role authenticated in database postgres set search_path = public',
    'alter role postgres set search_path = public',
    'create role clerk nosuperuser',
    'grant clerk to authenticator',
    'grant anon to clerk',
    'revoke clerk from authenticated',
    'grant select on auth.users to clerk',
    'grant all on public.orders to supabase_auth_admin',
    'create role clerk bypassrls',
    'create role clerk in role anon',
    'create policy "own files" on storage.objects for select using (owner_id = auth.uid()::text)',
    'alter policy p on storage.buckets using (false)',
    'drop policy if exists p on realtime.messages',
    'comment on policy p on storage.objects is $$ours$$',
    'create trigger on_sign_up after insert on auth.users for each row execute function public.greet()',
    'drop trigger if exists on_sign_up on auth.users',
    'create table public.people (id uuid references auth.users (id))',
    'create view public.emails as select email from auth.users',
    'create table auth_log (id int)',
    'create table "auth.users" (id int)',
    'create schema app authorization postgres',
    'alter table public.orders owner to postgres',
    'delete from auth.users where false',
    'truncate auth.users',
    'copy public.orders from stdin',
    "select 'alter system'",
    '-- alter system\nselect 1',
    'create function public.f() returns int language sql as $$ select 1 $$',
    'create extension if not exists "uuid-ossp" with schema extensions',
    'create event trigger watch on ddl_command_end execute function public.watch()',
    'create publication everything for all tables',
    'set role anon',
    'set search_path = auth, public',
    'set session_replication_role = replica',
    'alter default privileges in schema public revoke execute on functions from anon',
    'alter default privileges for role postgres in schema public grant select on tables to anon',
    'comment on role clerk is $$ours$$',
  ])('%s', (sql) => {
    expect(findHostedRefusals(sql)).toEqual([]);
  });
});

it('reads every statement, and the insides of DO blocks', () => {
  expect(rulesOf('select 1; alter system reset all; drop schema auth')).toEqual(['alter-system', 'managed-schema']);
  expect(
    rulesOf(`do $$ begin
      if not exists (select from pg_roles where rolname = 'boss') then create role boss superuser; end if;
      execute 'alter table auth.users add x int';
      perform 'alter system';
    end $$`),
  ).toEqual(['superuser-role', 'managed-schema']);
});

it('says what is refused, on what', () => {
  expect(findHostedRefusals('alter table auth.users add x int')[0]?.message).toBe(
    'ALTER TABLE on auth.users: auth belongs to supabase_auth_admin, postgres may not change it',
  );
});

it('follows the lists of a live server', () => {
  const lists = hostedLists({
    privilegedRole: 'supabase_privileged_role',
    reservedRoles: ['keeper', 'anon*'],
    reservedMemberships: ['keeper'],
    policyGrants: { postgres: ['auth.oauth_clients'] },
    dropTriggerGrants: {},
    privilegedExtensions: [],
  });
  const rules = (sql: string) => findHostedRefusals(sql, lists).map((refusal) => refusal.rule);
  expect(rules('drop role keeper')).toEqual(['reserved-role']);
  expect(rules('drop role dashboard_user')).toEqual([]);
  expect(rules('create policy p on auth.oauth_clients using (true)')).toEqual([]);
  expect(rules('create policy p on storage.objects using (true)')).toEqual(['managed-schema']);
});
