/** The state machine of subscriptions, whoever writes: each pair of states, what is fixed, and what replaced what. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DbkitError } from '../../src/errors.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, subscribe, withoutFreeSubscription } from './reference-database.ts';

const live = ['trialing', 'active', 'past_due'] as const;
const ended = ['canceled', 'expired'] as const;
const states = [...live, ...ended];
const legal: Readonly<Record<string, readonly string[]>> = {
  trialing: ['active', 'past_due', 'canceled', 'expired'],
  active: ['past_due', 'canceled', 'expired'],
  past_due: ['active', 'canceled', 'expired'],
  canceled: [],
  expired: [],
};

let reference: ReferenceDatabase;
let ada: string;
let bob: string;
let planId: string;
let subscriptionId: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  ({ planId, subscriptionId } = await subscribe(reference.sql, bob, { planCode: 'pro', periodEnd: '-1 day' }));
  await withoutFreeSubscription(reference.sql, ada);
});
afterAll(() => reference.db.drop());

// Around each test a transaction that is undone.
beforeEach(async () => {
  await reference.sql.run('begin');
  return () => reference.sql.run('rollback');
});

const canceledAt = (status: string) => (status === 'canceled' ? '2026-01-01' : null);
const insert = async (status: string, from: string, to: string | null, replaces: string | null = null) =>
  (
    await reference.sql.query<{ id: string }>(
      `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end, canceled_at, replaces)
      values ($1, $2, $3, now() + $4::interval, now() + $5::interval, $6, $7) returning id`,
      [ada, planId, status, from, to, canceledAt(status), replaces],
    )
  ).rows[0]?.id ?? '';
const update = (id: string, assignments: string) =>
  reference.sql.query(`update public.user_subscriptions set ${assignments} where id = $1`, [id]);
const moveTo = (id: string, status: string) =>
  update(id, `status = '${status}', canceled_at = ${status === 'canceled' ? 'now()' : 'null'}`);

/** The constraint that refused it, or null. */
async function refusal(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    const { code, constraint } = (error instanceof DbkitError ? error.cause : error) as Record<string, string>;
    return code === '23514' ? (constraint ?? '') : `${code}`;
  }
}

describe('each pair of states', () => {
  it.each(states.flatMap((from) => states.filter((to) => to !== from).map((to) => [from, to] as const)))(
    'from %s to %s',
    async (from, to) => {
      const id = await insert(from, '-10 days', '-1 day');
      const expected = legal[from]?.includes(to) === true ? null : 'user_subscriptions_status_transition';
      expect(await refusal(moveTo(id, to))).toBe(expected);
    },
  );

  it.each(['service_role', 'postgres'])('%s is bound by it as well', async (role) => {
    const id = await insert('active', '-10 days', '-1 day');
    await reference.sql.run(`set local role ${role}`);
    expect(await refusal(moveTo(id, 'trialing'))).toBe('user_subscriptions_status_transition');
  });

  it('a state that the machine does not know leads nowhere, and nothing leads to it', async () => {
    const { sql, context: _, ...own } = await referenceDatabase();
    const cleo = await own.signUp();
    await sql.run(`alter type public.subscription_state add value 'paused'`);
    const { subscriptionId: id } = await subscribe(sql, cleo);
    const set = (status: string) =>
      refusal(sql.query(`update public.user_subscriptions set status = '${status}' where id = $1`, [id]));
    expect(await set('paused')).toBe('user_subscriptions_status_transition');
    await sql.run('alter table public.user_subscriptions disable trigger check_transition');
    expect(await set('paused')).toBeNull();
    await sql.run('alter table public.user_subscriptions enable trigger check_transition');
    expect(await set('active')).toBe('user_subscriptions_status_transition');
  });
});

describe('the first state', () => {
  it.each(live)('%s, with and without an end', async (status) => {
    await insert(status, '0', '30 days');
    await reference.sql.query('delete from public.user_subscriptions where user_id = $1', [ada]);
    expect(await refusal(insert(status, '0', null))).toBeNull();
  });
  it.each(ended)('%s, of a period that is over or empty', async (status) => {
    await insert(status, '-10 days', '-1 day');
    expect(await refusal(insert(status, '5 days', '5 days'))).toBeNull();
  });
  it.each(ended)('not %s, while the period runs', async (status) => {
    expect(await refusal(insert(status, '-10 days', '1 hour'))).toBe('user_subscriptions_ended_is_over');
  });
  it.each(ended)('and none becomes %s while it runs', async (status) => {
    const id = await insert('active', '-10 days', '1 hour');
    expect(await refusal(moveTo(id, status))).toBe('user_subscriptions_ended_is_over');
  });
});

