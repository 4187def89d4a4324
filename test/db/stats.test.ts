/** `dbkit db stats`: rounded sizes, for a role that may do nothing but connect. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { readStats } from '../../src/db/stats.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';
import { failureOf, targetOn } from '../migrate/project.ts';

async function filled() {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run(`create schema "Odd. One";
    create table "Odd. One"."Big ""t""" as select n from generate_series(1, 12345) n;
    create table public.events (id int, at date) partition by range (at);
    create table public.events_1 partition of public.events for values from ('2020-01-01') to ('2021-01-01');
    create table public.events_2 partition of public.events for values from ('2021-01-01') to ('2022-01-01');
    insert into public.events select n, date '2020-06-01' + (n % 2) * 365 from generate_series(1, 999) n;
    create table public.never (id int);
    create view public.seen as select 1;
    analyze "Odd. One"."Big ""t"""; analyze public.events_1; analyze public.events_2`);
  return { db, sql };
}

const context = (settings: Parameters<typeof targetOn>[0]) => ({
  db: targetOn(settings),
  signal: new AbortController().signal,
  onEvent: () => {},
  now: () => new Date(),
});

test('two digits of rows and bytes by id; partitioned tables are the sum of their leaves', async () => {
  const { db } = await filled();
  const all = await readStats({ schemas: null, dbkitVersion: '1.2.3' }, context(db.settings));
  expect(all).toEqual({
    dbkit: '1.2.3',
    stats: 1,
    relations: {
      '"Odd. One"."Big ""t"""': { rows: 12_000, bytes: 520_000 },
      'public.events': { rows: 1_000, bytes: 49_000 },
      'public.events_1': { rows: 500, bytes: 25_000 },
      'public.events_2': { rows: 500, bytes: 25_000 },
    },
  });
  const one = await readStats({ schemas: ['Odd. One'], dbkitVersion: '1' }, context(db.settings));
  expect(Object.keys(one.relations)).toEqual(['"Odd. One"."Big ""t"""']);
  const fault = await failureOf(readStats({ schemas: ['gone'], dbkitVersion: '1' }, context(db.settings)));
  expect(fault).toMatchObject({ code: 'USAGE', message: 'there is no schema "gone"' });
});

test('a role without rights, behind somebody who alters a table, gets the file on stdout', async () => {
  const { db, sql } = await filled();
  const role = `stats_${randomBytes(6).toString('hex')}`;
  await sql.run(`create role ${role} login password 'none'`);
  const other = await db.connect();
  try {
    await other.run('begin; lock table public.events_1, public.events; lock table public.never');
    const url = new URL(db.url);
    url.username = role;
    url.password = 'none';
    const options = { cwd: temporaryFolder('stats'), env: { DATABASE_URL: url.href } };
    const { status, stdout, stderr } = await runCli(['db', 'stats'], options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(Object.keys(JSON.parse(stdout).relations)).toContain('public.events_1');
    const { stdout: grants } = await runCli(['db', 'grants', 'db stats', '--role', role], {
      ...options,
      env: { DATABASE_URL: db.url },
    });
    expect(grants).toContain('--');
  } finally {
    await other.run('rollback');
    await sql.run(`drop owned by ${role}; drop role ${role}`);
  }
});
