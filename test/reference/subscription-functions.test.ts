/** Subscribing, changing, canceling and what the service tells: what each call does, refuses, and gives to nobody else. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, withoutFreeSubscription } from './reference-database.ts';

let reference: ReferenceDatabase;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  await reference.sql.run(`
    insert into public.subscription_plans (code, name, price_minor, currency, billing_interval, trial_days, active) values
      ('basic', 'Basic', 490, 'EUR', 'month', 7, true), ('pro', 'Pro', 990, 'EUR', 'month', 14, true),
      ('basic_too', 'Basic', 490, 'EUR', 'month', 0, true), ('solo', 'Solo', 490, 'EUR', 'month', 0, true), ('pro_year', 'Pro', 900, 'EUR', 'year', 14, true),
      ('pro_usd', 'Pro', 900, 'USD', 'month', 14, true), ('business', 'Business', 2990, 'EUR', 'month', 0, true),
      ('gone', 'Gone', 0, 'EUR', 'month', 0, false), ('guest', 'Guest', 0, 'EUR', 'month', 0, true)`);
});
afterAll(() => reference.db.drop());
beforeEach(async () => {
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  for (const user of [ada, bob]) await withoutFreeSubscription(reference.sql, user);
});

type Row = Readonly<Record<string, unknown>>;
const asUser = (id: string) => ({ role: 'authenticated', claims: { sub: id } });

/** Calls and commits; answers the row with its plan's code, or the SQLSTATE. */
async function call(actor: string, text: string, values: readonly unknown[] = [], session = reference.sql) {
  try {
    return await withActor(session, actor === 'service_role' ? { role: actor } : asUser(actor), async (connection) => {
      const { rows } = await connection.query<Row>(`select * from public.${text}`, values);
      return rows[0] ?? {};
    });
  } catch (error) {
    return sqlstateOf(error);
  }
}
const subscribe = (user: string, plan: string | null) => call(user, 'subscribe($1)', [plan]);
const change = (user: string, plan: string | null) => call(user, 'change_plan($1)', [plan]);
const cancel = (user: string, atPeriodEnd: boolean | null = true) =>
  call(user, 'cancel_subscription($1)', [atPeriodEnd]);
const resume = (user: string) => call(user, 'resume_subscription()');
const pay = (user: string, plan: string, until: string | null) =>
  call('service_role', 'activate_subscription($1, $2, now() + $3::interval)', [user, plan, until]);
const pastDue = (user: string, until: string | null) =>
  call('service_role', 'mark_past_due($1, now() + $2::interval)', [user, until]);
const expire = async () => ((await call('service_role', 'expire_subscriptions()')) as Row).expire_subscriptions;

/** A row as it would be after some days; answers its id. */
async function given(user: string, plan: string, status: string, to: string | null, more: Row = {}) {
  const { rows } = await reference.sql.query<{ id: string }>(
    `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end, cancel_at_period_end, canceled_at)
    select $1, id, $3, now() - interval '20 days', now() + $4::interval, $5, $6
    from public.subscription_plans where code = $2 returning id`,
    [user, plan, status, to, more.canceling ?? false, more.canceling === true ? '2026-01-01' : null],
  );
  return rows[0]?.id ?? '';
}

/** From the oldest: plan, status, whole days until the end. */
async function history(user: string) {
  const { rows } = await reference.sql.query<{ line: string }>(
    `select concat_ws(' ', p.code, s.status, case when s.cancel_at_period_end then 'canceling' end,
      round(extract(epoch from s.period_end - now()) / 86400)) as line
    from public.user_subscriptions s join public.subscription_plans p on p.id = s.plan_id
    where user_id = $1 order by period_start, s.created_at`,
    [user],
  );
  return rows.map(({ line }) => line);
}