describe('an ended row is final', () => {
  it.each([
    `period_end = period_end + interval '1 hour'`,
    'cancel_at_period_end = not cancel_at_period_end, canceled_at = now()',
    `updated_at = '2026-01-01'`,
    'plan_id = gen_random_uuid()',
    `status = 'active', canceled_at = null`,
  ])('%s', async (assignments) => {
    const id = await insert('expired', '-10 days', '-1 day');
    expect(await refusal(update(id, assignments))).toBe('user_subscriptions_status_transition');
  });

  it('an update that changes nothing passes', async () => {
    const id = await insert('expired', '-10 days', '-1 day');
    expect(await refusal(update(id, 'status = status'))).toBeNull();
  });

  it('only the owner of the table deletes', async () => {
    await insert('expired', '-10 days', '-1 day');
    await reference.sql.run('set local role service_role');
    await expect(reference.sql.query('delete from public.user_subscriptions where true')).rejects.toThrow(/denied/);
  });
});

describe('what is fixed while it runs', () => {
  it.each([
    'id = gen_random_uuid()',
    `user_id = (select id from public.users u where u.id <> user_subscriptions.user_id limit 1)`,
    'plan_id = gen_random_uuid()',
    `period_start = period_start - interval '1 hour'`,
    'created_at = now() - interval $$1 hour$$',
    `replaces = (select id from public.user_subscriptions o where o.id <> user_subscriptions.id limit 1)`,
  ])('%s', async (assignments) => {
    const id = await insert('active', '-10 days', null);
    expect(await refusal(update(id, assignments))).toBe('user_subscriptions_fixed_columns');
  });

  it('the end moves, and a cancellation comes and goes', async () => {
    const id = await insert('active', '-10 days', '10 days');
    expect(await refusal(update(id, `period_end = now() + interval '40 days'`))).toBeNull();
    expect(await refusal(update(id, 'cancel_at_period_end = true, canceled_at = now()'))).toBeNull();
    expect(await refusal(update(id, 'cancel_at_period_end = false, canceled_at = null'))).toBeNull();
  });
});

describe('what replaced what', () => {
  it('not the subscription of somebody else', async () => {
    expect(await refusal(insert('active', '-10 days', null, subscriptionId))).toBe('23503');
  });

  it('one is replaced once', async () => {
    const first = await insert('expired', '-10 days', '-9 days');
    await insert('expired', '-9 days', '-8 days', first);
    expect(await refusal(insert('active', '-8 days', null, first))).toBe('23505');
  });

  it('can not be unsaid while the row is there', async () => {
    const first = await insert('expired', '-10 days', '-9 days');
    const second = await insert('active', '-9 days', null, first);
    expect(await refusal(update(second, 'replaces = null'))).toBe('user_subscriptions_fixed_columns');
  });

  it('old rows are removed without the newer, also by a removal in the middle', async () => {
    const { sql } = reference;
    const first = await insert('expired', '-10 days', '-9 days');
    const second = await insert('expired', '-9 days', '-8 days', first);
    const third = await insert('active', '-8 days', null, second);
    await sql.query('delete from public.user_subscriptions where id = $1', [second]);
    await sql.query('delete from public.user_subscriptions where id = $1', [first]);
    const { rows } = await sql.query('select id, replaces from public.user_subscriptions where user_id = $1', [ada]);
    expect(rows).toEqual([{ id: third, replaces: null }]);
  });

  it('all go with their user', async () => {
    const { sql } = reference;
    let last: string | null = null;
    for (const day of [9, 8, 7, 6]) last = await insert('expired', `-${day} days`, `-${day - 1} days`, last);
    await insert('active', '0', null, last);
    await sql.query('delete from public.users where id = $1', [ada]);
    const { rows } = await sql.query('select user_id from public.user_subscriptions');
    expect(rows).toEqual([{ user_id: bob }]);
  });
});

it('days of trial are from none to a year', async () => {
  const set = (days: number | null) =>
    reference.outcome('service_role', 'update public.subscription_plans set trial_days = $1 where id = $2', [
      days,
      planId,
    ]);
  await reference.sql.run('rollback');
  expect([await set(0), await set(365), await set(-1), await set(366), await set(null)]).toEqual([
    1,
    1,
    '23514',
    '23514',
    '23502',
  ]);
});
