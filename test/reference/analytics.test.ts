/** Events: who may log which, that they are always the caller's own, and that nobody gets at them another way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const refused = '42501';
const nobody = '00000000-0000-4000-8000-000000000000';

let reference: ReferenceDatabase;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase({ defaultPrivileges: 'legacy' });
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  await reference.sql.query('select public.log_event_for($1, $2)', [bob, 'feature_used']);
});
afterAll(() => reference.db.drop());

const user = (sub: string): Actor => ({ role: 'authenticated', claims: { sub, aud: 'authenticated' } });

/** What the statement of the actor wrote; nothing of it stays. */
async function logged(
  actor: Actor,
  statement: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  return await withActor(reference.sql, { ...actor, end: 'rollback' }, async (session) => {
    await session.run('reset role');
    const { rows: before } = await session.query<{ id: string }>('select id from public.analytics_events');
    await session.run(`set local role ${actor.role}`);
    await session.query(statement, values);
    await session.run('reset role');
    const { rows } = await session.query(
      `select user_id, name, properties, occurred_at = now() as now, tableoid::regclass::text as partition
      from public.analytics_events where id <> all ($1::bigint[]) order by id`,
      [before.map(({ id }) => id)],
    );
    return rows;
  });
}

describe('log_event', () => {
  it.each<[string, () => Actor, () => string | null]>([
    ['nobody', () => ({ role: 'anon' }), () => null],
    ['a user', () => user(ada), () => ada],
    ['another user', () => user(bob), () => bob],
    ['a user without a subject', () => ({ role: 'authenticated' }), () => null],
    ['a user with an account that is gone', () => user(nobody), () => null],
    [
      'a user who claims to be somebody else where they can',
      () => ({
        role: 'authenticated',
        claims: { sub: ada, user_metadata: { sub: bob }, user_id: bob },
        headers: { 'x-user-id': bob },
        settings: { 'app.user_id': bob, 'request.jwt.claim.sub': '' },
      }),
      () => ada,
    ],
  ])('as %s it is theirs, with the time of the database', async (_, actor, owner) => {
    const rows = await logged(actor(), `select log_event('page_viewed', '{"path": "/plans"}')`);
    expect(rows).toEqual([
      {
        user_id: owner(),
        name: 'page_viewed',
        properties: { path: '/plans' },
        now: true,
        partition: 'private.analytics_events_default',
      },
    ]);
  });

  it('takes no properties for none', async () => {
    expect(await logged({ role: 'anon' }, `select log_event('plan_viewed')`)).toMatchObject([
      { name: 'plan_viewed', properties: {} },
    ]);
    expect(await logged({ role: 'anon' }, `select log_event(name => 'plan_viewed')`)).toHaveLength(1);
  });

  it('counts somebody who is suspended: that they came is as true as before', async () => {
    await reference.sql.query('update public.users set suspended_at = now() where id = $1', [ada]);
    expect(await logged(user(ada), `select log_event('page_viewed')`)).toMatchObject([{ user_id: ada }]);
    await reference.sql.query('update public.users set suspended_at = null where id = $1', [ada]);
  });

  it('goes into the partition of the month', async () => {
    const { sql } = reference;
    await sql.run('begin; select public.create_partitions(0)');
    await sql.query('select private.log_event($1, $2, $3)', [ada, 'signed_up', '{}']);
    const { rows } = await sql.query(
      `select tableoid::regclass::text = to_char(now() at time zone 'UTC', '"private.analytics_events_"YYYY_MM') as there
      from public.analytics_events where name = 'signed_up' and user_id = $1 order by id desc limit 1`,
      [ada],
    );
    await sql.run('rollback');
    expect(rows).toEqual([{ there: true }]);
  });

  it.each<[string, string, readonly unknown[], string]>([
    ['a name of the server', 'log_event($1)', ['signed_up'], 'PT422'],
    ['a name that is not on the list', 'log_event($1)', ['page_viewed '], 'PT422'],
    ['no name', 'log_event(null)', [], 'PT422'],
    ['an array', 'log_event($1, $2)', ['page_viewed', '[]'], 'PT422'],
    ['a text', 'log_event($1, $2)', ['page_viewed', '"x"'], 'PT422'],
    ['a JSON null', 'log_event($1, $2)', ['page_viewed', 'null'], 'PT422'],
    ['an SQL null', 'log_event($1, $2)', ['page_viewed', null], 'PT422'],
    ['an object of 8193 bytes', 'log_event($1, $2)', ['page_viewed', sized(8193)], 'PT413'],
    ['too many bytes in few characters', 'log_event($1, $2)', ['page_viewed', sized(8193, 'é')], 'PT413'],
    ['an array of 8193 bytes', 'log_event($1, $2)', ['page_viewed', `[${'1, '.repeat(3000)}1]`], 'PT422'],
    ['what is no JSON', 'log_event($1, $2)', ['page_viewed', '{'], '22P02'],
    ['somebody else’s id', 'log_event($1, $2, $3)', ['page_viewed', '{}', nobody], '42883'],
    ['a time', `log_event(name => $1, occurred_at => now())`, ['page_viewed'], '42883'],
  ])('refuses %s', async (_, call, values, code) => {
    for (const actor of [user(ada), { role: 'anon' }]) {
      expect(await reference.outcome(actor, `select ${call}`, values)).toBe(code);
    }
  });

  it('takes exactly 8 KiB', async () => {
    expect(await logged(user(ada), 'select log_event($1, $2)', ['page_viewed', sized(8192)])).toHaveLength(1);
    expect(await logged(user(ada), 'select log_event($1, $2)', ['page_viewed', sized(8192, 'é')])).toHaveLength(1);
  });

  it('a subject that is no uuid is an error, and no event', async () => {
    expect(await reference.outcome(user('ada'), `select log_event('page_viewed')`)).toBe('22P02');
    // The claim may also be there and be empty.
    expect(await reference.outcome(user(''), `select log_event('page_viewed')`)).toBe('22P02');
  });

  it('a name stops and starts to be for clients by its switch', async () => {
    const { sql } = reference;
    await sql.run(`update public.analytics_event_names set from_clients = false where name = 'feature_used'`);
    expect(await reference.outcome(user(ada), `select log_event('feature_used')`)).toBe('PT422');
    await sql.run(`update public.analytics_event_names set from_clients = true where name = 'feature_used'`);
    expect(await reference.outcome(user(ada), `select log_event('feature_used')`)).toBe(1);
  });

  it('while the account is being deleted it waits, and then there is nobody whose event it would be', async () => {
    const cleo = await reference.signUp();
    const admin = await reference.db.connectAsAdmin();
    const other = await reference.db.connect();
    await admin.run('begin');
    await admin.query('delete from auth.users where id = $1', [cleo]);
    const logging = withActor(other, { ...user(cleo), end: 'commit' }, (session) =>
      session.query(`select log_event('checkout_started')`),
    );
    const waiting = async () =>
      (await reference.sql.query('select from pg_locks where pid = $1 and not granted', [other.processId])).rows.length;
    while ((await waiting()) === 0);
    await admin.run('commit');
    await logging;
    const { rows } = await reference.sql.query(
      `delete from public.analytics_events where name = 'checkout_started' returning user_id`,
    );
    expect(rows).toEqual([{ user_id: null }]);
    await Promise.all([admin.close(), other.close()]);
  });
});