describe('subscribe', () => {
  it('to a free plan: active, without an end, and the row is the answer', async () => {
    const answer = await subscribe(ada, 'free');
    expect(answer).toMatchObject({ user_id: ada, status: 'active', period_end: null, replaces: null });
    const { rows } = await reference.as(ada, 'select * from public.user_subscriptions');
    expect(rows).toEqual([answer]);
    expect(await history(bob)).toEqual([]);
  });

  it('to one with a trial: trying, for its days', async () => {
    expect(await subscribe(ada, 'pro')).toMatchObject({ status: 'trialing' });
    expect(await history(ada)).toEqual(['pro trialing 14']);
  });

  it('a day of the trial has 24 hours, also where the client’s clocks are about to change', async () => {
    const day = Math.floor((Date.now() - Date.UTC(new Date().getUTCFullYear(), 0, 1)) / 86_400_000);
    const timeZone = `WINTER0SUMMER,${(day + 5) % 365},${(day + 100) % 365}`;
    const { rows } = await withActor(reference.sql, { ...asUser(ada), timeZone, end: 'rollback' }, (session) =>
      session.query(
        'select extract(epoch from period_end - period_start)::int / 3600 as hours from public.subscribe($1)',
        ['pro'],
      ),
    );
    expect(rows).toEqual([{ hours: 14 * 24 }]);
  });

  it('one trial a person: not after another, nor after a plan that was paid', async () => {
    await given(ada, 'basic', 'expired', '-1 day');
    expect(await subscribe(ada, 'pro')).toBe('PT402');
    await given(bob, 'guest', 'expired', '-1 day');
    expect(await subscribe(bob, 'pro')).toMatchObject({ status: 'trialing' });
    await cancel(bob, false);
    expect(await subscribe(bob, 'pro')).toBe('PT402');
    expect(await subscribe(bob, 'basic')).toBe('PT402');
    expect(await subscribe(bob, 'free')).toMatchObject({ status: 'active' });
  });

  it('no trial for an anonymous sign-in, whatever its token says', async () => {
    const admin = await reference.db.connectAsAdmin();
    await admin.query('update auth.users set is_anonymous = true where id = $1', [ada]);
    expect(await subscribe(ada, 'pro')).toBe('PT402');
    expect(await subscribe(ada, 'free')).toMatchObject({ status: 'active' });
  });

  it.each([
    ['business', 'PT402'],
    ['gone', 'PT404'],
    ['nothing', 'PT404'],
    [null, 'PT404'],
  ])('to %s: %s', async (plan, expected) => {
    expect(await subscribe(ada, plan)).toBe(expected);
    expect(await history(ada)).toEqual([]);
  });

  it.each(['trialing', 'active', 'past_due'])('not while there is one that is %s', async (status) => {
    await given(ada, 'basic', status, '3 days');
    expect(await subscribe(ada, 'free')).toBe('PT409');
  });

  it.each([
    [false, 'basic expired -1'],
    [true, 'basic canceled canceling -1'],
  ])('one whose period is over is written down first (canceled at its end: %s)', async (canceling, line) => {
    await given(ada, 'basic', 'active', '-1 day', { canceling });
    expect(await subscribe(ada, 'free')).toMatchObject({ status: 'active' });
    expect(await history(ada)).toEqual([line, 'free active']);
  });
});

