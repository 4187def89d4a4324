import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/events.ts';
import { readMarker } from '../../src/postgres/own-schema.ts';
import type { ScratchOptions } from '../../src/postgres/scratch.ts';
import { openScratch } from '../../src/postgres/scratch.ts';
import { createScratchDatabase } from '../../src/postgres/scratch-database.ts';
import { readScratchNeeds, scratchLacks } from '../../src/postgres/scratch-needs.ts';
import { withSession } from '../harness/sessions.ts';
import { testDatabase } from '../harness/test-database.ts';

function options(more: Partial<ScratchOptions> = {}): ScratchOptions {
  return {
    projectRoot: process.cwd(),
    major: 18,
    platform: 'postgres',
    environment: {},
    dbkitVersion: '0.0.0-test',
    onEvent: () => {},
    signal: new AbortController().signal,
    ...more,
  };
}

test('a scratch database on a server of its own is marked, empty, and gone after close', async () => {
  const { target, lacks } = await openScratch(options());
  expect(target.description).toMatchObject({
    kind: 'scratch',
    environment: null,
    marker: 'scratch',
    source: 'scratch',
  });
  expect(lacks).toEqual([]);
  const session = await target.connect('dbkit test');
  expect(await readMarker(session)).toBe('scratch');
  expect(existsSync(target.description.host)).toBe(true);
  await target.close();
  expect(existsSync(target.description.host)).toBe(false);
});

test('on the platform supabase it has what Supabase brings, and dbkit works as postgres', async () => {
  const { target } = await openScratch(options({ platform: 'supabase' }));
  try {
    expect(target.description).toMatchObject({ platform: 'supabase', role: 'postgres', database: 'postgres' });
    const session = await target.connect('dbkit test');
    const { rows } = await session.query(`select to_regclass('auth.users') is not null as users`);
    expect(rows).toEqual([{ users: true }]);
  } finally {
    await target.close();
  }
});

test('with a URL it is a new database on that server, dropped by close', async () => {
  const given = await testDatabase();
  const { target } = await openScratch(options({ scratch: 'env:SCRATCH', environment: { SCRATCH: given.url } }));
  const { database } = target.description;
  expect(database).toMatch(/^dbkit_scratch_[0-9a-f]{24}_[0-9a-f]{8}$/);
  const count = (): Promise<unknown> =>
    withSession(given.settings, async (session) => {
      const { rows } = await session.query('select 1 as there from pg_catalog.pg_database where datname = $1', [
        database,
      ]);
      return rows.length;
    });
  expect(await count()).toBe(1);
  await target.connect('dbkit test');
  await target.close();
  expect(await count()).toBe(0);
});

test('what a killed command left goes with the next scratch database, what is in use stays', async () => {
  const given = await testDatabase();
  const signal = new AbortController().signal;
  const names = async (): Promise<readonly unknown[]> => {
    const { rows } = await withSession(given.settings, (session) =>
      session.query<{ name: string }>(
        `select datname as name from pg_catalog.pg_database
         where pg_catalog.shobj_description(oid, 'pg_database') like '%made from ' || current_database() || ';%'`,
      ),
    );
    return rows.map((row) => row.name).sort();
  };
  const inUse = await createScratchDatabase(given.settings, signal);
  const killed = await createScratchDatabase(given.settings, signal);
  await withSession(given.settings, (session) =>
    // As kill -9 does: the session that holds the lock of the second one ends.
    session.query(
      `select pg_catalog.pg_terminate_backend(l.pid, 5000) from pg_catalog.pg_locks l
       where l.locktype = 'advisory' and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
         and l.objid = (pg_catalog.hashtext($1)::bigint & 4294967295)::oid`,
      [killed.settings.database],
    ),
  );
  const next = await createScratchDatabase(given.settings, signal);
  expect(await names()).toEqual([inUse.settings.database, next.settings.database].sort());
  await next.drop();
  await inUse.drop();
  await killed.drop();
  expect(await names()).toEqual([]);
});

test('a command that was killed before it could say what the database is leaves nothing either', async () => {
  const given = await testDatabase();
  const signal = new AbortController().signal;
  const killed = await createScratchDatabase(given.settings, signal);
  const { database } = killed.settings;
  await withSession(given.settings, async (session) => {
    await session.run(`comment on database ${database} is null`);
    await session.query(
      `select pg_catalog.pg_terminate_backend(l.pid, 5000) from pg_catalog.pg_locks l
       where l.locktype = 'advisory' and l.database = (select oid from pg_catalog.pg_database where datname = current_database())`,
    );
  });
  const next = await createScratchDatabase(given.settings, signal);
  const { rows } = await withSession(given.settings, (session) =>
    session.query('select from pg_catalog.pg_database where datname = $1', [database]),
  );
  expect(rows).toEqual([]);
  await next.drop();
  await killed.drop();
});

test('a subscription keeps no scratch database, nor one that was killed', async () => {
  const given = await testDatabase();
  const signal = new AbortController().signal;
  const held = async (): Promise<string> => {
    const { target } = await openScratch(options({ scratch: given.adminUrl }));
    const session = await target.connect('dbkit test');
    await session.run(
      `create subscription "My ""sub" connection 'dbname=nowhere' publication p with (connect = false, slot_name = none)`,
    );
    await target.close();
    return target.description.database;
  };
  const dropped = await held();
  const killed = await createScratchDatabase(given.adminSettings, signal);
  await withSession(killed.settings, (session) =>
    session.run(
      `create subscription other connection 'dbname=nowhere' publication p with (connect = false, slot_name = far_away)`,
    ),
  );
  await withSession(given.adminSettings, (session) =>
    session.query(
      `select pg_catalog.pg_terminate_backend(l.pid, 5000) from pg_catalog.pg_locks l
       where l.locktype = 'advisory' and l.database = (select oid from pg_catalog.pg_database where datname = current_database())`,
    ),
  );
  await (await createScratchDatabase(given.adminSettings, signal)).drop();
  const { rows } = await withSession(given.settings, (session) =>
    session.query('select from pg_catalog.pg_database where datname in ($1, $2)', [dropped, killed.settings.database]),
  );
  expect(rows).toEqual([]);
});

test('what the scratch database lacks is told in one warning', async () => {
  const events: ProgressEvent[] = [];
  const needs = {
    version: '15.2',
    locale: 'libc de_DE.UTF-8',
    extensions: [
      { name: 'plpgsql', version: '1.0' },
      { name: 'postgis', version: '3.5.0' },
    ],
  };
  const { target, lacks } = await openScratch(options({ needs, onEvent: (event) => events.push(event) }));
  await target.close();
  expect(lacks).toEqual([
    expect.stringMatching(/^PostgreSQL 15\.2 \(the scratch server is 18\.\d+\)$/),
    'locale libc de_DE.UTF-8 (the scratch database has builtin C.UTF-8)',
    'extension postgis 3.5.0',
  ]);
  expect(events.filter((event) => event.kind === 'warn')).toEqual([
    { kind: 'warn', text: `the scratch database lacks ${lacks.join('; ')}` },
  ]);
});

test('a database lacks nothing of itself', async () => {
  const database = await testDatabase();
  const session = await database.connect();
  expect(await scratchLacks(session, await readScratchNeeds(session))).toEqual([]);
});

test.for([
  ['env:ORDERS', {}, 'env:ORDERS, which is not set'],
  ['', {}, 'empty'],
] as const)('--scratch %o is refused', async ([scratch, environment, said]) => {
  await expect(openScratch(options({ scratch, environment }))).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(said),
  });
});