describe('log_event_for', () => {
  it('logs any name for any user, or for nobody, as the service', async () => {
    const service = { role: 'service_role' };
    expect(await logged(service, `select log_event_for($1, 'signed_up', '{"by": "mail"}')`, [ada])).toMatchObject([
      { user_id: ada, name: 'signed_up', properties: { by: 'mail' }, now: true },
    ]);
    expect(await logged(service, `select log_event_for(null, 'signed_up')`)).toMatchObject([{ user_id: null }]);
  });

  it.each<[string, readonly unknown[], string]>([
    ['a user who does not exist', [nobody, 'signed_up', '{}'], 'PT404'],
    ['a name that is not on the list', [null, 'sign_up', '{}'], 'PT422'],
    ['no name', [null, null, '{}'], 'PT422'],
    ['no object', [null, 'signed_up', '1'], 'PT422'],
    ['no properties', [null, 'signed_up', null], 'PT422'],
    ['more than 8 KiB', [null, 'signed_up', sized(8193)], 'PT413'],
  ])('refuses %s', async (_, values, code) => {
    expect(await reference.outcome('service_role', 'select log_event_for($1, $2, $3)', values)).toBe(code);
  });
});

describe('nobody gets at events another way', () => {
  const statements = (table: string) => [
    `select * from ${table}`,
    `select count(*) from ${table}`,
    `insert into ${table} (name) values ('page_viewed')`,
    `insert into ${table} (name, user_id, occurred_at) values ('page_viewed', '${nobody}', '2020-01-01')`,
    `update ${table} set user_id = null`,
    `delete from ${table}`,
    `delete from ${table} where user_id = '${nobody}' returning *`,
    `truncate ${table}`,
    `lock table ${table}`,
    `copy ${table} to stdout`,
  ];

  beforeAll(() => reference.sql.run('select public.create_partitions(0)').then(() => undefined));

  it('no client reads or writes the tables, and no role of the API a partition', async () => {
    const { rows } = await reference.sql.query<{ partition: string }>(
      `select inhrelid::regclass::text as partition from pg_inherits where inhparent = 'public.analytics_events'::regclass`,
    );
    expect(rows).toHaveLength(2);
    const partitions = rows.map(({ partition }) => partition);
    for (const actor of ['anon', ada]) {
      for (const table of ['public.analytics_events', ...partitions]) {
        for (const statement of statements(table)) {
          expect(await reference.outcome(actor, statement), `${actor}: ${statement}`).toBe(refused);
        }
      }
      for (const statement of [
        'select name from public.analytics_event_names',
        `insert into public.analytics_event_names (name, description) values ('mine', 'Mine.')`,
        'update public.analytics_event_names set from_clients = true',
        'delete from public.analytics_event_names',
        'truncate public.analytics_event_names cascade',
      ]) {
        expect(await reference.outcome(actor, statement), `${actor}: ${statement}`).toBe(refused);
      }
    }
    for (const statement of partitions.flatMap(statements)) {
      expect(await reference.outcome('service_role', statement), statement).toBe(refused);
    }
  });

  it.each<[string, string | number]>([
    [`select * from public.analytics_events where name = 'feature_used'`, 1],
    [`insert into public.analytics_events (name) values ('page_viewed')`, refused],
    [`update public.analytics_events set properties = '{}'`, refused],
    ['delete from public.analytics_events', refused],
    ['truncate public.analytics_events', refused],
    [`select nextval('public.analytics_events_id_seq')`, refused],
    [`insert into public.analytics_event_names (name, description) values ('trial_ended', 'A trial was over.')`, 1],
    [`update public.analytics_event_names set description = 'x', from_clients = true where name = 'signed_up'`, 1],
    [`update public.analytics_event_names set name = 'registered' where name = 'signed_up'`, refused],
    [`delete from public.analytics_event_names where name = 'checkout_started'`, 1],
    // Events have it.
    [`delete from public.analytics_event_names where name = 'feature_used'`, '23001'],
    ['truncate public.analytics_event_names', refused],
  ])('the service: %s', async (statement, expected) => {
    const outcome = await reference.outcome('service_role', statement);
    // Until PostgreSQL 18 a RESTRICT was told as any other violation of a foreign key.
    expect(outcome === '23503' ? '23001' : outcome).toBe(expected);
  });

  it('each function is for those whom it is for', async () => {
    const calls: readonly (readonly [string, readonly string[]])[] = [
      [`log_event('page_viewed')`, ['anon', 'authenticated']],
      [`definer.log_event('page_viewed', '{}')`, ['anon', 'authenticated']],
      [`log_event_for(null, 'page_viewed')`, ['service_role']],
      [`private.log_event(null, 'page_viewed', '{}')`, []],
    ];
    for (const [call, allowed] of calls) {
      for (const role of ['anon', 'authenticated', 'service_role']) {
        expect(await reference.outcome(role, `select ${call}`), `${role}: ${call}`).toBe(
          allowed.includes(role) ? 1 : refused,
        );
      }
    }
  });

  it('a read-only request logs nothing', async () => {
    const reader = { ...user(ada), method: 'GET' };
    expect(await reference.outcome(reader, `select log_event('page_viewed')`)).toBe('25006');
  });
});

