/** What Supabase lets postgres do, done here as the role that may: it works, and nothing more does. */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import { asRole, becomeRole, withElevation } from '../../src/postgres/platform/become-role.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { attempt, sqlstateOf } from './attempt.ts';

async function sessionAsPostgres(): Promise<{ db: TestDatabase; session: Connection }> {
  const db = await testDatabase({ platform: 'supabase' });
  const session = await db.connectAsAdmin();
  await becomeRole(session, 'postgres');
  return { db, session };
}

const runLikeTheRunner = (session: Connection, sql: string) => withElevation(session, sql, () => session.run(sql));

describe('becomeRole', () => {
  it('makes the session what a login of postgres is', async () => {
    const { db, session } = await sessionAsPostgres();
    const facts = `select session_user::text as session, current_user::text as current, current_setting('is_superuser') as super,
      current_setting('search_path') as path, current_setting('statement_timeout') as timeout`;
    const { rows: became } = await session.query(facts);
    const { rows: login } = await (await db.connect()).query(facts);
    expect(became).toEqual(login);
    await session.run('set role anon; reset role');
    expect((await session.query(facts)).rows).toEqual(login);
    expect(await attempt(session, 'set local role supabase_storage_admin')).toBe('42501');
  });

  it('takes settings of the database too, those of the role in front', async () => {
    const { db } = await sessionAsPostgres();
    const admin = await db.connectAsAdmin();
    await admin.run(
      `alter database ${db.name} set work_mem = '5MB'; alter database ${db.name} set search_path = private`,
    );
    await becomeRole(admin, 'postgres');
    const { rows } = await admin.query(
      `select current_setting('work_mem') as mem, current_setting('search_path') as path`,
    );
    expect(rows).toEqual([{ mem: '5MB', path: '"\\$user", public, extensions' }]);
  });
});

describe('goes through with elevation, and is refused without', () => {
  it.each([
    ['a policy on files', 'create policy p on storage.objects for select to anon using (true)'],
    ['one that asks who it is', 'create policy p on storage.objects using (owner_id = auth.uid()::text)'],
    [
      'a policy in a DO block',
      'do $$ begin create policy p on storage.objects using (true); exception when duplicate_object then null; end $$',
    ],
    ['an extension', 'create extension postgres_fdw with schema extensions'],
    ['a publication of everything', 'create publication everything for all tables'],
    ['a foreign data wrapper', 'create foreign data wrapper nowhere'],
  ])('%s', async (_what, sql) => {
    const { session } = await sessionAsPostgres();
    expect(await attempt(session, sql)).toBe('42501');
    await session.run('begin');
    await runLikeTheRunner(session, sql);
    const { rows } = await session.query('select session_user::text as user');
    await session.run('commit');
    expect(rows).toEqual([{ user: 'postgres' }]);
  });

  it('an event trigger, and the trigger of a migration undone', async () => {
    const { session } = await sessionAsPostgres();
    for (const sql of [
      'create function public.watch() returns event_trigger language plpgsql as $$ begin end $$',
      'create event trigger watch on ddl_command_end execute function public.watch()',
      'drop event trigger watch',
      'create function public.greet() returns trigger language plpgsql as $$ begin return new; end $$',
      'create trigger greet after insert on auth.users for each row execute function public.greet()',
      'drop trigger greet on auth.users',
    ]) {
      await runLikeTheRunner(session, sql);
    }
    const { rows } = await session.query(
      'select (select count(*) from pg_event_trigger) + (select count(*) from pg_trigger where tgname = $1) as n',
      ['greet'],
    );
    expect(rows).toEqual([{ n: '0' }]);
  });
});

it('creates extensions as Supabase does: owned by supabase_admin, usable by postgres', async () => {
  const { session } = await sessionAsPostgres();
  await runLikeTheRunner(session, 'create extension citext with schema extensions');
  const { rows } = await session.query(
    `select pg_get_userbyid(extowner) as owner from pg_extension where extname = 'citext'`,
  );
  expect(rows).toEqual([{ owner: 'supabase_admin' }]);
  expect(await attempt(session, 'create table public.people (email citext)')).toBe('ok');
});

it('gives postgres the use of a wrapper, so that it can make a server of it', async () => {
  const { session } = await sessionAsPostgres();
  await runLikeTheRunner(session, 'create extension postgres_fdw with schema extensions');
  expect(
    await attempt(session, `create server far foreign data wrapper postgres_fdw options (host 'far.example.com')`),
  ).toBe('ok');
});

it('adds a table to the realtime publication, and leaves it to postgres', async () => {
  const { session } = await sessionAsPostgres();
  await session.run('create table public.orders (id int primary key)');
  await runLikeTheRunner(session, 'alter publication supabase_realtime add table public.orders');
  const { rows } = await session.query(
    `select pg_get_userbyid(pubowner) as owner, t.tablename from pg_publication p join pg_publication_tables t using (pubname)`,
  );
  expect(rows).toEqual([{ owner: 'postgres', tablename: 'orders' }]);
});

describe('asRole', () => {
  it('leaves the session as it was when the statement fails, in a transaction and out of one', async () => {
    const { session } = await sessionAsPostgres();
    const fail = () =>
      asRole(session, 'supabase_storage_admin', () => session.run('create policy p on storage.nothing using (true)'));
    const user = async () => (await session.query<{ u: string }>('select session_user::text as u')).rows[0]?.u;
    expect(sqlstateOf(await fail().catch((error: unknown) => error))).toBe('42P01');
    expect(await user()).toBe('postgres');
    await session.run('begin');
    expect(sqlstateOf(await fail().catch((error: unknown) => error))).toBe('42P01');
    await session.run('rollback');
    expect(await user()).toBe('postgres');
    await session.run('begin; savepoint s');
    await fail().catch(() => undefined);
    await session.run('rollback to s');
    expect(await user()).toBe('postgres');
    await session.run('rollback');
  });
});
