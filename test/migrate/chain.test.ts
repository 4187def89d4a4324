/** SQL migrations that are sent one behind the other: what stands, what does not, and what is on the disk. */
import { expect, it } from 'vitest';
import { migrateUp } from '../../src/migrate/migrate.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import { startServer } from '../harness/start-server.ts';
import { failureOf, gatedPair, migrationProject, tablePair, targetOn, untilRunning } from './project.ts';

const pair = (version: string, up: string) => ({ [`${version}_a.up.sql`]: up, [`${version}_a.down.sql`]: 'select 1' });

it('runs more than one chain takes, each in a transaction of its own, and waits for the disk once', async () => {
  const versions = Array.from({ length: 70 }, (_, index) => String(index + 2).padStart(3, '0'));
  const project = await migrationProject({
    ...pair('001', 'create table seen (at bigint generated always as identity, xid xid8, waits text)'),
    ...Object.assign(
      {},
      ...versions.map((version) =>
        pair(
          version,
          "insert into seen (xid, waits) values (pg_current_xact_id(), current_setting('synchronous_commit'));",
        ),
      ),
    ),
  });
  // The servers of these tests never wait by themselves.
  await project.sql.run(`alter database ${project.db.name} set synchronous_commit = local`);
  const { ran, pending } = await migrateUp(project.options, project.context);
  expect([ran.length, pending]).toEqual([71, 0]);
  const { rows } = await project.sql.query<{ xids: string; off: string; last: string }>(
    `select count(distinct xid) as xids, count(*) filter (where waits = 'off') as off,
       (select waits from seen order by at desc limit 1) as last from seen`,
  );
  expect(rows).toEqual([{ xids: '70', off: '69', last: 'local' }]);
  const { rows: record } = await project.sql.query<{ name: string; n: number }>(
    `select j.name, cardinality(j.statements) as n from dbkit.journal j join dbkit.event e on e.subject = j.name
     where j.state = 'applied' and j.duration_ms >= 0 and e.event = 'up' order by j.applied_order`,
  );
  expect(record).toEqual(['001', ...versions].map((version) => ({ name: `${version}_a`, n: 1 })));
  expect(project.events.filter(({ kind }) => kind === 'end').map(({ text }) => text)).toEqual(
    ['001', ...versions].map((version) => `up ${version}_a`),
  );
});

it.each([
  ['a statement', 'create table b (id int);\nselect nothing;', { location: { line: 2, column: 8 } }],
  ['its COMMIT', 'insert into marks values (1), (1);', { message: expect.stringContaining('duplicate key') }],
])('stops where %s fails: those before it stand, those behind it were not begun', async (_what, up, fault) => {
  const project = await migrationProject({
    ...pair('01', 'create table marks (id int primary key deferrable initially deferred)'),
    ...pair('02', 'create table a (id int)'),
    ...pair('03', up),
    ...pair('04', 'create table c (id int)'),
    ...pair('05', 'create table d (id int)'),
  });
  const error = await failureOf(migrateUp(project.options, project.context));
  expect(error).toMatchObject({
    code: 'MIGRATION_FAILED',
    details: ['03_a was rolled back', '2 of 5 applied before it: they stand'],
    result: { ran: [{ name: '01_a' }, { name: '02_a' }] },
    ...fault,
  });
  expect(await project.tables()).toEqual(['a', 'marks']);
  await project.write({ '03_a.up.sql': 'create table b (id int)' });
  expect((await migrateUp(project.options, project.context)).ran.map(({ name }) => name)).toEqual([
    '03_a',
    '04_a',
    '05_a',
  ]);
});

