/** The trigger on auth.users: it makes the rows, trusts nothing that was typed, and never stands in the way. */
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import { referenceDatabase, subscribe } from './reference-database.ts';

it('the auth service makes an account, and user and profile are there', async () => {
  const { sql, signUp } = await referenceDatabase();
  const id = await signUp();
  const { rows } = await sql.query(
    'select id, suspended_at, visibility, display_name from public.users join public.profiles on user_id = id',
  );
  expect(rows).toEqual([{ id, suspended_at: null, visibility: 'private', display_name: null }]);
});

it('what a person says of themselves at sign-up gives them nothing', async () => {
  const { sql, signUp } = await referenceDatabase();
  const claims = { role: 'service_role', is_admin: true, visibility: 'public', plan: 'pro', username: 'admin' };
  const [honest, liar] = [await signUp(), await signUp({ ...claims, suspended_at: null, features: { seats: 999 } })];
  const { rows } = await sql.query<{ id: string; row: object }>(
    `select id, (to_jsonb(u) || to_jsonb(p) || to_jsonb(s)) - '{id,user_id,created_at,updated_at}'::text[] as row
    from public.users u join public.profiles p on p.user_id = u.id join public.subscription_status s on s.user_id = u.id`,
  );
  const rowOf = (id: string) => rows.find((row) => row.id === id)?.row;
  expect(rowOf(liar)).toMatchObject({ visibility: 'private', username: null, entitled: false, features: {} });
  expect(rowOf(liar)).toEqual(rowOf(honest));
});

describe('a sign-up goes through', () => {
  it.each([
    ['when the row can not be written', 'alter table public.users add constraint closed check (false) not valid'],
    [
      'when the profile can not be written',
      'alter table public.profiles add constraint closed check (false) not valid',
    ],
    ['when the table is gone', 'alter table public.users rename to people'],
    [
      'when a trigger of somebody else fails',
      `
      create function public.fail() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
      create trigger fail before insert on public.users for each row execute function public.fail()`,
    ],
  ])('%s', async (_, fault) => {
    const { db, sql, signUp } = await referenceDatabase();
    await sql.run(fault);
    const id = await signUp();
    const admin = await db.connectAsAdmin();
    expect((await admin.query('select id from auth.users')).rows).toEqual([{ id }]);
    expect((await sql.query('select from public.profiles')).rows).toHaveLength(0);
  });

  it('while somebody holds a lock on our tables, and the row can be made afterwards', async () => {
    const { db, sql, signUp } = await referenceDatabase();
    const migration = await db.connect();
    await migration.run('begin; lock table public.users in access exclusive mode');
    const id = await signUp();
    await migration.run('rollback');
    expect((await sql.query('select from public.users')).rows).toHaveLength(0);
    await sql.run('insert into public.users (id) select id from auth.users on conflict (id) do nothing');
    expect((await sql.query('select user_id from public.profiles')).rows).toEqual([{ user_id: id }]);
  });
});

it('the warning names the account and the error, and no address', async () => {
  const { db, sql } = await referenceDatabase();
  await sql.run('alter table public.users add constraint closed check (false) not valid');
  const notices: string[] = [];
  const admin = await connect(db.adminSettings, {
    applicationName: 'dbkit test',
    onNotice: (text) => notices.push(text),
  });
  const id = '6f1f3a4e-31a5-4a52-9a3d-0e2d6c6a1b11';
  await admin.run(`insert into auth.users (id, email) values ('${id}', 'ada@example.test')`);
  await admin.close();
  expect(notices).toEqual([
    `account ${id} has no row in public.users: new row for relation "users" violates check constraint "closed" (23514)`,
  ]);
});

it('an account that is deleted takes user, profile and subscriptions along', async () => {
  const { db, sql, signUp } = await referenceDatabase();
  const [ada, bob] = [await signUp(), await signUp()];
  await subscribe(sql, ada);
  await subscribe(sql, bob);
  const admin = await db.connectAsAdmin();
  await admin.run('set role supabase_auth_admin');
  await admin.query('delete from auth.users where id = $1', [ada]);
  const { rows } = await sql.query(
    'select u.id, p.user_id as profile, s.user_id as subscription from public.users u full join public.profiles p on p.user_id = u.id full join public.user_subscriptions s on s.user_id = u.id',
  );
  expect(rows).toEqual([{ id: bob, profile: bob, subscription: bob }]);
});
