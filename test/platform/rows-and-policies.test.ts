/** What follows for row-level security from the roles, and what a user needs who is to sign in. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { attempt, sqlstateOf } from './attempt.ts';

let db: TestDatabase;
let session: Connection;
const ada = '6f1f3a4e-31a5-4a52-9a3d-0e2d6c6a1b11';

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  session = await db.connect();
});
afterAll(() => db.drop());

describe('row-level security', () => {
  beforeAll(async () => {
    await session.run(`
      create table public.letters (id int primary key, owner uuid);
      alter table public.letters enable row level security;
      alter table public.letters force row level security;
      insert into public.letters values (1, '${ada}'), (2, null);
      create table public.closed (id int);
      create view public.letters_plain as select * from public.letters;
      create view public.letters_invoker with (security_invoker = true) as select * from public.letters;
      create function public.letters_definer() returns bigint language sql security definer set search_path = '' as
        'select count(*) from public.letters';
      grant select on public.letters, public.letters_plain, public.letters_invoker to anon, authenticated, service_role;
      create policy own on public.letters for select to authenticated using (owner = auth.uid());`);
  });

  const count = async (role: string, from: string) => {
    await session.run(`begin; set local role ${role}; set local request.jwt.claims = '{"sub": "${ada}"}'`);
    try {
      const { rows } = await session.query<{ n: number }>(`select count(*)::int as n from ${from}`);
      return rows[0]?.n;
    } catch (error) {
      return sqlstateOf(error);
    } finally {
      await session.run('rollback');
    }
  };

  it.each([
    ['anon', 'public.letters', 0],
    ['authenticated', 'public.letters', 1],
    ['service_role', 'public.letters', 2],
    // The owner bypasses policies although they are forced: postgres has BYPASSRLS.
    ['postgres', 'public.letters', 2],
    ['anon', 'public.letters_plain', 2],
    ['anon', 'public.letters_invoker', 0],
    ['authenticated', 'public.letters_invoker', 1],
    ['anon', 'public.closed', '42501'],
    // BYPASSRLS is no grant.
    ['service_role', 'public.closed', '42501'],
    ['service_role', 'auth.users', '42501'],
    ['anon', 'storage.objects', 0],
  ])('%s sees of %s: %s', async (role, from, expected) => {
    expect(await count(role, from)).toBe(expected);
  });

  it('a SECURITY DEFINER function of postgres goes past policies', async () => {
    await session.run('begin; set local role anon');
    const { rows } = await session.query<{ n: string }>('select public.letters_definer() as n');
    await session.run('rollback');
    expect(rows).toEqual([{ n: '2' }]);
  });
});

describe('auth.users', () => {
  const user = (columns: string, values: string) =>
    `insert into auth.users (id, ${columns}) values (gen_random_uuid(), ${values})`;

  it.each([
    ['an id must be given', `insert into auth.users (email) values ('a@x')`, '23502'],
    ['nothing else must', user('email', 'null'), 'ok'],
    ['the same address twice', `${user('email', `'a@x'`)}; ${user('email', `'a@x'`)}`, '23505'],
    ['its case is told apart', `${user('email', `'a@x'`)}; ${user('email', `'A@x'`)}`, 'ok'],
    [
      'accounts of single sign-on may share one',
      `${user('email, is_sso_user', `'a@x', true`)}; ${user('email, is_sso_user', `'a@x', true`)}`,
      'ok',
    ],
    ['empty tokens repeat', `${user('recovery_token', `''`)}; ${user('recovery_token', `''`)}`, 'ok'],
    ['real tokens do not', `${user('recovery_token', `'ab'`)}; ${user('recovery_token', `'ab'`)}`, '23505'],
    ['an empty phone does not repeat', `${user('phone', `''`)}; ${user('phone', `''`)}`, '23505'],
    ['confirmed_at is computed', user('confirmed_at', 'now()'), '428C9'],
    ['email_change_confirm_status is 0 to 2', user('email_change_confirm_status', '3'), '23514'],
  ])('%s', async (_what, sql, expected) => {
    expect(await attempt(session, sql)).toBe(expected);
  });

  it('stamps nothing by itself, and leaves four tokens NULL that the service cannot read as such', async () => {
    await session.run(`begin; ${user('email_confirmed_at', `'2026-01-02'`)}`);
    const { rows } = await session.query(
      `select created_at, updated_at, confirmation_token, recovery_token, email_change_token_new, email_change,
         phone_change, phone_change_token, email_change_token_current, reauthentication_token, phone,
         confirmed_at = email_confirmed_at as confirmed from auth.users`,
    );
    await session.run('rollback');
    expect(rows).toEqual([
      {
        ...{ created_at: null, updated_at: null, confirmation_token: null, recovery_token: null },
        ...{ email_change_token_new: null, email_change: null, phone_change: '', phone_change_token: '' },
        ...{ email_change_token_current: '', reauthentication_token: '', phone: null, confirmed: true },
      },
    ]);
  });

  it('takes a user who can sign in with a password, found the way the service looks', async () => {
    await session.run(`begin;
      insert into auth.users (id, instance_id, aud, role, email, encrypted_password, email_confirmed_at,
        raw_app_meta_data, raw_user_meta_data, created_at, updated_at,
        confirmation_token, recovery_token, email_change_token_new, email_change)
      values ('${ada}', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'ada@example.com',
        extensions.crypt('swordfish', extensions.gen_salt('bf', 10)), now(),
        '{"provider": "email", "providers": ["email"]}', '{}', now(), now(), '', '', '', '');
      insert into auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at)
      values ('${ada}', '${ada}', '{"sub": "${ada}", "email": "Ada@Example.com"}', 'email', now(), now());`);
    const { rows } = await session.query(
      `select left(u.encrypted_password, 7) as prefix, length(u.encrypted_password) as length, i.email,
         u.encrypted_password = extensions.crypt('swordfish', u.encrypted_password) as matches,
         num_nulls(u.aud, u.role, u.confirmation_token, u.recovery_token, u.email_change_token_new, u.email_change,
           u.phone_change, u.phone_change_token, u.email_change_token_current, u.reauthentication_token) as nulls
       from auth.users u join auth.identities i on i.user_id = u.id
       where u.instance_id = '00000000-0000-0000-0000-000000000000' and lower(u.email) = 'ada@example.com'
         and u.aud = 'authenticated' and not u.is_sso_user and u.email_confirmed_at is not null`,
    );
    await session.run('rollback');
    expect(rows).toEqual([{ prefix: '$2a$10$', length: 60, email: 'ada@example.com', matches: true, nulls: 0 }]);
  });

  it('takes identities and sessions away with the user', async () => {
    await session.run(`begin;
      insert into auth.users (id) values ('${ada}');
      insert into auth.identities (provider_id, user_id, identity_data, provider) values ('x', '${ada}', '{}', 'email');
      insert into auth.sessions (id, user_id) values (gen_random_uuid(), '${ada}');
      insert into auth.refresh_tokens (token, user_id, session_id) select 't', user_id, id from auth.sessions;
      delete from auth.users;`);
    const { rows } = await session.query(
      'select (select count(*) from auth.identities) + (select count(*) from auth.sessions) + (select count(*) from auth.refresh_tokens) as left',
    );
    await session.run('rollback');
    expect(rows).toEqual([{ left: '0' }]);
  });

  it('lets a trigger of postgres make the profile when the service signs somebody up', async () => {
    const admin = await db.connectAsAdmin();
    await session.run(`
      create table public.profiles (id uuid primary key references auth.users on delete cascade);
      create function public.make_profile() returns trigger language plpgsql security definer set search_path = '' as
        'begin insert into public.profiles values (new.id); return new; end';
      create function public.make_profile_bare() returns trigger language plpgsql set search_path = '' as
        'begin insert into public.profiles values (new.id); return new; end';`);
    const signUp = async (maker: string) => {
      await session.run(
        `create or replace trigger on_sign_up after insert on auth.users for each row execute function public.${maker}()`,
      );
      return attempt(admin, `insert into auth.users (id) values ('${ada}')`, 'supabase_auth_admin');
    };
    expect(await signUp('make_profile')).toBe('ok');
    // The service's role holds nothing in public: without SECURITY DEFINER nobody could sign up.
    expect(await signUp('make_profile_bare')).toBe('42501');
  });
});
