import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withSession } from '../harness/sessions.ts';
import { startServer } from '../harness/start-server.ts';
import { testDatabase } from '../harness/test-database.ts';

test('a test database is reached by its URL and by its settings', async () => {
  const database = await testDatabase();
  const session = await database.connect();
  const { rows } = await session.query<{ name: string; user: string }>(
    'select current_database() as name, current_user as user',
  );
  expect(rows).toEqual([{ name: database.name, user: 'postgres' }]);
});

test('a database on the platform supabase has what Supabase brings', async () => {
  const database = await testDatabase({ platform: 'supabase' });
  const session = await database.connect();
  const { rows } = await session.query(
    `select to_regclass('auth.users') is not null as users,
       (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as superuser,
       (select pg_catalog.pg_get_userbyid(datdba) from pg_catalog.pg_database where datname = current_database()) as owner`,
  );
  expect(rows).toEqual([{ users: true, superuser: false, owner: 'postgres' }]);
});

test('a released server is gone, with its folder', async () => {
  const server = await startServer();
  await withSession(server.adminSettings('postgres'), (session) => session.query('select 1'));
  expect(existsSync(server.directory)).toBe(true);
  await server.release();
  expect(existsSync(server.directory)).toBe(false);
});
