/** Attacks on the rows: as nobody, as a user, as another user, as the service, with broken claims, in both default modes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, subscribe } from './reference-database.ts';

const refused = '42501';
const malformed = '22P02';

describe.each(['revoked', 'legacy'] as const)('with default privileges %s', (defaultPrivileges) => {
  let reference: ReferenceDatabase;
  let ada: string;
  let bob: string;
  let cleo: string;
  let bobsPlan: string;

  beforeAll(async () => {
    reference = await referenceDatabase({ defaultPrivileges });
    const { sql } = reference;
    [ada, bob, cleo] = [await reference.signUp(), await reference.signUp(), await reference.signUp()];
    await sql.query(`update public.profiles set visibility = 'members', username = 'bob' where user_id = $1`, [bob]);
    await sql.query(`update public.profiles set visibility = 'public', username = 'cleo' where user_id = $1`, [cleo]);
    await subscribe(sql, ada, { planCode: 'pro' });
    ({ planId: bobsPlan } = await subscribe(sql, bob, { planCode: 'retired' }));
    await sql.query('update public.subscription_plans set active = false where id = $1', [bobsPlan]);
  });
  afterAll(() => reference.db.drop());

  /** A user's name stands for their id; `{ada}` in a statement too. */
  const people = (): Readonly<Record<string, string>> => ({ ada, bob, cleo });
  const outcome = (actor: string, statement: string) =>
    reference.outcome(
      people()[actor] ?? actor,
      statement.replaceAll(/\{(\w+)\}/g, (_, name: string) => people()[name] ?? bobsPlan),
    );

  it.each<[string, Readonly<Record<string, string | number>>]>([
    ['users', { anon: refused, ada: 1, bob: 1, authenticated: 0, service_role: 3 }],
    // Private, members and public: ada sees hers and both of the others; bob not ada's.
    ['profiles', { anon: refused, ada: 3, bob: 2, authenticated: 1, service_role: 3 }],
    // Bob still has the plan that is no longer sold.
    ['subscription_plans', { anon: 2, ada: 2, bob: 3, authenticated: 2, service_role: 3 }],
    // Cleo has the free one that came with the sign-up.
    ['user_subscriptions', { anon: refused, ada: 1, bob: 1, cleo: 1, authenticated: 0, service_role: 3 }],
    ['subscription_status', { anon: refused, ada: 1, bob: 1, cleo: 1, authenticated: 0, service_role: 3 }],
  ])('select * from %s', async (table, expected) => {
    for (const [actor, rows] of Object.entries(expected)) {
      expect(await outcome(actor, `select * from public.${table}`), actor).toBe(rows);
    }
  });

  it('anon reads the public columns of public profiles', async () => {
    expect(
      (await reference.as('anon', 'select username, display_name, bio, avatar_path from public.profiles')).rows,
    ).toEqual([{ username: 'cleo', display_name: null, bio: null, avatar_path: null }]);
    expect(await outcome('anon', 'select locale from public.profiles')).toBe(refused);
    expect(await outcome('anon', `select username from public.profiles where visibility = 'public'`)).toBe(refused);
  });

  it('a person sees their own rows and nobody else’s', async () => {
    const own = async (actor: string, table: string, column: string) =>
      (await reference.as(actor, `select ${column} as id from public.${table}`)).rows.map(({ id }) => id);
    expect(await own(ada, 'users', 'id')).toEqual([ada]);
    expect(await own(ada, 'user_subscriptions', 'user_id')).toEqual([ada]);
    expect(await own(ada, 'subscription_status', 'user_id')).toEqual([ada]);
    expect(await own(bob, 'subscription_status', 'plan_code')).toEqual(['retired']);
  });

  it('an anonymous sign-in is not among the members', async () => {
    const guest = { role: 'authenticated', claims: { sub: ada, is_anonymous: true } };
    const { rows } = await reference.as(guest, 'select user_id from public.profiles');
    expect(rows.map(({ user_id }) => user_id).sort()).toEqual([ada, cleo].sort());
  });

  it.each([
    'update public.profiles set bio = $$mine$$',
    'update public.profiles set bio = $$mine$$ returning *',
    'update public.profiles set bio = $$mine$$ where user_id in ($${ada}$$, $${bob}$$, $${cleo}$$)',
  ])('an update without aim touches the own profile only: %s', async (statement) => {
    expect(await outcome('ada', statement)).toBe(1);
    expect(await outcome('authenticated', statement)).toBe(0);
    expect(await outcome('anon', statement)).toBe(refused);
    expect(await outcome('service_role', statement)).toBe(3);
  });

  it.each([
    // Of profiles: whose it is and when it was made are nobody's to say.
    'update public.profiles set user_id = $${bob}$$',
    'update public.profiles set user_id = $${bob}$$ where user_id = $${ada}$$',
    'update public.profiles set created_at = now()',
    'update public.profiles set updated_at = now()',
    'update public.profiles set bio = $$x$$, user_id = $${bob}$$',
    'insert into public.profiles (user_id) values ($${ada}$$)',
    'insert into public.profiles (user_id, bio) values ($${ada}$$, $$x$$) on conflict (user_id) do update set bio = excluded.bio',
    'delete from public.profiles',
    'delete from public.profiles where user_id = $${ada}$$',
    // Of users: nothing.
    'update public.users set suspended_at = null',
    'update public.users set id = $${bob}$$',
    'insert into public.users (id) values ($${ada}$$)',
    'delete from public.users',
    // What costs money.
    'update public.user_subscriptions set plan_id = $${plan}$$',
    'update public.user_subscriptions set status = $$active$$',
    'update public.user_subscriptions set period_end = $$2099-01-01$$',
    'update public.user_subscriptions set id = gen_random_uuid()',
    'update public.user_subscriptions set user_id = $${ada}$$',
    'insert into public.user_subscriptions (user_id, plan_id, status) values ($${ada}$$, $${plan}$$, $$active$$)',
    'delete from public.user_subscriptions',
    'update public.subscription_plans set price_minor = 0',
    'update public.subscription_plans set features = $${"seats": 999}$$',
    'insert into public.subscription_plans (code, name, price_minor, currency, billing_interval) values ($$x$$, $$X$$, 0, $$EUR$$, $$month$$)',
    'delete from public.subscription_plans',
    // What default privileges leave behind.
    ...['users', 'profiles', 'subscription_plans', 'user_subscriptions'].flatMap((table) => [
      `truncate public.${table} cascade`,
      `create trigger spy before insert on public.${table} for each row execute function suppress_redundant_updates_trigger()`,
      `lock table public.${table}`,
    ]),
    'select private.on_sign_up()',
    'select private.create_profile()',
    'alter table public.users disable row level security',
    'drop policy users_select_own on public.users',
    'create table public.mine (id int)',
  ])('refused to anon and to users: %s', async (statement) => {
    const answers = [
      await outcome('anon', statement),
      await outcome('ada', statement),
      await outcome('bob', statement),
    ];
    expect(answers).toEqual([refused, refused, refused]);
  });

  it('rows are locked only by those who may change them', async () => {
    expect(await outcome('ada', 'select * from public.profiles for update')).toBe(1);
    for (const table of ['users', 'user_subscriptions', 'subscription_plans', 'subscription_status']) {
      expect(await outcome('ada', `select * from public.${table} for update`), table).toBe(refused);
    }
  });

  it('the service writes everything but the view', async () => {
    expect(await outcome('service_role', 'update public.user_subscriptions set status = $$past_due$$')).toBe(3);
    expect(await outcome('service_role', 'update public.users set suspended_at = now()')).toBe(3);
    expect(await outcome('service_role', 'update public.subscription_plans set sort_order = 1')).toBe(3);
    expect(await outcome('service_role', 'delete from public.users')).toBe(3);
    expect(await outcome('service_role', 'update public.subscription_status set entitled = true')).not.toBeTypeOf(
      'number',
    );
    expect(await outcome('service_role', 'truncate public.users cascade')).toBe(refused);
    expect(await outcome('service_role', 'select * from auth.users')).toBe(refused);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string | number]>([
    ['no subject', {}, 0],
    ['an empty subject', { sub: '' }, malformed],
    ['a subject that is no uuid', { sub: 'ada' }, malformed],
    ['a subject nobody has', { sub: '00000000-0000-4000-8000-000000000000' }, 0],
    ['rights in the user’s metadata', { user_metadata: { role: 'service_role', sub: 'x' } }, 0],
  ])('authenticated with %s', async (_, claims, rows) => {
    const actor = { role: 'authenticated', claims };
    for (const table of ['users', 'user_subscriptions', 'subscription_status']) {
      expect(await reference.outcome(actor, `select * from public.${table}`), table).toBe(rows);
    }
    expect(await reference.outcome(actor, `update public.profiles set bio = 'x'`)).toBe(rows);
  });

  it('a claim about the role gives no rights: the database role does', async () => {
    const liar = { role: 'anon', claims: { sub: ada }, settings: { 'request.jwt.claim.role': 'service_role' } };
    expect(await reference.outcome(liar, 'select * from public.users')).toBe(refused);
    expect(await reference.outcome(liar, 'select user_id from public.profiles')).toBe(1);
  });

  it('headers, cookies and settings that a user may set change nothing', async () => {
    const actor = {
      role: 'authenticated',
      claims: { sub: ada },
      headers: { 'x-user-id': bob, authorization: 'Bearer x' },
      cookies: { sub: bob },
      settings: { 'app.user_id': bob, row_security: 'on' },
    };
    expect((await reference.as(actor, 'select id from public.users')).rows).toEqual([{ id: ada }]);
    expect(
      await reference.outcome({ ...actor, settings: { row_security: 'off' } }, 'select id from public.users'),
    ).toBe(refused);
  });
});
