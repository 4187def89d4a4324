/** The generated types fit what the database answers, through Kysely as an application uses it. */

import type { Kysely } from 'kysely';
import * as kysely from 'kysely';
import { expect, it } from 'vitest';
import type { DB } from '../../database.types.ts';
import { createKysely, plainHooks } from '../../src/postgres/kysely.ts';
import { referenceDatabase, subscribe } from './reference-database.ts';

it('a typed query reads the status of a subscription', async () => {
  const { sql, signUp } = await referenceDatabase();
  const ada = await signUp();
  await subscribe(sql, ada, { periodEnd: '36 hours' });
  const db = createKysely(kysely, plainHooks(sql)) as unknown as Kysely<DB>;
  const status = await db
    .selectFrom('subscription_status')
    .innerJoin('subscription_plans', 'subscription_plans.code', 'subscription_status.plan_code')
    .select(['status', 'days_left', 'entitled', 'price_minor', 'subscription_status.features', 'period_end'])
    .where('user_id', '=', ada)
    .executeTakeFirstOrThrow();
  // int8 comes as text: a price may be larger than a JavaScript number is exact.
  const typed: { status: string | null; days_left: number | null; price_minor: string; period_end: Date | null } =
    status;
  expect(typed).toMatchObject({ status: 'active', days_left: 2, price_minor: '990', period_end: expect.any(Date) });
  expect(status).toMatchObject({ entitled: true, features: { export: true, seats: 5 } });
});