describe('change_plan', () => {
  it.each<[string, [string, string, string | null, boolean?], string, string[] | string]>([
    ['free to free', ['free', 'active', null], 'guest', ['free canceled 0', 'guest active']],
    ['free to a first trial', ['free', 'active', null], 'pro', ['free canceled 0', 'pro trialing 14']],
    ['free to what has no trial', ['free', 'active', null], 'business', 'PT402'],
    [
      'not dearer: the paid time goes along',
      ['pro', 'active', '9 days'],
      'basic',
      ['pro canceled 0', 'basic active 9'],
    ],
    ['as dear', ['basic', 'active', '9 days'], 'solo', ['basic canceled 0', 'solo active 9']],
    ['the debt goes along', ['pro', 'past_due', '2 days'], 'basic', ['pro canceled 0', 'basic past_due 2']],
    [
      'the cancellation goes along',
      ['pro', 'active', '9 days', true],
      'basic',
      ['pro canceled 0', 'basic active canceling 9'],
    ],
    ['a gift without an end', ['pro', 'active', null], 'basic', ['pro canceled 0', 'basic active']],
    ['a trial: what is left of it', ['pro', 'trialing', '4 days'], 'basic', ['pro canceled 0', 'basic trialing 4']],
    [
      'a trial: no longer than the other’s',
      ['pro', 'trialing', '12 days'],
      'basic',
      ['pro canceled 0', 'basic trialing 7'],
    ],
    ['a trial to what has none', ['pro', 'trialing', '4 days'], 'solo', 'PT402'],
    ['a trial to free', ['pro', 'trialing', '4 days'], 'free', ['pro canceled 0', 'free active']],
    ['unpaid to free', ['pro', 'past_due', '4 days'], 'free', ['pro canceled 0', 'free active']],
    ['paid to free', ['pro', 'active', '4 days'], 'free', 'PT409'],
    ['paid without an end to free', ['pro', 'active', null], 'free', 'PT409'],
    ['to dearer', ['basic', 'active', '9 days'], 'pro', 'PT402'],
    ['a trial to dearer', ['basic', 'trialing', '5 days'], 'pro', 'PT402'],
    ['cheaper in another interval', ['pro', 'active', '9 days'], 'pro_year', 'PT402'],
    ['cheaper in another currency', ['pro', 'active', '9 days'], 'pro_usd', 'PT402'],
    ['to the same', ['pro', 'active', '9 days'], 'pro', 'PT409'],
    ['to what is no longer sold', ['pro', 'active', '9 days'], 'gone', 'PT404'],
    ['to nothing', ['pro', 'active', '9 days'], 'nothing', 'PT404'],
    ['one whose period is over', ['pro', 'active', '-1 day'], 'basic', 'PT409'],
  ])('%s', async (_, [plan, status, to, canceling = false], target, expected) => {
    const id = await given(ada, plan, status, to, { canceling });
    const before = await history(ada);
    const answer = await change(ada, target);
    if (typeof expected === 'string') {
      expect(answer).toBe(expected);
      expect(await history(ada)).toEqual(before);
    } else {
      expect(answer).toMatchObject({ user_id: ada, replaces: id });
      expect(await history(ada)).toEqual(expected);
    }
  });

  it('from nothing', async () => {
    expect(await change(ada, 'free')).toBe('PT409');
  });

  it('there and back gives no time, and no second trial', async () => {
    await subscribe(ada, 'pro');
    for (const plan of ['basic', 'free']) expect(await change(ada, plan)).toMatchObject({ user_id: ada });
    expect(await change(ada, 'pro')).toBe('PT402');
    expect(await history(ada)).toEqual(['pro canceled 0', 'basic canceled 0', 'free active']);
  });
});

