/** What the audit trail tells of each write, what it keeps silent about, and who may read it. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { attempt, sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, subscribe } from './reference-database.ts';

interface Entry {
  readonly [column: string]: unknown;
  readonly changed_columns: readonly string[];
  readonly old_hashes: Readonly<Record<string, string>> | null;
  readonly new_hashes: Readonly<Record<string, string>> | null;
  readonly old_values: Readonly<Record<string, unknown>> | null;
  readonly new_values: Readonly<Record<string, unknown>> | null;
}

const refused = '42501';
const session = randomUUID();
let reference: ReferenceDatabase;
let sql: Connection;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  sql = reference.sql;
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  await subscribe(sql, ada, { planCode: 'pro' });
  await sql.query(`select public.create_partitions()`);
});
afterAll(() => reference.db.drop());

const user = (id: string): Actor => ({ role: 'authenticated', claims: { sub: id, session_id: session } });

/** What the statement wrote into the trail, in order; the statement is rolled back. */
const trailOf = (actor: Actor, statement: string, values: readonly unknown[] = []): Promise<readonly Entry[]> =>
  withActor(sql, { ...actor, end: 'rollback' }, async (connection) => {
    await connection.query(statement, values);
    return newest(connection);
  });

/** As the owner of the database, without any token. */
async function trailOfOwner(statements: string): Promise<readonly Entry[]> {
  await sql.run('begin');
  try {
    await sql.run(statements);
    return await newest(sql);
  } finally {
    await sql.run('rollback');
  }
}

async function newest(connection: Connection): Promise<readonly Entry[]> {
  await connection.run('reset role');
  const { rows } = await connection.query<Entry>(
    `select l.*, v.old_values, v.new_values, v.old_salts, v.new_salts
    from public.audit_logs l left join public.audit_log_values v on v.log_id = l.id and v.occurred_at = l.occurred_at
    where l.occurred_at = now() order by l.id`,
  );
  return rows;
}

