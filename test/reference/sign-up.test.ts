/** The trigger on auth.users: it makes the rows, trusts nothing that was typed, and never stands in the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { options, referenceDatabase, subscribe } from './reference-database.ts';

it('the auth service makes an account, and all that belongs to it is there', async () => {
  const { sql, signUp } = await referenceDatabase();
  const id = await signUp();
  const { rows } = await sql.query(
    'select id, suspended_at, visibility, display_name from public.users join public.profiles on user_id = id',
  );
  expect(rows).toEqual([{ id, suspended_at: null, visibility: 'private', display_name: null }]);
  const status = await sql.query('select user_id, plan_code, status, period_end from public.subscription_status');
  expect(status.rows).toEqual([{ user_id: id, plan_code: 'free', status: 'active', period_end: null }]);
  const events = await sql.query(
    `select e.user_id, e.name, e.properties, e.occurred_at = u.created_at and u.created_at = a.created_at as dated
    from public.analytics_events e join public.users u on u.id = e.user_id join auth.users a on a.id = u.id`,
  );
  expect(events.rows).toEqual([{ user_id: id, name: 'signed_up', properties: {}, dated: true }]);
  expect((await sql.query('select from private.sign_up_errors')).rowCount).toBe(0);
});

it.each(['null', `'2199-01-01'`])('an account that was made at %s', async (createdAt) => {
  const { db, sql } = await referenceDatabase();
  const admin = await db.connectAsAdmin();
  await admin.run(`insert into auth.users (id, created_at) values (gen_random_uuid(), ${createdAt})`);
  const { rows } = await sql.query(
    `select u.created_at <= now() as made, e.occurred_at <= now() as logged
    from public.users u join public.analytics_events e on e.user_id = u.id`,
  );
  expect(rows).toEqual([{ made: createdAt === 'null', logged: true }]);
});

it('what a person says of themselves at sign-up gives them nothing', async () => {
  const { sql, signUp } = await referenceDatabase();
  const claims = { role: 'service_role', is_admin: true, visibility: 'public', plan: 'pro', username: 'admin' };
  const [honest, liar] = [await signUp(), await signUp({ ...claims, suspended_at: null, features: { seats: 999 } })];
  const { rows } = await sql.query<{ id: string; row: object }>(
    `select id, (to_jsonb(u) || to_jsonb(p) || to_jsonb(s))
      - '{id,user_id,created_at,updated_at,subscription_id,period_start}'::text[] as row
    from public.users u join public.profiles p on p.user_id = u.id join public.subscription_status s on s.user_id = u.id`,
  );
  const rowOf = (id: string) => rows.find((row) => row.id === id)?.row;
  expect(rowOf(liar)).toMatchObject({
    visibility: 'private',
    username: null,
    plan_code: 'free',
    features: { export: false, seats: 1 },
  });
  expect(rowOf(liar)).toEqual(rowOf(honest));
});

describe('a sign-up goes through, and what failed is recorded', () => {
  let reference: ReferenceDatabase;
  beforeAll(async () => {
    reference = await referenceDatabase();
    await reference.sql.run(
      'create function public.fail() returns trigger language plpgsql as $$ begin raise exception $x$no$x$; end $$',
    );
  });
  afterAll(() => reference.db.drop());

  const close = (table: string) => [
    `alter table public.${table} add constraint closed check (false) not valid`,
    `alter table public.${table} drop constraint closed`,
  ];
  const failing = (when: string, table: string) => [
    `create trigger fail ${when} insert on public.${table} for each row execute function public.fail()`,
    `drop trigger fail on public.${table}`,
  ];
  const plan = (column: string, value: string, again: string) => [
    `update public.subscription_plans set ${column} = ${value} where code = 'free'`,
    `update public.subscription_plans set ${column} = ${again} where name = 'Free'`,
  ];
  const dear = [
    `${plan('code', `'gratis'`, '')[0]};
    insert into public.subscription_plans (code, name, price_minor, currency, billing_interval)
      values ('free', 'Not free', 1, 'EUR', 'month')`,
    `delete from public.subscription_plans where code = 'free'; ${plan('code', '', `'free'`)[1]}`,
  ];
  it.each<[string, string[], string[]]>([
    ['the row can not be written', close('users'), ['event 23514', 'user 23514 closed']],
    ['the profile can not be written', close('profiles'), ['profile 23514 closed']],
    ['the subscription can not be written', close('user_subscriptions'), ['subscription 23514 closed']],
    ['the event can not be written', close('analytics_events'), ['event 23514 closed']],
    [
      'the table is gone',
      ['alter table public.users rename to people', 'alter table public.people rename to users'],
      ['event 42P01', 'user 42P01'],
    ],
    ['a trigger of somebody else fails', failing('before', 'users'), ['event P0001', 'user P0001']],
    ['one fails after the row was written', failing('after', 'profiles'), ['profile P0001']],
    ['the free plan is gone', plan('code', `'gratis'`, `'free'`), ['subscription P0001']],
    ['the free plan costs something', dear, ['subscription P0001']],
    ['the free plan is no longer sold, which is no error', plan('active', 'false', 'true'), []],
  ])('when %s', async (_, [fault = '', mend = ''], expected) => {
    const { sql, signUp } = reference;
    await sql.run(fault);
    const id = await signUp();
    await sql.run(mend);
    expect((await sql.query('select id from auth.users where id = $1', [id])).rowCount).toBe(1);
    expect(await errorsOf(id)).toEqual(expected);
  });

  it.each([
    ['users', ['event 55P03', 'user 55P03'], { users: 0, profiles: 0, subscriptions: 0, events: 0 }],
    [
      'user_subscriptions',
      ['event 55P03', 'subscription 55P03'],
      { users: 1, profiles: 1, subscriptions: 0, events: 0 },
    ],
  ])(
    'while somebody holds a lock on %s: it waits once, and the rest is done afterwards',
    async (table, errors, made) => {
      const { db, sql, signUp } = reference;
      const migration = await db.connect();
      await migration.run(`begin; lock table public.${table} in access exclusive mode`);
      const id = await signUp();
      await migration.run('rollback');
      expect(await errorsOf(id)).toEqual(errors);
      expect(await countsOf(id)).toEqual(made);
      await sql.run('select public.repair_users()');
      expect(await countsOf(id)).toEqual({ users: 1, profiles: 1, subscriptions: 1, events: 1 });
    },
  );

  async function errorsOf(id: string): Promise<readonly string[]> {
    const { rows } = await reference.sql.query<{ line: string }>(
      `select concat_ws(' ', step, sqlstate, constraint_name) as line from private.sign_up_errors
      where user_id = $1 and repaired_at is null order by 1`,
      [id],
    );
    return rows.map(({ line }) => line);
  }

  async function countsOf(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { rows } = await reference.sql.query(
      `select (select count(*) from public.users where id = $1)::int as users,
        (select count(*) from public.profiles where user_id = $1)::int as profiles,
        (select count(*) from public.user_subscriptions where user_id = $1)::int as subscriptions,
        (select count(*) from public.analytics_events where user_id = $1)::int as events`,
      [id],
    );
    return rows[0];
  }
});

it.each([
  [
    'the record can not be written either',
    'alter table private.sign_up_errors add constraint closed check (false) not valid',
    [
      /^account 6f1f3a4e-\S+ has no user: new row for relation "users" violates check constraint "closed" \(23514\); not recorded: .* \(23514\)$/,
      /^account 6f1f3a4e-\S+ has no event: not tried after the step user had failed \(23514\); not recorded: /,
    ],
  ],
  [
    'the functions are gone',
    'alter function private.provision_user(uuid, timestamptz) rename to provide_user',
    [/^account 6f1f3a4e-\S+ was not provided for: function private\.provision_user.* \(42883\)$/],
  ],
])('the server’s log names the account and the error, and no address, when %s', async (_, fault, expected) => {
  const { db, sql } = await referenceDatabase();
  await sql.run('alter table public.users add constraint closed check (false) not valid');
  await sql.run(fault);
  const notices: string[] = [];
  const admin = await connect(db.adminSettings, {
    applicationName: 'dbkit test',
    onNotice: (text) => notices.push(text),
  });
  await admin.run(
    `insert into auth.users (id, email) values ('6f1f3a4e-31a5-4a52-9a3d-0e2d6c6a1b11', 'ada@example.test')`,
  );
  await admin.close();
  expect(notices).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

it('the record holds no address, and nobody of the API reads it', async () => {
  const { sql, signUp, outcome } = await referenceDatabase();
  await sql.run('alter table public.users add constraint closed check (false) not valid');
  const id = await signUp({ name: 'Ada' });
  const { rows } = await sql.query<{ text: string }>('select to_jsonb(e)::text as text from private.sign_up_errors e');
  expect(rows.map(({ text }) => text.replaceAll(id, '')).join()).not.toMatch(/example\.test|Ada/);
  for (const actor of ['anon', id, 'service_role']) {
    expect(await outcome(actor, 'select * from private.sign_up_errors')).toBe('42501');
    expect(await outcome(actor, 'select private.provision_user(gen_random_uuid(), now())')).toBe('42501');
  }
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

describe('the migration', () => {
  const before = '20260223090100_analytics_events';

  it('gives those who have no subscription the free one, and its rollback takes that back', async () => {
    const { sql, context, signUp } = await referenceDatabase({ to: before });
    const [ada, bob] = [await signUp(), await signUp()];
    await subscribe(sql, bob, { planCode: 'pro', status: 'expired', periodEnd: '-5 days' });
    const codes = async () =>
      (
        await sql.query(
          `select s.user_id, p.code from public.user_subscriptions s join public.subscription_plans p on p.id = s.plan_id
          order by p.code`,
        )
      ).rows;
    await migrateUp(options, context);
    expect(await codes()).toEqual([
      { user_id: ada, code: 'free' },
      { user_id: bob, code: 'pro' },
    ]);
    // One who went on from the free plan keeps what they went on to.
    await sql.query(`select public.activate_subscription($1, 'pro', now() + interval '30 days')`, [ada]);
    await migrateTo({ ...options, name: before }, context);
    expect((await codes()).map(({ code }) => code)).toEqual(['pro', 'pro']);
    expect((await sql.query('select code from public.subscription_plans')).rows).toEqual([{ code: 'pro' }]);
    const cleo = await signUp();
    expect((await sql.query('select from public.profiles where user_id = $1', [cleo])).rowCount).toBe(1);
  });

  it('leaves a free plan that was there, and who has it', async () => {
    const { sql, context, signUp } = await referenceDatabase({ to: before });
    await sql.run(`insert into public.subscription_plans (code, name, price_minor, currency, billing_interval)
      values ('free', 'Gratis', 0, 'CHF', 'year')`);
    const ada = await signUp();
    const state = async () =>
      (
        await sql.query(
          `select p.*, s.user_id from public.subscription_plans p left join public.user_subscriptions s on s.plan_id = p.id`,
        )
      ).rows;
    await migrateUp(options, context);
    const after = await state();
    expect(after).toMatchObject([{ name: 'Gratis', currency: 'CHF', user_id: ada }]);
    await migrateTo({ ...options, name: before }, context);
    expect(await state()).toEqual(after);
  });
});
