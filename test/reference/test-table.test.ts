/** The canary: rows that are shared, and a view that joins people to them without showing the people. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const refused = '42501';

describe.each(['revoked', 'legacy'] as const)('with default privileges %s', (defaultPrivileges) => {
  let reference: ReferenceDatabase;
  let ada: string;
  let bob: string;

  beforeAll(async () => {
    reference = await referenceDatabase({ defaultPrivileges });
    [ada, bob] = [await reference.signUp(), await reference.signUp()];
    await reference.sql.query(
      `insert into public.test_table (user_id, label, shared) values
      ($1, 'diary of Ada', false), ($1, 'notes of Ada', true), ($2, 'diary of Bob', false), ($2, 'notes of Bob', true)`,
      [ada, bob],
    );
    await reference.sql.query('update public.users set suspended_at = now() where id = $1', [bob]);
  });
  afterAll(() => reference.db.drop());

  const actors = (): Readonly<Record<string, Actor | string>> => ({
    anon: 'anon',
    ada,
    bob,
    stranger: '00000000-0000-4000-8000-000000000000',
    nobody: 'authenticated',
    service: 'service_role',
    malformed: { role: 'authenticated', claims: { sub: 'ada' } },
    'empty subject': { role: 'authenticated', claims: { sub: '' } },
    liar: { role: 'authenticated', claims: { user_metadata: { sub: ada } }, headers: { sub: ada } },
  });
  const outcome = (actor: string, statement: string) =>
    reference.outcome(actors()[actor] ?? 'anon', statement.replaceAll('{ada}', ada).replaceAll('{bob}', bob));

  it.each<[string, Readonly<Record<string, string | number>>]>([
    [
      'select * from public.test_table',
      {
        anon: refused,
        ada: 3,
        bob: 3,
        stranger: 2,
        nobody: 0,
        service: 4,
        malformed: '22P02',
        'empty subject': '22P02',
        liar: 0,
      },
    ],
    [
      'select * from public.test_table_with_users',
      {
        anon: refused,
        ada: 3,
        bob: 3,
        stranger: 2,
        nobody: 0,
        service: 4,
        malformed: '22P02',
        'empty subject': '22P02',
        liar: 0,
      },
    ],
    [
      `update public.test_table set label = 'mine'`,
      { anon: refused, ada: 2, stranger: 0, nobody: 0, service: 4, liar: 0 },
    ],
    [
      `update public.test_table set label = 'mine' returning *`,
      { anon: refused, ada: 2, stranger: 0, nobody: 0, service: 4, liar: 0 },
    ],
    [
      `update public.test_table set shared = true where user_id = '{bob}'`,
      { anon: refused, ada: 0, bob: 2, service: 2 },
    ],
    [
      `update public.test_table set user_id = '{ada}'`,
      { anon: refused, ada: refused, bob: refused, nobody: refused, service: 4 },
    ],
    [`update public.test_table set id = gen_random_uuid()`, { anon: refused, ada: refused, service: 4 }],
    [`update public.test_table set created_at = now()`, { anon: refused, ada: refused, service: 4 }],
    ['delete from public.test_table', { anon: refused, ada: 2, stranger: 0, nobody: 0, service: 4, liar: 0 }],
    [
      'delete from public.test_table where shared returning *',
      { anon: refused, ada: 1, stranger: 0, nobody: 0, service: 2 },
    ],
    ['select * from public.test_table for update', { anon: refused, ada: 2, stranger: 0, nobody: 0, service: 4 }],
    [
      `insert into public.test_table (label) values ('x') returning *`,
      { anon: refused, ada: 1, stranger: '23503', nobody: refused, service: '23502' },
    ],
    [
      `insert into public.test_table (user_id, label) values ('{ada}', 'x')`,
      { anon: refused, ada: 1, bob: refused, stranger: refused, nobody: refused, service: 1 },
    ],
    [`insert into public.test_table (id, label) values (gen_random_uuid(), 'x')`, { anon: refused, ada: refused }],
    [
      `insert into public.test_table (user_id, label) values ('00000000-0000-4000-8000-000000000000', 'x')`,
      { ada: refused, service: '23503' },
    ],
    ['truncate public.test_table', { anon: refused, ada: refused, service: refused }],
    [`update public.test_table_with_users set label = 'x'`, { anon: '55000', ada: '55000', service: '55000' }],
    ['select * from public.test_table_with_users for update', { anon: refused, ada: refused, service: refused }],
  ])('%s', async (statement, expected) => {
    for (const [actor, answer] of Object.entries(expected)) expect(await outcome(actor, statement), actor).toBe(answer);
  });

  it.each<[string, string | number]>([
    ['x', 1],
    ['x'.repeat(80), 1],
    ['🐤', 1],
    ['', '23514'],
    ['  ', '23514'],
    ['x'.repeat(81), '23514'],
    [`${' '.repeat(80)}x`, '23514'],
    ['two\nlines', '23514'],
  ])('a label: %j', async (label, expected) => {
    const insert = 'insert into public.test_table (label) values ($1)';
    expect(await reference.outcome(ada, insert, [label])).toBe(expected);
  });

  const people = `select label, user_created_at is not null as account, user_suspended_at is not null as suspended
    from public.test_table_with_users order by label collate "C"`;
  const closed = [
    { label: 'diary of Ada', account: true, suspended: false },
    { label: 'notes of Ada', account: true, suspended: false },
    { label: 'notes of Bob', account: false, suspended: false },
  ];

  it('of a row that somebody else shared the view shows the row and nothing of its user', async () => {
    expect((await reference.as(ada, people)).rows).toEqual(closed);
    expect((await reference.as('service_role', people)).rows).toContainEqual({
      label: 'notes of Bob',
      account: true,
      suspended: true,
    });
  });

  /** What Ada sees through the view after `change`, which is undone. */
  async function seenAfter(change: string) {
    const { sql } = reference;
    await sql.run(`begin; ${change}`);
    try {
      await sql.query(`select set_config('request.jwt.claims', $1, true), set_config('role', 'authenticated', true)`, [
        JSON.stringify({ sub: ada, role: 'authenticated' }),
      ]);
      return (await sql.query(people)).rows;
    } finally {
      await sql.run('rollback');
    }
  }

  it('the canary sings: without security_invoker the same view shows everybody’s', async () => {
    const { rows } = await reference.sql.query<{ definition: string }>(
      `select pg_get_viewdef('public.test_table_with_users'::regclass) as definition`,
    );
    const definition = rows[0]?.definition ?? '';
    const replace = (how: string) => `create or replace view public.test_table_with_users ${how} as ${definition}`;
    const open = [
      closed[0],
      { label: 'diary of Bob', account: true, suspended: true },
      closed[1],
      { label: 'notes of Bob', account: true, suspended: true },
    ].sort((a, b) => String(a?.label).localeCompare(String(b?.label)));
    expect(await seenAfter(replace('with (security_invoker = true)'))).toEqual(closed);
    // Said once is not said for ever: a replacement that is silent about it takes it away.
    expect(await seenAfter(replace(''))).toEqual(open);
    expect(await seenAfter('alter view public.test_table_with_users reset (security_invoker)')).toEqual(open);
    expect((await reference.as(ada, people)).rows).toEqual(closed);
  });

  it('the rows go with their user', async () => {
    const erin = await reference.signUp();
    const { sql } = reference;
    await sql.query(`insert into public.test_table (user_id, label) values ($1, 'of Erin')`, [erin]);
    await sql.query('delete from public.users where id = $1', [erin]);
    expect((await sql.query(`select label from public.test_table where label = 'of Erin'`)).rows).toEqual([]);
    expect((await sql.query('select label from public.test_table')).rows).toHaveLength(4);
  });
});
