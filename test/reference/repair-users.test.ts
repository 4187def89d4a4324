/** What makes up for failed sign-ups: everything that is missing, once, whoever runs beside it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, subscribe } from './reference-database.ts';

let reference: ReferenceDatabase;
let admin: Connection;

beforeAll(async () => {
  reference = await referenceDatabase();
  admin = await reference.db.connectAsAdmin();
});
afterAll(() => reference.db.drop());
beforeEach(async () => {
  await admin.run(`delete from auth.users; delete from private.sign_up_errors`);
});

/** An account that the trigger knew nothing of, as after a restore; answers its id. */
async function accountAlone(): Promise<string> {
  const id = randomUUID();
  await admin.run(`begin; set local session_replication_role = replica;
    insert into auth.users (id, email, created_at) values ('${id}', '${id}@example.test', '2026-01-02T03:04:05Z'); commit`);
  return id;
}

async function repair(maxRows: number | null = 1000, session = reference.sql) {
  const { rows } = await session.query<{ step: string; repaired: number }>('select * from public.repair_users($1)', [
    maxRows,
  ]);
  return rows.map(({ step, repaired }) => `${step} ${repaired}`).join(', ');
}
const nothing = 'user 0, profile 0, subscription 0, event 0';

async function whole(id: string) {
  const { rows } = await reference.sql.query(
    `select (select count(*) from public.users where id = $1)::int as users,
      (select count(*) from public.profiles where user_id = $1)::int as profiles,
      (select count(*) from public.user_subscriptions where user_id = $1)::int as subscriptions,
      (select count(*) from public.analytics_events where user_id = $1)::int as events`,
    [id],
  );
  return rows[0];
}
const complete = { users: 1, profiles: 1, subscriptions: 1, events: 1 };

const errors = async () =>
  (
    await reference.sql.query<{ line: string }>(
      `select concat_ws(' ', step, sqlstate, attempts, case when repaired_at is not null then 'repaired' end) as line
      from private.sign_up_errors order by 1`,
    )
  ).rows.map(({ line }) => line);

/** While it holds, rows can not be written to the table. */
async function closed(table: string, work: () => Promise<void>): Promise<void> {
  await reference.sql.run(`alter table public.${table} add constraint closed check (false) not valid`);
  await work();
  await reference.sql.run(`alter table public.${table} drop constraint closed`);
}

it('an account that has nothing gets everything, dated as the account, and once', async () => {
  const ada = await accountAlone();
  expect(await repair()).toBe('user 1, profile 1, subscription 1, event 1');
  expect(await whole(ada)).toEqual(complete);
  const { rows } = await reference.sql.query(
    'select u.created_at, e.occurred_at from public.users u join public.analytics_events e on e.user_id = u.id',
  );
  const then = new Date('2026-01-02T03:04:05Z');
  expect(rows).toEqual([{ created_at: then, occurred_at: then }]);
  expect(await repair()).toBe(nothing);
  expect(await errors()).toEqual([]);
});

it.each([
  ['users', 'user 1, profile 1, subscription 1, event 1', ['event 23514 1', 'user 23514 1']],
  ['profiles', 'user 0, profile 1, subscription 0, event 0', ['profile 23514 1']],
  ['user_subscriptions', 'user 0, profile 0, subscription 1, event 0', ['subscription 23514 1']],
  ['analytics_events', 'user 0, profile 0, subscription 0, event 1', ['event 23514 1']],
])('what failed at %s is made up for, and its record says so', async (table, repaired, recorded) => {
  let ada = '';
  await closed(table, async () => {
    ada = await reference.signUp();
  });
  expect(await errors()).toEqual(recorded);
  expect(await repair()).toBe(repaired);
  expect(await whole(ada)).toEqual(complete);
  expect(await errors()).toEqual(recorded.map((line) => `${line} repaired`));
  expect(await repair()).toBe(nothing);
});

it.each(['users', 'profiles', 'user_subscriptions', 'analytics_events'])(
  'what fails again at %s stays open, in one row, and does not stop the others',
  async (table) => {
    const ada = await accountAlone();
    await closed(table, async () => {
      await repair();
      await repair();
    });
    const open = await errors();
    expect(open).toEqual([expect.stringMatching(/ 23514 [234]$/)]);
    await repair();
    expect(await whole(ada)).toEqual(complete);
    expect(await errors()).toEqual(open.map((line) => `${line} repaired`));
  },
);