describe('what a plan costs', () => {
  const reprice = (code: string, terms: string) =>
    reference.outcome('service_role', `update public.subscription_plans set ${terms} where code = $1`, [code]);
  beforeEach(async () => {
    await reference.sql.query(
      `insert into public.subscription_plans (code, name, price_minor, currency, billing_interval)
      values ('cheap', 'Cheap', 490, 'EUR', 'month'), ('new', 'New', 490, 'EUR', 'month')`,
    );
    await given(ada, 'cheap', 'active', '10 days');
  });
  afterEach(async () => {
    await reference.sql.run(`delete from public.user_subscriptions where user_id = '${ada}';
      delete from public.subscription_plans where code in ('cheap', 'new')`);
  });

  it.each(['price_minor = 9900', "currency = 'USD'", "billing_interval = 'year'"])(
    'does not become another by %s once somebody had it',
    async (terms) => {
      expect(await reprice('cheap', terms)).toBe('23514');
      expect(await reprice('new', terms)).toBe(1);
    },
  );

  it('does not rise above those of plans that were dearer: who had it would get these for nothing', async () => {
    await reference.sql.run(`begin; update public.subscription_plans set price_minor = 9900 where code = 'cheap'`).then(
      () => reference.sql.run('commit'),
      () => reference.sql.run('rollback'),
    );
    expect(await change(ada, 'business')).toBe('PT402');
  });

  it('is all that is kept: the rest of a plan changes as before', async () => {
    const terms = `name = 'Simple', active = false, trial_days = 3, price_minor = 490, currency = 'EUR', billing_interval = 'month'`;
    expect(await reprice('cheap', terms)).toBe(1);
  });

  it('waits for who is subscribing, and then stays', async () => {
    const session = await reference.db.connect();
    await session.query('begin');
    await session.query(
      `insert into public.user_subscriptions (user_id, plan_id, status)
      select $1, id, 'active' from public.subscription_plans where code = 'new'`,
      [bob],
    );
    const outcome = reprice('new', 'price_minor = 9900');
    await vi.waitUntil(async () => {
      const { rowCount } = await session.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    await session.query('commit');
    expect(await outcome).toBe('23514');
    await session.query('delete from public.user_subscriptions where user_id = $1', [bob]);
  });
});

describe('cancel_subscription and resume_subscription', () => {
  it('at the end: it runs on, and can be taken back', async () => {
    await given(ada, 'pro', 'active', '9 days');
    const canceled = await cancel(ada);
    expect(canceled).toMatchObject({ status: 'active', cancel_at_period_end: true, canceled_at: expect.any(Date) });
    expect(await cancel(ada, null)).toMatchObject({ canceled_at: (canceled as Row).canceled_at });
    expect(await resume(ada)).toMatchObject({ cancel_at_period_end: false, canceled_at: null });
    expect(await history(ada)).toEqual(['pro active 9']);
  });

  it('the argument can be left out', async () => {
    await given(ada, 'pro', 'active', '9 days');
    expect(await call(ada, 'cancel_subscription()')).toMatchObject({ status: 'active', cancel_at_period_end: true });
  });

  it.each([
    ['an open one', 'free', 'active', null, false],
    ['a paid one', 'pro', 'active', '9 days', false],
    ['one that was to be canceled at its end', 'pro', 'active', '9 days', true],
    ['a trial', 'pro', 'trialing', '9 days', false],
    ['an unpaid one', 'pro', 'past_due', '9 days', false],
  ])('now: %s', async (_, plan, status, to, canceling) => {
    await given(ada, plan, status, to, { canceling });
    expect(await cancel(ada, false)).toMatchObject({ status: 'canceled', cancel_at_period_end: false });
    expect(await history(ada)).toEqual([`${plan} canceled 0`]);
    expect(await resume(ada)).toBe('PT409');
  });

  it.each<[string, (user: string) => Promise<unknown>]>([
    ['cancel', cancel],
    ['cancel now', (user) => cancel(user, false)],
    ['resume', resume],
  ])('%s without a subscription, and after its end', async (_, attempt) => {
    expect(await attempt(ada)).toBe('PT409');
    await given(ada, 'pro', 'active', '-1 second', { canceling: true });
    expect(await attempt(ada)).toBe('PT409');
  });

  it('not at the end of one that has none, and nothing is resumed that was not canceled', async () => {
    await given(ada, 'free', 'active', null);
    expect([await cancel(ada), await resume(ada)]).toEqual(['PT409', 'PT409']);
  });
});

describe('who may call', () => {
  const forUsers = [
    'subscribe($$pro$$)',
    'change_plan($$free$$)',
    'cancel_subscription(false)',
    'resume_subscription()',
  ];
  const forService = [
    'activate_subscription(gen_random_uuid(), $$pro$$, null)',
    'mark_past_due(gen_random_uuid(), now())',
    'expire_subscriptions()',
  ];
  it.each(forUsers)('%s: users alone, also in the schema behind it', async (text) => {
    for (const schema of ['public', 'definer']) {
      expect(await reference.outcome('anon', `select ${schema}.${text}`)).toBe('42501');
      expect(await reference.outcome('service_role', `select ${schema}.${text}`)).toBe('42501');
      expect(await reference.outcome('authenticated', `select ${schema}.${text}`)).toBe('PT401');
      expect(await reference.outcome(asUser(randomUUID()), `select ${schema}.${text}`)).toBe('PT404');
      for (const sub of ['', 'ada']) {
        const actor = { role: 'authenticated', claims: { sub } };
        expect(await reference.outcome(actor, `select ${schema}.${text}`)).toBe('22P02');
      }
      await reference.sql.query('update public.users set suspended_at = now() where id = $1', [ada]);
      expect(await reference.outcome(ada, `select ${schema}.${text}`)).toBe('PT403');
      await reference.sql.query('update public.users set suspended_at = null where id = $1', [ada]);
    }
  });
  it.each(forService)('%s: the service alone', async (text) => {
    expect(await reference.outcome('anon', `select public.${text}`)).toBe('42501');
    expect(await reference.outcome(ada, `select public.${text}`)).toBe('42501');
    expect(await reference.outcome('authenticated', `select public.${text}`)).toBe('42501');
  });

  it('nobody reaches anybody else’s subscription, by whatever they may set', async () => {
    await given(bob, 'pro', 'active', '9 days');
    const liar = {
      ...asUser(ada),
      claims: { sub: ada, user_metadata: { sub: bob }, app_metadata: { plan: 'pro' } },
      headers: { 'x-user-id': bob },
      settings: { 'app.user_id': bob },
    };
    for (const text of ['cancel_subscription(false)', 'resume_subscription()', `change_plan('basic')`]) {
      expect(await reference.outcome(liar, `select public.${text}`)).toBe('PT409');
    }
    await withActor(reference.sql, liar, (session) => session.query(`select public.subscribe('pro')`));
    expect(await history(ada)).toEqual(['pro trialing 14']);
    expect(await history(bob)).toEqual(['pro active 9']);
  });

  it('not in a request that only reads', async () => {
    expect(await reference.outcome({ ...asUser(ada), method: 'GET' }, `select public.subscribe('free')`)).toBe('25006');
  });
});

describe('activate_subscription', () => {
  it.each<[string, [string, string, string | null, boolean?] | null, [string, string | null], string[] | string]>([
    ['starts', null, ['pro', '30 days'], ['pro active 30']],
    ['starts without an end', null, ['pro', null], ['pro active']],
    ['ends a trial', ['pro', 'trialing', '3 days'], ['pro', '30 days'], ['pro active 30']],
    ['renews', ['pro', 'active', '3 days'], ['pro', '33 days'], ['pro active 33']],
    ['renews late', ['pro', 'active', '-1 day'], ['pro', '29 days'], ['pro active 29']],
    ['takes back past due', ['pro', 'past_due', '3 days'], ['pro', '30 days'], ['pro active 30']],
    ['leaves a cancellation', ['pro', 'active', '3 days', true], ['pro', '33 days'], ['pro active canceling 33']],
    [
      'does not revive what its user canceled',
      ['pro', 'active', '-1 day', true],
      ['pro', '29 days'],
      ['pro canceled canceling -1', 'pro active 29'],
    ],
    ['replaces a free one', ['free', 'active', null], ['pro', '30 days'], ['free canceled 0', 'pro active 30']],
    ['changes the plan', ['basic', 'active', '9 days'], ['pro', '30 days'], ['basic canceled 0', 'pro active 30']],
    [
      'after the end of another',
      ['basic', 'active', '-1 day'],
      ['pro', '30 days'],
      ['basic expired -1', 'pro active 30'],
    ],
    ['also of a plan that is no longer sold', null, ['gone', '30 days'], ['gone active 30']],
    ['says the same twice', ['pro', 'active', '30 days'], ['pro', '30 days'], ['pro active 30']],
    ['never shortens', ['pro', 'active', '30 days'], ['pro', '29 days'], 'PT409'],
    ['never shortens what has no end', ['pro', 'active', null], ['pro', '29 days'], 'PT409'],
    ['nor by changing the plan', ['basic', 'active', '30 days'], ['pro', '29 days'], 'PT409'],
    ['nor by a free plan, for however long', ['pro', 'active', '30 days'], ['guest', null], 'PT409'],
    ['a canceled one needs an end', ['pro', 'active', '3 days', true], ['pro', null], 'PT409'],
    ['into the past', null, ['pro', '-1 second'], 'PT422'],
    ['an unknown plan', null, ['nothing', '30 days'], 'PT404'],
  ])('%s', async (_, before, [plan, until], expected) => {
    if (before !== null) await given(ada, before[0], before[1], before[2], { canceling: before[3] });
    const lines = await history(ada);
    const answer = await pay(ada, plan, until);
    if (typeof expected === 'string') expect(answer).toBe(expected);
    else expect(answer).toMatchObject({ user_id: ada, status: 'active' });
    expect(await history(ada)).toEqual(typeof expected === 'string' ? lines : expected);
  });

  it('for nobody, and until the end of time', async () => {
    expect(await pay(randomUUID(), 'pro', '30 days')).toBe('PT404');
    expect(await call('service_role', `activate_subscription($1, 'pro', 'infinity')`, [ada])).toBe('PT422');
    expect(await call('service_role', `activate_subscription($1, 'pro', '-infinity')`, [ada])).toBe('PT422');
  });

  it('a suspended user’s payment counts', async () => {
    await reference.sql.query('update public.users set suspended_at = now() where id = $1', [ada]);
    expect(await pay(ada, 'pro', '30 days')).toMatchObject({ status: 'active' });
  });
});

describe('mark_past_due', () => {
  it.each<[string, [string, string, string | null, boolean?] | null, string | null, string[] | string]>([
    ['after a period', ['pro', 'active', '-1 hour'], '3 days', ['pro past_due 3']],
    ['after a trial', ['pro', 'trialing', '1 hour'], '3 days', ['pro past_due 3']],
    ['of one without an end', ['pro', 'active', null], '3 days', ['pro past_due 3']],
    ['for longer', ['pro', 'past_due', '1 day'], '3 days', ['pro past_due 3']],
    ['for less long', ['pro', 'past_due', '5 days'], '3 days', ['pro past_due 3']],
    ['before what is paid ends', ['pro', 'active', '5 days'], '3 days', 'PT409'],
    ['of a free plan', ['free', 'active', null], '3 days', 'PT409'],
    ['of nothing', null, '3 days', 'PT409'],
    ['of what its user canceled, after its end', ['pro', 'active', '-1 hour', true], '3 days', 'PT409'],
    ['into the past', ['pro', 'active', '-1 hour'], '-1 second', 'PT422'],
    ['without an end', ['pro', 'active', '-1 hour'], null, 'PT422'],
  ])('%s', async (_, before, until, expected) => {
    if (before !== null) await given(ada, before[0], before[1], before[2], { canceling: before[3] });
    const lines = await history(ada);
    const answer = await pastDue(ada, until);
    if (typeof expected === 'string') expect(answer).toBe(expected);
    else expect(answer).toMatchObject({ user_id: ada, status: 'past_due' });
    expect(await history(ada)).toEqual(typeof expected === 'string' ? lines : expected);
  });

  it('of nobody', async () => {
    expect(await pastDue(randomUUID(), '3 days')).toBe('PT404');
  });
});

describe('expire_subscriptions', () => {
  // What other tests left.
  beforeEach(expire);

  it('writes down what is over, once', async () => {
    await given(ada, 'pro', 'active', '-1 day');
    await given(bob, 'pro', 'past_due', '-1 day', { canceling: true });
    const cleo = await reference.signUp();
    await withoutFreeSubscription(reference.sql, cleo);
    await given(cleo, 'pro', 'trialing', '1 hour');
    expect([await expire(), await expire()]).toEqual([2, 0]);
    expect(await history(ada)).toEqual(['pro expired -1']);
    expect(await history(bob)).toEqual(['pro canceled canceling -1']);
    expect(await history(cleo)).toEqual(['pro trialing 0']);
  });

  it('the oldest first, and not more than asked for', async () => {
    await given(ada, 'pro', 'active', '-1 day');
    await given(bob, 'pro', 'active', '-2 days');
    for (const none of [0, -1]) {
      expect(await call('service_role', 'expire_subscriptions($1)', [none])).toEqual({ expire_subscriptions: 0 });
    }
    expect(await call('service_role', 'expire_subscriptions(1)')).toEqual({ expire_subscriptions: 1 });
    expect([await history(ada), await history(bob)]).toEqual([['pro active -1'], ['pro expired -2']]);
    expect(await expire()).toBe(1);
  });

  it('leaves what somebody works on to the next run', async () => {
    await given(ada, 'pro', 'active', '-1 day');
    const other = await reference.db.connect();
    await other.run('begin');
    await other.query(`select public.activate_subscription($1, 'pro', now() + interval '30 days')`, [ada]);
    expect(await expire()).toBe(0);
    await other.run('commit');
    expect(await expire()).toBe(0);
    expect(await history(ada)).toEqual(['pro active 30']);
  });
});

describe('at the same time', () => {
  const rounds = Array.from({ length: 100 }, (_, round) => round);

  /** Both transactions begin before either writes, so that the later writer has the earlier now(). */
  async function race(
    attempts: readonly [Connection, string, string][],
    order = 0,
  ): Promise<readonly (string | number)[]> {
    const turns = order === 0 ? attempts : attempts.toReversed();
    for (const [session, user] of attempts) {
      await session.run('begin');
      await session.query(
        `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)`,
        [JSON.stringify({ sub: user })],
      );
    }
    return Promise.all(
      turns.map(async ([session, , text]) => {
        try {
          const { rowCount } = await session.query(`select public.${text}`);
          await session.run('commit');
          return rowCount;
        } catch (error) {
          await session.run('rollback');
          return sqlstateOf(error);
        }
      }),
    );
  }

  it('two plan changes, a hundred times: one is current, and the chain has no gap', async () => {
    const [first, second] = [await reference.db.connect(), await reference.db.connect()];
    await given(ada, 'basic', 'active', '9 days');
    for (const round of rounds) {
      // Three plans as dear as each other: either both changes happen, or one finds what the other did.
      const [one, other] = round % 3 === 0 ? ['basic', 'solo'] : ['basic_too', round % 2 === 0 ? 'solo' : 'basic_too'];
      const answers = await race(
        [
          [first, ada, `change_plan('${one}')`],
          [second, ada, `change_plan('${other}')`],
        ],
        round % 2,
      );
      expect([1, 'PT409']).toEqual(expect.arrayContaining([...answers]));
    }
    const { rows } = await reference.sql.query(
      `select count(*) filter (where s.status in ('trialing', 'active', 'past_due'))::int as current,
        count(*) filter (where s.replaces is null)::int as first,
        count(*) filter (where o.id is not null and o.period_end <> s.period_start)::int as gaps,
        count(*) > 100 as many, max(s.period_end) > now() + interval '8 days' as paid
      from public.user_subscriptions s left join public.user_subscriptions o on o.id = s.replaces where s.user_id = $1`,
      [ada],
    );
    expect(rows).toEqual([{ current: 1, first: 1, gaps: 0, many: true, paid: true }]);
  });

  it('of two subscriptions one is made, and a cancellation never ends before it begins', async () => {
    const [first, second] = [await reference.db.connect(), await reference.db.connect()];
    for (const round of rounds) {
      const answers = await race(
        [
          [first, ada, `subscribe('free')`],
          [second, ada, `subscribe('guest')`],
        ],
        round % 2,
      );
      expect([...answers].sort()).toEqual([1, 'PT409']);
      const after = await race(
        [
          [first, ada, `change_plan('${round % 2 === 0 ? 'free' : 'guest'}')`],
          [second, ada, 'cancel_subscription(false)'],
        ],
        round % 2,
      );
      expect(after).toContain(1);
      expect([1, 'PT409']).toEqual(expect.arrayContaining([...after]));
      await cancel(ada, false);
    }
  });

  it('what a transaction does that began earlier, and waited, happens after what it waited for', async () => {
    const [early, late] = [await reference.db.connect(), reference.sql];
    const begin = () =>
      early.run(
        `begin; set local role authenticated; select set_config('request.jwt.claims', '{"sub": "${ada}"}', true)`,
      );
    const steps: [string, () => Promise<unknown>][] = [
      [`subscribe('free')`, async () => {}],
      [`change_plan('guest')`, () => call(ada, `change_plan('basic')`)],
      ['cancel_subscription(false)', () => call(ada, `change_plan('guest')`)],
      [`subscribe('free')`, async () => [await subscribe(ada, 'guest'), await cancel(ada, false)]],
    ];
    for (const [text, meanwhile] of steps) {
      await begin();
      await meanwhile();
      await early.query(`select public.${text}`);
      await early.run('commit');
    }
    const { rows } = await late.query(
      `select p.code, s.status, s.period_start >= lag(s.period_end) over history as follows
      from public.user_subscriptions s join public.subscription_plans p on p.id = s.plan_id where user_id = $1
      window history as (order by period_start, period_end nulls last)`,
      [ada],
    );
    expect(rows.map(({ code, status, follows }) => `${code} ${status} ${follows}`)).toEqual([
      'free canceled null',
      'basic canceled true',
      'guest canceled true',
      'guest canceled true',
      'free active true',
    ]);
  });

  it('somebody who is suspended while they wait gets nothing', async () => {
    const [user, service] = [await reference.db.connect(), await reference.db.connect()];
    await service.run('begin');
    await service.query('update public.users set suspended_at = now() where id = $1', [ada]);
    const answer = race([[user, ada, `subscribe('free')`]]);
    await expect
      .poll(async () => (await reference.sql.query('select from pg_locks where not granted')).rowCount)
      .toBeGreaterThan(0);
    await service.run('commit');
    expect(await answer).toEqual(['PT403']);
  });
});
