/** The values of a person can be erased from the audit trail, by the service alone, and what they were is gone for good. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import { attempt } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const refused = '42501';
let reference: ReferenceDatabase;
let sql: Connection;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  sql = reference.sql;
});
afterAll(() => reference.db.drop());
beforeEach(async () => {
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  await sql.query(`update public.profiles set bio = 'Secret of ' || user_id where user_id in ($1, $2)`, [ada, bob]);
});

const erase = async (subject: string, connection = sql) =>
  Number(
    (await connection.query<{ erased: string }>('select public.erase_audit_values($1) as erased', [subject])).rows[0]
      ?.erased,
  );
const count = async (table: string, subject: string) =>
  Number(
    (await sql.query<{ n: string }>(`select count(*) as n from ${table} where subject_id = $1`, [subject])).rows[0]?.n,
  );
const deleteOf = (subject: string) => `delete from public.audit_log_values where subject_id = '${subject}'`;

it('the values go, the log and its hashes stay, and nobody else is touched', async () => {
  const logs = async () => (await sql.query('select * from public.audit_logs order by id')).rows;
  const [before, ofAda, ofBob] = [
    await logs(),
    await count('public.audit_log_values', ada),
    await count('public.audit_log_values', bob),
  ];
  expect(ofAda).toBeGreaterThan(2);
  expect(await erase(ada)).toBe(ofAda);
  expect(await count('public.audit_log_values', ada)).toBe(0);
  expect(await count('public.audit_log_values', bob)).toBe(ofBob);
  expect(await logs()).toEqual(before);
  const { rows } = await sql.query(`select from public.audit_logs l where to_jsonb(l)::text like '%Secret%'`);
  expect(rows).toEqual([]);
});

it('twice is once, and both times are on record', async () => {
  const erased = await erase(ada);
  expect(await erase(ada)).toBe(0);
  const { rows } = await sql.query('select erased::int from private.audit_erasures where subject_id = $1 order by id', [
    ada,
  ]);
  expect(rows).toEqual([{ erased }, { erased: 0 }]);
  expect(await erase(randomUUID())).toBe(0);
});

it('after the account is gone nothing is left of the values', async () => {
  const admin = await reference.db.connectAsAdmin();
  await admin.query('delete from auth.users where id = $1', [ada]);
  expect(await erase(ada)).toBeGreaterThan(4);
  const { rows } = await sql.query(
    `select from public.audit_log_values v where to_jsonb(v)::text like '%' || $1 || '%'`,
    [ada],
  );
  expect(rows).toEqual([]);
});

it('a write afterwards is logged with its values again', async () => {
  await erase(ada);
  await sql.query(`update public.profiles set bio = 'new' where user_id = $1`, [ada]);
  expect(await count('public.audit_log_values', ada)).toBe(1);
  expect(await erase(ada)).toBe(1);
});

it('is the service’s, and wants to know whose', async () => {
  for (const actor of ['anon', 'authenticated', ada]) {
    expect(await reference.outcome(actor, 'select public.erase_audit_values($1)', [ada])).toBe(refused);
  }
  expect(await reference.outcome('service_role', 'select public.erase_audit_values($1)', [ada])).toBe(1);
  expect(await reference.outcome('service_role', 'select public.erase_audit_values(null)')).toBe('PT422');
});

describe('the guard stays shut', () => {
  it.each<[string, (subject: string, other: string) => string]>([
    ['for whom nothing was said', (subject) => deleteOf(subject)],
    [
      'for one person while another is erased',
      (subject, other) => `select public.erase_audit_values('${other}'); ${deleteOf(subject)}`,
    ],
    [
      'for rows of nobody',
      (subject) => `insert into public.audit_log_values (log_id, occurred_at) values (1, now());
      select public.erase_audit_values('${subject}'); delete from public.audit_log_values where subject_id is null`,
    ],
    [
      'for updates',
      (subject) => `insert into private.audit_erasures (subject_id, erased) values ('${subject}', 0);
      update public.audit_log_values set old_values = null where subject_id = '${subject}'`,
    ],
    ['for TRUNCATE', (subject) => `select public.erase_audit_values('${subject}'); truncate public.audit_log_values`],
    [
      'when the record was undone',
      (subject) => `savepoint before; insert into private.audit_erasures (subject_id, erased) values ('${subject}', 0);
      rollback to savepoint before; ${deleteOf(subject)}`,
    ],
    // As after a restore into another cluster, where the numbers of transactions come again.
    [
      'for a record of another time with our number',
      (subject) => `insert into private.audit_erasures (subject_id, erased_at, erased)
      values ('${subject}', now() - interval '1 microsecond', 0); ${deleteOf(subject)}`,
    ],
    [
      'for settings that anybody can make',
      (subject) => `set local "app.erasing" = 'on'; set local "audit.erase" = '${subject}'; ${deleteOf(subject)}`,
    ],
  ])('%s', async (_, statements) => {
    expect(await attempt(sql, statements(ada, bob))).toBe(refused);
  });

  it('in the next transaction', async () => {
    await erase(ada);
    await sql.query(`update public.profiles set bio = 'later' where user_id = $1`, [ada]);
    expect(await attempt(sql, deleteOf(ada))).toBe(refused);
  });

  it('in a transaction that began before, when another has erased', async () => {
    const other = await reference.db.connect();
    await other.run('begin');
    await erase(ada);
    await sql.query(`update public.profiles set bio = 'later' where user_id = $1`, [ada]);
    await expect(other.run(deleteOf(ada))).rejects.toMatchObject({ code: refused });
    await other.run('rollback');
    expect(await count('public.audit_log_values', ada)).toBe(1);
  });

  it('and the same statement goes through where the record is there', async () => {
    const open = `insert into private.audit_erasures (subject_id, erased) values ('${ada}', 0)`;
    expect(await attempt(sql, `${open}; ${deleteOf(ada)}`)).toBe('ok');
  });
});

it('two at once erase each row once, and the record counts it once, 100 times', async () => {
  const [first, second, writer] = [
    await reference.db.connect(),
    await reference.db.connect(),
    await reference.db.connect(),
  ];
  let erased = 0;
  for (let round = 0; round < 100; round += 1) {
    const [one, two] = await Promise.all([
      erase(ada, first),
      erase(ada, second),
      writer.query(`update public.profiles set bio = $2 where user_id = $1`, [ada, `round ${round}`]),
    ]);
    erased += one + two;
  }
  erased += await erase(ada);
  const { rows } = await sql.query<{ recorded: number; written: number }>(
    `select (select sum(erased)::int from private.audit_erasures where subject_id = $1) as recorded,
      (select count(*)::int from public.audit_logs where subject_id = $1) as written`,
    [ada],
  );
  expect(rows).toEqual([{ recorded: erased, written: erased }]);
  expect(await count('public.audit_log_values', ada)).toBe(0);
});
