import { expect, it } from 'vitest';
import { afterElevation, elevationFor } from './elevation.ts';

const admin = 'supabase_admin';

it.each([
  ['create policy "own files" on storage.objects using (true)', admin],
  ['/* ours */ ALTER POLICY p ON "storage".buckets USING (false)', admin],
  ['drop policy if exists p on storage.objects', admin],
  ['comment on policy p on storage.objects is $$x$$', admin],
  ['create policy p on auth.users using (true)', admin],
  ['create policy p on realtime.messages using (true)', admin],
  ['drop trigger if exists t on auth.users', admin],
  ['create extension if not exists postgres_fdw with schema extensions', admin],
  ['drop extension "uuid-ossp"', admin],
  ['create event trigger watch on ddl_command_end execute function public.watch()', admin],
  ['drop event trigger watch', admin],
  ['create foreign data wrapper w', admin],
  ['create publication everything for all tables', admin],
  ['create publication some for tables in schema public', admin],
  ['create publication people for table public.orders, auth.users', admin],
  ['drop publication everything', admin],
  ['alter publication supabase_realtime add table public.orders', admin],
  ['comment on extension plpgsql is $$x$$', admin],
])('%s: as %s', (sql, role) => {
  expect(elevationFor(sql)).toBe(role);
});

it.each([
  'create policy p on public.orders using (true)',
  'create policy p on auth.oauth_clients using (true)',
  'create policy p on objects using (true)',
  'create trigger t after insert on auth.users for each row execute function public.greet()',
  'alter table storage.objects enable row level security',
  'drop trigger t on public.orders',
  'create extension plpython3u',
  'drop extension "uuid-ossp", plpython3u',
  'create publication one for table public.orders',
  'create policy p on storage.objects using (true); drop table public.orders',
  'select 1',
  '',
])('%s: as postgres', (sql) => {
  expect(elevationFor(sql)).toBeNull();
});

it('knows that only superusers made such roles before PostgreSQL 16', () => {
  expect(elevationFor('create role clerk bypassrls', { major: 15 })).toBe(admin);
  expect(elevationFor('create role clerk bypassrls', { major: 16 })).toBeNull();
  expect(elevationFor('create role clerk bypassrls superuser', { major: 15 })).toBeNull();
  expect(elevationFor('create role clerk login', { major: 15 })).toBeNull();
});

it.each([
  [
    `do $$ begin create policy p on storage.objects using (true); exception when duplicate_object then null; end $$`,
    admin,
  ],
  [
    `do $$ begin
       if not exists (select from pg_policies where policyname = 'p') then
         create policy p on storage.objects using (true);
       end if;
     end $$`,
    admin,
  ],
  // One thing more, and the block would do it as the service's own role.
  [`do $$ begin create policy p on storage.objects using (true); drop table public.orders; end $$`, null],
  [`do $$ begin create policy p on storage.objects using (true); perform public.anything(); end $$`, null],
  [`do $$ begin execute format('create policy %I on storage.objects using (true)', 'p'); end $$`, null],
  [`do $$ begin execute 'create policy p on storage.objects using (true)'; end $$`, admin],
  [`do $$ declare n int; begin n := public.anything(); create policy p on storage.objects using (true); end $$`, null],
])('a DO block: %s', (sql, role) => {
  expect(elevationFor(sql)).toBe(role);
});

it.each([
  ['create extension if not exists postgres_fdw', 'postgres_fdw'],
  ['create foreign data wrapper "Far"', 'Far'],
])('%s: postgres gets the use of it', (sql, name) => {
  expect(afterElevation(sql)).toBe(`grant usage on foreign data wrapper "${name}" to postgres with grant option`);
});

it.each(['create extension hstore', 'drop extension postgres_fdw', 'select 1', ''])('%s: nothing to follow', (sql) => {
  expect(afterElevation(sql)).toBeNull();
});