it('a user row that somebody made by hand gets the rest, and the event that was never logged', async () => {
  let ada = '';
  await closed('users', async () => {
    ada = await reference.signUp();
  });
  await reference.sql.run('insert into public.users (id) select id from auth.users');
  expect(await repair()).toBe('user 0, profile 1, subscription 1, event 1');
  expect(await whole(ada)).toEqual(complete);
});

it('nobody who had a subscription once gets another', async () => {
  const [ada, bob] = [await reference.signUp(), await reference.signUp()];
  await subscribe(reference.sql, ada, { status: 'expired', periodEnd: '-5 days' });
  await reference.sql.query(
    `update public.user_subscriptions set status = 'canceled', period_end = now(), canceled_at = now() where user_id = $1`,
    [bob],
  );
  expect(await repair()).toBe(nothing);
});

it('nobody gets a plan that is no longer sold, costs something or is gone, and that is no error', async () => {
  const { sql } = reference;
  const ada = await accountAlone();
  const dear = `insert into public.subscription_plans (code, name, price_minor, currency, billing_interval)
    values ('free', 'Not free', 1, 'EUR', 'month')`;
  for (const change of ['active = false', `code = 'other'`, `code = 'other' where code = 'free'; ${dear}; --`]) {
    await sql.run(`begin; update public.subscription_plans set ${change} where code = 'free'`);
    expect(await repair()).toBe('user 1, profile 1, subscription 0, event 1');
    expect(await errors()).toEqual([]);
    await sql.run('rollback');
  }
  expect(await repair()).toBe('user 1, profile 1, subscription 1, event 1');
  expect(await whole(ada)).toEqual(complete);
});

it('not more than asked for, and what fails always lets the others through', async () => {
  const { sql } = reference;
  const stuck = await accountAlone();
  await sql.run(`alter table public.users add constraint stuck check (id <> '${stuck}')`);
  for (let more = 0; more < 3; more += 1) await accountAlone();
  expect([await repair(0), await repair(-1), await repair(null)]).toEqual([nothing, nothing, nothing]);
  let made = 0;
  for (let run = 0; run < 5; run += 1) made += Number(/^user (\d+)/.exec(await repair(1))?.[1]);
  expect(made).toBe(3);
  await sql.run('alter table public.users drop constraint stuck');
  expect(await repair(1)).toMatch(/^user 1/);
});

it('the records of an account that is gone go as well', async () => {
  await closed('users', async () => {
    await reference.signUp();
  });
  await admin.run('delete from auth.users');
  expect(await repair()).toBe(nothing);
  expect(await errors()).toEqual([]);
});

it('of several at once one works; together with sign-ups, a hundred times, everything is made once', async () => {
  const sessions = [await reference.db.connect(), await reference.db.connect(), await reference.db.connect()];
  for (let round = 0; round < 100; round += 1) {
    await Promise.all([accountAlone(), accountAlone()]);
    await Promise.all([...sessions.map((session) => repair(1000, session)), reference.signUp()]);
  }
  await repair();
  expect(await errors()).toEqual([]);
  const { rows } = await reference.sql.query(
    `select count(*)::int as users, count(p.user_id)::int as profiles, sum(s.count)::int as subscriptions, sum(e.count)::int as events
    from public.users u left join public.profiles p on p.user_id = u.id,
      lateral (select count(*) from public.user_subscriptions where user_id = u.id) s,
      lateral (select count(*) from public.analytics_events where user_id = u.id) e`,
  );
  expect(rows).toEqual([{ users: 300, profiles: 300, subscriptions: 300, events: 300 }]);
});

it('no client can keep it from working by a lock that anybody may take', async () => {
  const client = await reference.db.connect();
  await client.run(`set role anon; begin; select pg_advisory_lock(hashtextextended('public.repair_users', 0))`);
  await accountAlone();
  expect(await repair()).toBe('user 1, profile 1, subscription 1, event 1');
  await client.close();
});

it('one that waits too long for another leaves the work to it', async () => {
  const other = await reference.db.connect();
  await other.run('begin; select * from public.repair_users()');
  await accountAlone();
  expect(await repair()).toBe(nothing);
  await other.run('commit');
  expect(await repair()).toBe('user 1, profile 1, subscription 1, event 1');
});

it('the service alone may call it', async () => {
  const ada = await reference.signUp();
  expect(await reference.outcome('service_role', 'select * from public.repair_users()')).toBe(4);
  for (const actor of ['anon', 'authenticated', ada]) {
    expect(await reference.outcome(actor, 'select * from public.repair_users()')).toBe('42501');
  }
});
