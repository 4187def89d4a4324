/** What the tables refuse, whoever writes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, subscribe, withoutFreeSubscription } from './reference-database.ts';

let reference: ReferenceDatabase;
let ada: string;
let bob: string;
let planId: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  await reference.sql.query(`update public.profiles set username = 'Ada' where user_id = $1`, [ada]);
  await withoutFreeSubscription(reference.sql, ada);
  ({ planId } = await subscribe(reference.sql, bob, { periodEnd: '20 days', planCode: 'pro' }));
});
afterAll(() => reference.db.drop());

const asService = (statement: string, values: readonly unknown[]) =>
  reference.outcome('service_role', statement, values);
const check = '23514';

describe('profiles', () => {
  const set = (column: string, value: string | null) =>
    reference.outcome('service_role', `update public.profiles set ${column} = $1 where user_id = $2`, [
      value?.replaceAll('{ada}', ada).replaceAll('{bob}', bob),
      ada,
    ]);

  it.each([
    ['username', 'grace_hopper2'],
    ['username', null],
    ['username', 'ADA'],
    ['display_name', 'Ada Lovelace 🧮'],
    ['bio', 'x'.repeat(1000)],
    ['locale', 'de'],
    ['locale', 'zh-Hant-TW'],
    ['locale', 'es-419'],
    ['time_zone', 'UTC'],
    ['time_zone', 'America/Argentina/Buenos_Aires'],
    ['time_zone', 'Etc/GMT+3'],
    ['avatar_path', '{ada}/me-2026.01.webp'],
    ['visibility', 'members'],
  ])('takes %s %j', async (column, value) => {
    expect(await set(column, value)).toBe(1);
  });

  it.each([
    ['username', 'ab'],
    ['username', '1ada'],
    ['username', 'ada lovelace'],
    ['username', 'adа'],
    ['username', 'ada\n'],
    ['username', 'Admin'],
    ['username', 'x'.repeat(31)],
    ['display_name', ''],
    ['display_name', '   '],
    ['display_name', 'x'.repeat(81)],
    ['display_name', `${' '.repeat(90)}x`],
    ['display_name', 'Ada\u0007'],
    ['bio', 'x'.repeat(1001)],
    ['locale', 'german'],
    ['locale', 'de_DE'],
    ['time_zone', '../etc/passwd'],
    ['time_zone', ''],
    ['avatar_path', '{bob}/me.png'],
    ['avatar_path', '{ada}/../{bob}/me.png'],
    ['avatar_path', '{ada}/folder/me.png'],
    ['avatar_path', '{ada}/.hidden'],
    ['avatar_path', 'https://example.test/me.png'],
    ['avatar_path', '{ada}/me.png\n'],
  ])('refuses %s %j', async (column, value) => {
    expect(await set(column, value)).toBe(check);
  });

  it('a username is taken whatever its case', async () => {
    expect(await reference.outcome(bob, `update public.profiles set username = 'aDA'`)).toBe('23505');
  });
});

describe('plans', () => {
  const insert = (change: Readonly<Record<string, unknown>>) => {
    const plan = {
      code: 'team',
      name: 'Team',
      price_minor: 990,
      currency: 'EUR',
      billing_interval: 'month',
      features: {},
      ...change,
    };
    return asService(
      `insert into public.subscription_plans (code, name, price_minor, currency, billing_interval, features)
      select code, name, price_minor, currency, billing_interval, features from jsonb_populate_record(null::public.subscription_plans, $1)`,
      [JSON.stringify(plan)],
    );
  };

  it.each([
    {},
    { price_minor: 0 },
    { price_minor: 9_007_199_254_740_991 },
    { currency: 'JPY' },
    { billing_interval: 'year' },
    { features: { export: true, sso: false, seats: 0, api_calls: 1_000_000 } },
  ])('takes %j', async (change) => {
    expect(await insert(change)).toBe(1);
  });

  it.each([
    [{ code: 'Team' }, check],
    [{ code: '' }, check],
    [{ code: 'pro' }, '23505'],
    [{ name: ' ' }, check],
    [{ price_minor: -1 }, check],
    [{ price_minor: null }, '23502'],
    [{ currency: 'eur' }, check],
    [{ currency: 'EURO' }, check],
    [{ currency: 'XXX' }, check],
    [{ currency: 'DEM' }, check],
    [{ billing_interval: 'week' }, '22P02'],
    [{ features: [] }, check],
    [{ features: [true] }, check],
    [{ features: 'all' }, check],
    [{ features: 5 }, check],
    [{ features: null }, '23502'],
    [{ features: { seats: -1 } }, check],
    [{ features: { seats: 1.5 } }, check],
    [{ features: { seats: '5' } }, check],
    [{ features: { seats: null } }, check],
    [{ features: { seats: [5] } }, check],
    [{ features: { seats: [true] } }, check],
    [{ features: { seats: [] } }, check],
    [{ features: { seats: {} } }, check],
    [{ features: { 'Seats!': 5 } }, check],
    [{ features: { '': true } }, check],
    [{ features: { good: true, bad: 'x' } }, check],
  ])('refuses %j', async (change, sqlstate) => {
    expect(await insert(change)).toBe(sqlstate);
  });

  it('a plan that anyone has, or had, is not deleted', async () => {
    // RESTRICT has an SQLSTATE of its own since PostgreSQL 18.
    expect(['23001', '23503']).toContain(
      await asService('delete from public.subscription_plans where id = $1', [planId]),
    );
  });
});

describe('subscriptions', () => {
  // Bob has one that began ten days ago and ends in twenty days.
  const insert = (
    userId: string,
    status: string,
    from: string,
    to: string | null,
    more: readonly [boolean, string | null] = [false, null],
  ) =>
    asService(
      `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end, cancel_at_period_end, canceled_at)
      values ($1, $2, $3, now() + $4::interval, now() + $5::interval, $6, $7)`,
      [userId, planId, status, from, to, ...more],
    );

  it.each<[string, () => Promise<string | number>, string | number]>([
    ['one without an end', () => insert(ada, 'active', '0', null), 1],
    ['one from before, beside the current', () => insert(bob, 'expired', '-40 days', '-11 days'), 1],
    ['one that was canceled in its first moment', () => insert(ada, 'canceled', '0', '0', [false, '2026-01-01']), 1],
    ['a second current one', () => insert(bob, 'trialing', '20 days', '50 days'), '23505'],
    ['a period that overlaps an earlier one', () => insert(bob, 'expired', '-30 days', '-9 days'), '23P01'],
    ['a period inside another', () => insert(bob, 'expired', '-2 days', '-1 day'), '23P01'],
    ['an open period over another', () => insert(bob, 'active', '-5 days', null), /23P01|23505/.source],
    ['an end before its start', () => insert(ada, 'active', '1 day', '0'), check],
    ['an ended one without an end', () => insert(ada, 'expired', '0', null), check],
    ['a canceled one without a date', () => insert(ada, 'canceled', '0', '1 day'), check],
    [
      'an active one with a date of cancellation',
      () => insert(ada, 'active', '0', '1 day', [false, '2026-01-01']),
      check,
    ],
    [
      'one to be canceled at an end it does not have',
      () => insert(ada, 'active', '0', null, [true, '2026-01-01']),
      check,
    ],
    ['one to be canceled at its end', () => insert(ada, 'active', '0', '9 days', [true, '2026-01-01']), 1],
    ['a user that does not exist', () => insert(planId, 'active', '0', null), '23503'],
    ['a status that does not exist', () => insert(ada, 'paused', '0', null), '22P02'],
  ])('%s', async (_, attempt, expected) => {
    expect(String(await attempt())).toMatch(new RegExp(`^(?:${expected})$`));
  });

  it('bounds are dates, not infinity', async () => {
    const statement = `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end) values ($1, $2, 'active', $3, $4)`;
    expect(await asService(statement, [ada, planId, '-infinity', null])).toBe(check);
    expect(await asService(statement, [ada, planId, '2026-01-01', 'infinity'])).toBe(check);
  });

  it('updated_at follows changes, and only changes', async () => {
    const { sql } = reference;
    const stamp = async () =>
      (await sql.query('select updated_at::text from public.user_subscriptions where user_id = $1', [bob])).rows;
    const before = await stamp();
    await sql.query('update public.user_subscriptions set status = status where user_id = $1', [bob]);
    expect(await stamp()).toEqual(before);
    await sql.query(`update public.user_subscriptions set status = 'past_due' where user_id = $1`, [bob]);
    expect(await stamp()).not.toEqual(before);
    await sql.query(`update public.user_subscriptions set status = 'active' where user_id = $1`, [bob]);
  });
});

it('of twenty subscriptions written for one user at once, one stays', async () => {
  const carol = await reference.signUp();
  await withoutFreeSubscription(reference.sql, carol);
  const sessions = await Promise.all(Array.from({ length: 20 }, () => reference.db.connect()));
  const answers = await Promise.allSettled(
    sessions.map((session) =>
      session.query(`insert into public.user_subscriptions (user_id, plan_id, status) values ($1, $2, 'active')`, [
        carol,
        planId,
      ]),
    ),
  );
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