describe('what an event may be, whoever writes it', () => {
  it.each<[string, string]>([
    [`(name) values ('sign_up')`, '23503'],
    [`(name, user_id) values ('signed_up', '${nobody}')`, '23503'],
    [`(name, properties) values ('signed_up', '[]')`, '23514'],
    [`(name, properties) values ('signed_up', '${sized(8193)}')`, '23514'],
    ['(name) values (null)', '23502'],
    [`(name, occurred_at) values ('signed_up', null)`, '23502'],
    [`(id, name, occurred_at) select id, name, occurred_at from public.analytics_events`, '23505'],
  ])('insert into analytics_events %s', async (rest, code) => {
    const error = await reference.sql
      .run(`insert into public.analytics_events ${rest}`)
      .catch((reason: unknown) => reason);
    expect(sqlstateOf(error)).toBe(code);
  });

  it.each<[string, string]>([
    [`('SignedUp', 'x')`, '23514'],
    [`('1st', 'x')`, '23514'],
    [`('', 'x')`, '23514'],
    [`(repeat('x', 51), 'x')`, '23514'],
    [`('opened', ' ')`, '23514'],
    [`('opened', repeat('x', 201))`, '23514'],
    [`('opened', null)`, '23502'],
    [`('signed_up', 'Twice.')`, '23505'],
  ])('insert into analytics_event_names values %s', async (values, code) => {
    const error = await reference.sql
      .run(`insert into public.analytics_event_names (name, description) values ${values}`)
      .catch((reason: unknown) => reason);
    expect(sqlstateOf(error)).toBe(code);
  });

  it('a new name is not for clients before somebody says so', async () => {
    const { rows } = await reference.sql.query(
      `insert into public.analytics_event_names (name, description) values ('opened', 'The app was opened.') returning from_clients`,
    );
    expect(rows).toEqual([{ from_clients: false }]);
  });

  it('who leaves takes their events along, of every month', async () => {
    const { sql } = reference;
    const cleo = await reference.signUp();
    for (const moment of ['2025-03-15Z', 'now', '2061-01-01Z']) {
      await sql.query('select private.log_event($1, $2, $3, $4)', [cleo, 'page_viewed', '{}', moment]);
      await sql.query('select private.log_event($1, $2, $3, $4)', [bob, 'page_viewed', '{}', moment]);
    }
    await sql.run('select public.create_partitions(0)');
    const admin = await reference.db.connectAsAdmin();
    await admin.query('delete from auth.users where id = $1', [cleo]);
    const { rows } = await sql.query(
      `select user_id, count(distinct tableoid)::int as months from public.analytics_events
      where user_id in ($1, $2) and name = 'page_viewed' group by 1`,
      [cleo, bob],
    );
    expect(rows).toEqual([{ user_id: bob, months: 3 }]);
  });
});

/** An object of so many bytes, as PostgreSQL writes it. */
function sized(bytes: number, character = 'x'): string {
  const room = bytes - '{"a": ""}'.length;
  const width = Buffer.byteLength(character);
  return `{"a": "${character.repeat(Math.floor(room / width))}${'x'.repeat(room % width)}"}`;
}
