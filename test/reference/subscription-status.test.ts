/** What a user has at this moment, as the view says it. */
import { expect, it } from 'vitest';
import { referenceDatabase, subscribe, withoutFreeSubscription } from './reference-database.ts';

const pro = { export: true, seats: 5 };

it.each<[string, { status: string; periodEnd: string | null; canceling?: boolean }, Readonly<Record<string, unknown>>]>(
  [
    [
      'without an end',
      { status: 'active', periodEnd: null },
      { status: 'active', days_left: null, entitled: true, features: pro },
    ],
    [
      'on trial',
      { status: 'trialing', periodEnd: '36 hours' },
      { status: 'trialing', days_left: 2, entitled: true, features: pro },
    ],
    [
      'past due, in its period',
      { status: 'past_due', periodEnd: '1 hour' },
      { status: 'past_due', days_left: 1, entitled: true },
    ],
    [
      'over, and nobody wrote it down',
      { status: 'active', periodEnd: '-1 second' },
      { status: 'expired', days_left: 0, entitled: false, features: {} },
    ],
    [
      'over after a cancellation',
      { status: 'active', periodEnd: '-1 day', canceling: true },
      { status: 'canceled', entitled: false, features: {} },
    ],
    [
      'canceled, still paid',
      { status: 'active', periodEnd: '5 days', canceling: true },
      { status: 'active', days_left: 5, entitled: true, cancel_at_period_end: true },
    ],
    [
      'expired',
      { status: 'expired', periodEnd: '-5 days' },
      { status: 'expired', days_left: 0, entitled: false, features: {} },
    ],
  ],
)('%s', async (_, { canceling = false, ...given }, expected) => {
  const { sql, signUp, as } = await referenceDatabase();
  const ada = await signUp();
  const { subscriptionId } = await subscribe(sql, ada, given);
  if (canceling) await sql.run('update public.user_subscriptions set cancel_at_period_end = true, canceled_at = now()');
  const { rows } = await as(ada, 'select * from public.subscription_status');
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ user_id: ada, subscription_id: subscriptionId, plan_name: 'Pro', ...expected });
});

it('somebody without a subscription has nothing', async () => {
  const { sql, signUp, as } = await referenceDatabase();
  const ada = await signUp();
  await withoutFreeSubscription(sql, ada);
  const { rows } = await as(
    ada,
    'select user_id, plan_code, status, days_left, entitled, features from public.subscription_status',
  );
  expect(rows).toEqual([
    { user_id: ada, plan_code: null, status: null, days_left: null, entitled: false, features: {} },
  ]);
});

it('somebody who was suspended is not entitled', async () => {
  const { sql, signUp, as } = await referenceDatabase();
  const ada = await signUp();
  await subscribe(sql, ada);
  await sql.run('update public.users set suspended_at = now()');
  expect((await as(ada, 'select status, entitled, features from public.subscription_status')).rows).toEqual([
    { status: 'active', entitled: false, features: {} },
  ]);
});

it('of several, the one that runs now counts: not the history, not what begins later', async () => {
  const { sql, signUp, as } = await referenceDatabase();
  const ada = await signUp();
  const { subscriptionId } = await subscribe(sql, ada, { periodEnd: '10 days' });
  await sql.query(
    `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end, canceled_at)
    select user_id, plan_id, status::public.subscription_state, period_start + began, period_start + ended, canceled
    from (select user_id, plan_id, period_start, id from public.user_subscriptions) as current, (values
      ('expired', interval '-40 days', interval '0', null),
      ('canceled', interval '0', interval '0', now()),
      ('canceled', interval '30 days', interval '30 days', now())) as other(status, began, ended, canceled)
    where id = $1`,
    [subscriptionId],
  );
  const { rows } = await as(ada, 'select subscription_id, entitled from public.subscription_status');
  expect(rows).toEqual([{ subscription_id: subscriptionId, entitled: true }]);
});