describe('a change', () => {
  it('says who, when, what and how: an update has the columns that changed, before and after', async () => {
    const [entry, ...more] = await trailOf(
      user(ada),
      `update public.profiles set bio = 'Numbers', display_name = 'Ada', locale = locale`,
    );
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      ...{ actor_id: ada, actor_role: 'authenticated', session_id: session, occurred_at: expect.any(Date) },
      ...{ table_name: 'public.profiles', row_key: { user_id: ada }, subject_id: ada, action: 'update' },
      changed_columns: ['display_name', 'bio'],
      old_values: { bio: null, display_name: null },
      new_values: { bio: 'Numbers', display_name: 'Ada' },
    });
  });

  it('an insert has what the row was born with, a delete what it went with', async () => {
    const plan = `insert into public.subscription_plans (id, code, name, price_minor, currency, billing_interval, features)
      values ('${session}', 'team', 'Team', 990, 'EUR', 'month', '{"seats": 25}')`;
    const [born] = await trailOf({ role: 'service_role' }, plan);
    expect(born).toMatchObject({
      ...{ actor_id: null, actor_role: 'service_role', session_id: null, subject_id: null },
      ...{ row_key: { id: session }, action: 'insert', old_values: null, old_hashes: null },
    });
    expect(born?.new_values).toMatchObject({ code: 'team', price_minor: 990, active: true, features: { seats: 25 } });
    const [, gone] = await trailOfOwner(`${plan}; delete from public.subscription_plans where code = 'team'`);
    expect(gone).toMatchObject({
      action: 'delete',
      new_values: null,
      new_hashes: null,
      changed_columns: born?.changed_columns,
    });
    expect(gone?.old_values).toMatchObject({ code: 'team', features: { seats: 25 } });
  });

  it('each value is proven by its own salted hash, also that there was none', async () => {
    const [entry] = await trailOf(
      user(ada),
      `update public.profiles set bio = E'Zoë "1"\\n\\\\', username = null, time_zone = 'UTC'`,
    );
    const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
    const { old_salts, new_salts } = entry as unknown as Readonly<Record<string, Readonly<Record<string, string>>>>;
    // As the database writes JSON; for scalars JSON.stringify does the same.
    for (const column of ['bio', 'time_zone']) {
      expect(entry?.old_hashes?.[column]).toBe(sha256(`${old_salts?.[column]}null`));
      expect(entry?.new_hashes?.[column]).toBe(
        sha256(`${new_salts?.[column]}${JSON.stringify(entry?.new_values?.[column])}`),
      );
    }
    const salts = [...Object.values(old_salts ?? {}), ...Object.values(new_salts ?? {})];
    expect(new Set(salts).size).toBe(4);
    const { rows } = await sql.query(
      `select from public.audit_logs l join public.audit_log_values v on v.log_id = l.id, jsonb_each_text(l.new_hashes) h
      where h.value is distinct from encode(sha256(convert_to((v.new_salts ->> h.key) || (v.new_values -> h.key)::text, 'UTF8')), 'hex')`,
    );
    expect(rows).toEqual([]);
  });

  it.each([
    'update public.profiles set bio = bio',
    'update public.profiles set updated_at = now() - interval $$1 day$$',
    'update public.users set suspended_at = suspended_at',
    'update public.sessions set last_seen_at = expires_at',
  ])('that changes nothing leaves no trace: %s', async (statement) => {
    await sql.query(`select public.start_session_for($1)`, [ada]);
    expect(await trailOfOwner(statement)).toEqual([]);
  });

  it('of a row that gets another person is a departure for the one and an arrival for the other', async () => {
    const entries = await trailOfOwner(`update public.profiles set bio = 'of Ada' where user_id = '${ada}';
      delete from public.profiles where user_id = '${bob}';
      update public.profiles set user_id = '${bob}', bio = 'of Bob' where user_id = '${ada}'`);
    const [departure, arrival] = entries.slice(2);
    expect(entries).toHaveLength(4);
    expect(departure).toMatchObject({ action: 'delete', subject_id: ada, row_key: { user_id: ada }, new_values: null });
    expect(departure?.old_values).toMatchObject({ user_id: ada, bio: 'of Ada', visibility: 'private' });
    expect(arrival).toMatchObject({ action: 'insert', subject_id: bob, row_key: { user_id: bob }, old_values: null });
    expect(arrival?.new_values).toMatchObject({ user_id: bob, bio: 'of Bob', visibility: 'private' });
  });

  it('of many rows is told row by row, an upsert as what it was', async () => {
    const entries = await trailOfOwner(`update public.profiles set time_zone = 'UTC';
      insert into public.profiles (user_id) values ('${ada}') on conflict (user_id) do update set bio = 'again'`);
    expect(entries.map(({ action, subject_id }) => [action, subject_id])).toEqual([
      ['update', ada],
      ['update', bob],
      ['update', ada],
    ]);
  });

  it('an account that is deleted is told with all its rows, by the role that did it', async () => {
    const admin = await reference.db.connectAsAdmin();
    await admin.run('begin; set local role supabase_auth_admin');
    await admin.query('delete from auth.users where id = $1', [ada]);
    const entries = await newest(admin);
    await admin.run('rollback');
    expect(new Set(entries.map(({ action }) => action))).toEqual(new Set(['delete']));
    expect(new Set(entries.map(({ actor_role }) => actor_role))).toEqual(new Set(['supabase_auth_admin']));
    expect(new Set(entries.map(({ subject_id }) => subject_id))).toEqual(new Set([ada]));
    expect(new Set(entries.map(({ table_name }) => table_name))).toEqual(
      new Set(['public.users', 'public.profiles', 'public.user_subscriptions', 'public.sessions']),
    );
  });

  it('TRUNCATE is told, if not what was there', async () => {
    const entries = await trailOfOwner('truncate public.profiles, public.sessions');
    expect(entries.map(({ table_name, action, row_key }) => [table_name, action, row_key])).toEqual([
      ['public.profiles', 'truncate', null],
      ['public.sessions', 'truncate', null],
    ]);
  });

  it('what can not be logged does not happen', async () => {
    await sql.run('begin; alter table public.audit_logs add constraint closed check (false) not valid');
    await expect(sql.run('update public.profiles set bio = $$x$$')).rejects.toMatchObject({ code: '23514' });
    await sql.run('rollback');
  });
});