it('runs what only the beginning of a transaction or the simple protocol might take', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    ...pair('02', 'set transaction isolation level serializable;\ncreate table a (id int)'),
    ...pair('03', 'set constraints all deferred;\ncreate table b (id int)'),
    ...pair('04', 'create function twice(int) returns int begin atomic select $1 * 2; end;\n-- and no more'),
    ...pair('05', 'prepare p as select $1::int;\nexecute p (1);\nselect 1;\nshow work_mem;\nexplain select 1;'),
    ...pair('06', 'savepoint before;\ncreate table c (id int);\nrelease before;'),
    ...pair('07', ''),
    ...tablePair('08', 'nurses'),
  });
  expect((await migrateUp(project.options, project.context)).ran).toHaveLength(8);
  expect(await project.tables()).toEqual(['a', 'b', 'c', 'doctors', 'nurses']);
  expect((await project.sql.query('select twice(21)')).rows).toEqual([{ twice: 42 }]);
});

it('has on the disk what it says stands', async () => {
  const server = await startServer();
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    ...tablePair('02', 'nurses'),
    ...pair('03', 'select nothing'),
  });
  const settings = server.adminSettings('postgres');
  const admin = await connect(settings, { applicationName: 'test' });
  // Else the server's own writer may be quicker than the question.
  await admin.run('alter system set wal_writer_delay = 10000');
  await admin.run('alter system set synchronous_commit = on');
  await admin.run('select pg_reload_conf()');
  await admin.run('select pg_switch_wal()');
  await failureOf(migrateUp(project.options, { ...project.context, db: targetOn(settings) }));
  const { rows } = await admin.query<{ flushed: boolean }>(
    `select pg_current_wal_flush_lsn() >= (select max(pg_current_wal_insert_lsn()) from dbkit.journal) as flushed`,
  );
  await admin.close();
  expect(rows).toEqual([{ flushed: true }]);
});

it('begins nothing more when the server says that the run lock is free', async () => {
  const project = await migrationProject({
    ...gatedPair('01', 'doctors'),
    ...tablePair('02', 'nurses'),
    ...tablePair('03', 'porters'),
  });
  await project.sql.run('create table gate ()');
  const sessions: Connection[] = [];
  const connectNoting = async (name: string) => {
    const session = await project.context.db.connect(name);
    sessions.push(session);
    return session;
  };
  const db = { ...project.context.db, connect: connectNoting };
  const failed = failureOf(migrateUp(project.options, { ...project.context, db }));
  await untilRunning(project.sql, 'from public.gate');
  // The session lives and the client sees nothing: only its transaction, and with it the lock, is over.
  await sessions[0]?.run('rollback');
  await project.sql.run('insert into gate default values');
  expect(await failed).toMatchObject({
    code: 'CONNECTION_LOST',
    message: expect.stringContaining('the session that held the run lock is gone'),
    details: ['1 of 3 applied before it: they stand'],
  });
  expect(await project.tables()).toEqual(['doctors', 'gate']);
});

it('is interrupted in the middle: what is done stands, the rest was not begun', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    ...tablePair('02', 'nurses'),
    ...gatedPair('03', 'porters'),
    ...tablePair('04', 'wards'),
  });
  await project.sql.run('create table gate ()');
  const controller = new AbortController();
  const failed = failureOf(migrateUp(project.options, { ...project.context, signal: controller.signal }));
  await untilRunning(project.sql, 'from public.gate');
  controller.abort();
  expect(await failed).toMatchObject({
    code: 'INTERRUPTED',
    details: ['03_porters was rolled back', '2 of 4 applied before it: they stand'],
  });
  expect(await project.tables()).toEqual(['doctors', 'gate', 'nurses']);
});

it('tries again what waited too long for a lock, and goes on behind it', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    ...pair('02', 'alter table held add column more int'),
    ...tablePair('03', 'nurses'),
  });
  await project.sql.run('create table held (id int)');
  const holder = await project.db.connect();
  await holder.run('begin; lock table held');
  let retried = () => {};
  const retry = new Promise<void>((resolve) => (retried = resolve));
  const running = migrateUp(
    { ...project.options, lockTimeoutMs: 100 },
    {
      ...project.context,
      onEvent: (event) => event.kind === 'wait' && event.text.includes('attempt 2 of 6') && retried(),
    },
  );
  await retry;
  await holder.run('commit');
  expect((await running).ran.map(({ name }) => name)).toEqual(['01_doctors', '02_a', '03_nurses']);
});