it('sensitive columns are named, and nothing else of them is written', async () => {
  const agent = 'Difference Engine 2';
  const [entry] = await trailOf(
    { role: 'service_role' },
    `with opened as (select * from public.start_session_for($1, $2, '203.0.113.7')) select * from opened`,
    [ada, agent],
  );
  expect(entry).toMatchObject({ table_name: 'public.sessions', subject_id: ada });
  expect(entry?.changed_columns).toEqual(
    expect.arrayContaining(['id', 'token_hash', 'ip', 'user_agent', 'expires_at']),
  );
  const written = JSON.stringify({ ...entry, changed_columns: [] });
  expect(written).toContain('expires_at');
  expect(written).not.toMatch(/token_hash|user_agent|"ip"|Difference|203\.0/);
  const [changed] = await trailOfOwner(
    `update public.sessions set ip = '203.0.113.8' where id = (select id from public.sessions limit 1)`,
  );
  expect(changed).toMatchObject({ changed_columns: ['ip'], old_hashes: null, new_hashes: null, new_values: null });
});

describe('who', () => {
  const bySettings = async (settings: Readonly<Record<string, string>>) => {
    await sql.run('begin');
    try {
      for (const [name, value] of Object.entries(settings))
        await sql.query('select set_config($1, $2, true)', [name, value]);
      await sql.query(`update public.profiles set bio = $1 where user_id = $2`, [randomUUID(), ada]);
      const [entry] = await newest(sql);
      return [entry?.actor_id, entry?.session_id, entry?.actor_role];
    } finally {
      await sql.run('rollback');
    }
  };

  it.each<[string, Readonly<Record<string, string>>, string | null, string | null]>([
    ['no token', {}, null, null],
    ['an empty token', { 'request.jwt.claims': '' }, null, null],
    ['claims of nobody', { 'request.jwt.claims': '{}' }, null, null],
    ['a token that is no JSON', { 'request.jwt.claims': '{"sub":' }, null, null],
    ['a token that is no object', { 'request.jwt.claims': '["sub"]' }, null, null],
    ['a token that is text', { 'request.jwt.claims': '"sub"' }, null, null],
    ['a token with what text can not hold', { 'request.jwt.claims': '{"sub":"\\u0000"}' }, null, null],
    ['a token too deep to be read', { 'request.jwt.claims': '['.repeat(100_000) }, null, null],
    ['a subject that is empty', { 'request.jwt.claims': '{"sub":""}' }, null, null],
    ['a subject of another provider', { 'request.jwt.claims': '{"sub":"user_2ab"}' }, null, null],
    ['a subject that is an object', { 'request.jwt.claims': '{"sub":{"id":1}}' }, null, null],
    ['no session', { 'request.jwt.claims': '{"sub":"{ada}"}' }, '{ada}', null],
    ['a session that is no uuid', { 'request.jwt.claims': '{"sub":"{ada}","session_id":"first"}' }, '{ada}', null],
    ['user and session', { 'request.jwt.claims': '{"sub":"{ada}","session_id":"{session}"}' }, '{ada}', '{session}'],
    ['what the storage service sets', { 'request.jwt.claim.sub': '{ada}', 'request.jwt.claims': '{}' }, '{ada}', null],
    [
      'a subject in the metadata of the user',
      { 'request.jwt.claims': '{"user_metadata":{"sub":"{ada}"}}' },
      null,
      null,
    ],
  ])('%s: the write goes through', async (_, settings, actor, itsSession) => {
    const fill = (text: string) => text.replaceAll('{ada}', ada).replaceAll('{session}', session);
    const filled = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, fill(value)]));
    expect(await bySettings(filled)).toEqual([actor && fill(actor), itsSession && fill(itsSession), 'postgres']);
  });

  it('the role is the one that was taken, in functions with the rights of their owner too', async () => {
    const [entry] = await trailOf(user(ada), 'select * from public.start_session()');
    expect(entry).toMatchObject({
      table_name: 'public.sessions',
      action: 'insert',
      actor_role: 'authenticated',
      actor_id: ada,
    });
  });

  it('headers and settings that a user may set change nothing', async () => {
    const liar: Actor = { ...user(ada), headers: { sub: bob }, settings: { 'app.actor': bob, 'audit.actor_id': bob } };
    const [entry] = await trailOf(liar, `update public.profiles set bio = 'x'`);
    expect(entry).toMatchObject({ actor_id: ada, actor_role: 'authenticated' });
  });
});

describe('reading', () => {
  const tables = ['audit_logs', 'audit_log_values'];

  beforeAll(async () => {
    await sql.query(`update public.profiles set bio = 'of ' || user_id`);
  });

  it.each(tables)('%s: the own for a person, all for the service, none for the others', async (table) => {
    const subjects = async (actor: Actor | string) =>
      new Set((await reference.as(actor, `select subject_id from public.${table}`)).rows.map((row) => row.subject_id));
    expect(await subjects(ada)).toEqual(new Set([ada]));
    expect(await subjects(bob)).toEqual(new Set([bob]));
    expect(await subjects('service_role')).toEqual(new Set([ada, bob, null]));
    expect(await subjects('authenticated')).toEqual(new Set());
    expect(await subjects({ role: 'authenticated', claims: { sub: randomUUID() } })).toEqual(new Set());
    expect(await reference.outcome({ role: 'authenticated', claims: { sub: '' } }, `select from public.${table}`)).toBe(
      '22P02',
    );
    expect(await reference.outcome('anon', `select from public.${table}`)).toBe(refused);
  });

  it.each(tables)('%s: nobody of the API writes, or reaches a partition', async (table) => {
    const { rows: partitions } = await sql.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'public.${table}'::regclass`,
    );
    expect(partitions.length).toBeGreaterThan(3);
    const writes = [
      `insert into $ default values`,
      `update $ set subject_id = null`,
      `delete from $`,
      `truncate $`,
      `select * from $ for update`,
    ];
    for (const actor of ['anon', ada, 'service_role']) {
      for (const write of writes) {
        expect(await reference.outcome(actor, write.replace('$', `public.${table}`)), `${actor}: ${write}`).toBe(
          refused,
        );
      }
      for (const { name } of partitions) {
        for (const statement of [`select from ${name}`, `insert into ${name} default values`, `truncate ${name}`]) {
          expect(await reference.outcome(actor, statement), `${actor}: ${statement}`).toBe(refused);
        }
      }
    }
  });

  it.each([
    `select private.audit_table('public.audit_logs', '{id}', null)`,
    `select private.write_audit_log('public.users', 'insert', null, null, '{}', null, null)`,
    'select * from private.audit_erasures',
    'select * from private.audit_gaps()',
    `select nextval('private.audit_log_ids')`,
  ])('what belongs to the owner: %s', async (statement) => {
    for (const actor of ['anon', ada, 'service_role']) expect(await reference.outcome(actor, statement)).toBe(refused);
  });
});

it('rows lie in the partition of their month, and are moved there from the default one with the guards on', async () => {
  const other = await referenceDatabase();
  const carol = await other.signUp();
  const lie = async () =>
    (
      await other.sql.query<{ name: string }>(
        `select distinct tableoid::regclass::text as name from public.audit_logs
        union select distinct tableoid::regclass::text from public.audit_log_values order by 1`,
      )
    ).rows.map(({ name }) => name.replace(/\d{4}_\d\d$/, 'month'));
  expect(await lie()).toEqual(['private.audit_log_values_default', 'private.audit_logs_default']);
  await other.sql.query('select public.create_partitions()');
  expect(await lie()).toEqual(['private.audit_log_values_month', 'private.audit_logs_month']);
  await other.sql.query(`update public.profiles set bio = 'x'`);
  expect(await lie()).toEqual(['private.audit_log_values_month', 'private.audit_logs_month']);
  expect(await attempt(other.sql, `delete from public.audit_log_values where subject_id = '${carol}'`)).toBe(refused);
  const { rows } = await other.sql.query(
    `select tgrelid::regclass, tgname from pg_trigger where tgname ~ '^refuse' and tgenabled <> 'A'`,
  );
  expect(rows).toEqual([]);
});

describe('the generator', () => {
  const inTransaction = async (statements: string, then?: () => Promise<void>) => {
    await sql.run('begin');
    try {
      await sql.run(statements);
      await then?.();
      return 'ok';
    } catch (error) {
      return sqlstateOf(error);
    } finally {
      await sql.run('rollback');
    }
  };

  it('knows every column of the tables that are audited', async () => {
    const { rows } = await sql.query('select * from private.audit_gaps()');
    expect(rows).toEqual([]);
    const audited = await sql.query<{ name: string }>(
      `select tgrelid::regclass::text as name from pg_trigger where tgname = 'audit_changes' order by 1`,
    );
    expect(audited.rows.map(({ name }) => name)).toEqual([
      'profiles',
      'sessions',
      'subscription_plans',
      'user_subscriptions',
      'users',
    ]);
  });

  it('runs again after a column came, as its function’s comment says', async () => {
    const done = await inTransaction(
      'alter table public.profiles add column motto text, add column "e" text',
      async () => {
        const gaps = await sql.query(`select relation::text, column_name from private.audit_gaps()`);
        expect(gaps.rows).toEqual([
          { relation: 'profiles', column_name: 'motto' },
          { relation: 'profiles', column_name: 'e' },
        ]);
        const { rows } = await sql.query<{ call: string }>(
          `select obj_description('private.audit_profiles'::regproc, 'pg_proc') as call`,
        );
        await sql.run(`select ${rows[0]?.call}; update public.profiles set motto = 'Sums' where user_id = '${ada}'`);
        expect((await sql.query('select from private.audit_gaps()')).rows).toEqual([]);
        expect(await newest(sql)).toMatchObject([{ changed_columns: ['motto'], new_values: { motto: 'Sums' } }]);
      },
    );
    expect(done).toBe('ok');
  });

  it('a column that went, and that the function still reads, stops the write', async () => {
    expect(
      await inTransaction(
        'alter table public.subscription_plans drop column sort_order; update public.subscription_plans set name = $$x$$',
      ),
    ).toBe('42703');
  });

  it('takes names, keys and types as they come', async () => {
    const wide = Array.from({ length: 60 }, (_, index) => `, column_${index} integer`).join('');
    const done = await inTransaction(
      `create extension citext with schema extensions; create schema "billing's";
      create table "billing's"."In voice" (
        "year's" integer, "no" integer, customer uuid, "a ""b""" text, told json, at point, title extensions.citext,
        total numeric, doubled numeric generated always as (total * 2) stored${wide}, primary key ("year's", "no"));
      select private.audit_table('"billing''s"."In voice"', array['year''s', 'no']::name[], 'customer', array['at']::name[]);
      insert into "billing's"."In voice" ("year's", "no", told, at, title, total, column_59) values (2026, 7, '{"a": 1}', '(1,2)', 'ada', 1.0, 59);
      update "billing's"."In voice" set told = '{"a": 2}', "a ""b""" = 'x', title = 'Ada', total = 1.00, at = '(1,3)'`,
      async () => {
        const [born, changed] = await newest(sql);
        expect(born).toMatchObject({
          ...{ table_name: `"billing's"."In voice"`, row_key: { "year's": 2026, no: 7 }, subject_id: null },
          changed_columns: ["year's", 'no', 'told', 'at', 'title', 'total', 'column_59'],
          new_values: { "year's": 2026, no: 7, told: { a: 1 }, title: 'ada', total: 1, column_59: 59 },
        });
        expect(changed?.changed_columns).toEqual(['a "b"', 'told', 'at', 'title', 'total']);
        expect(changed?.new_values).toEqual({ 'a "b"': 'x', told: { a: 2 }, title: 'Ada', total: 1 });
        expect((await sql.query('select from private.audit_gaps()')).rows).toEqual([]);
      },
    );
    expect(done).toBe('ok');
  });

  it.each([
    [`'public.profiles', '{user_id}', 'nobody'`, '42703'],
    [`'public.profiles', '{nothing}', 'user_id'`, '42703'],
    [`'public.profiles', '{user_id}', 'user_id', '{ctid}'`, '42703'],
    [`'public.profiles', '{user_id}', 'user_id', p_ignored => '{gone}'`, '42703'],
    [`'public.profiles', '{}', 'user_id'`, '22023'],
    [`'public.profiles', null, 'user_id'`, '22023'],
    [`'public.profiles', '{user_id}', 'user_id', null`, '22023'],
    [`'public.profiles', '{user_id}', 'user_id', p_ignored => null`, '22023'],
    [`'public.profiles', '{username}', 'user_id', '{username}'`, '22023'],
    [`'public.profiles', '{username}', 'user_id', '{}', '{user_id}'`, '22023'],
    [`'public.profiles', '{user_id}', 'username'`, '42804'],
    [`'public.subscription_status', '{user_id}', 'user_id'`, '42809'],
  ])('refuses audit_table(%s)', async (given, sqlstate) => {
    expect(await attempt(sql, `select private.audit_table(${given})`)).toBe(sqlstate);
  });

  it('a table whose name leaves no room for the function’s is refused', async () => {
    const name = 'n'.repeat(58);
    expect(
      await inTransaction(
        `create table public.${name} (id uuid primary key); select private.audit_table('public.${name}', '{id}', null)`,
      ),
    ).toBe('42622');
  });
});
