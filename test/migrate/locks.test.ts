/** Waiting: for locks of tables, for old transactions, for another run. */
import { expect, it } from 'vitest';
import { migrateUp } from '../../src/migrate/migrate.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { withRunLock } from '../../src/postgres/run-lock.ts';
import { runCli, startCli } from '../harness/run-cli.ts';
import type { Project } from './project.ts';
import { failureOf, gatedPair, migrationProject, tablePair, untilRunning } from './project.ts';

const addColumn = {
  '02_names.up.sql': 'alter table doctors add column name text',
  '02_names.down.sql': 'alter table doctors drop column name',
};

/** Holds a lock on the table that everything waits for. */
async function holdDoctors(project: Project): Promise<Connection> {
  const holder = await project.db.connect();
  await holder.run(`set application_name = 'report'; begin; lock table doctors in access exclusive mode`);
  return holder;
}

/** Calls `then` when an event of a run says `text`. */
function whenSaid(project: Project, text: string, then: () => Promise<unknown>): void {
  let said = false;
  const { onEvent } = project.context;
  Object.assign(project.context, {
    onEvent: (event: Parameters<typeof onEvent>[0]) => {
      onEvent(event);
      if (said || !event.text.includes(text)) return;
      said = true;
      void then();
    },
  });
}

it('tries six times for a lock, names who holds it, and gives up with LOCK_TIMEOUT', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await migrateUp(project.options, project.context);
  await project.write(addColumn);
  const holder = await holdDoctors(project);
  const options = { ...project.options, lockTimeoutMs: 200 };
  const error = await failureOf(migrateUp(options, project.context));
  expect(error).toMatchObject({
    code: 'LOCK_TIMEOUT',
    message: 'up of 02_names got no lock within 200 ms, in 6 attempts',
    hint: 'end the blocking transaction, or run again when it is over',
  });
  expect(error.exitCode).toBe(3);
  expect(error.details).toEqual([
    expect.stringMatching(
      /^blocked by pid \d+, user postgres, report, idle in transaction for \d+ s: .*lock table doctors/,
    ),
    '02_names was rolled back',
    'nothing else was changed',
  ]);
  const waits = project.events.filter(({ kind }) => kind === 'wait').map(({ text }) => text);
  expect(waits.filter((text) => text.startsWith('no lock within'))).toHaveLength(5);
  expect(waits).toContainEqual(expect.stringContaining('waiting for a lock held by pid'));
  await holder.run('rollback');
  expect((await migrateUp(options, project.context)).applied).toBe(2);
});

it('gets the lock when the holder lets go while it tries', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await migrateUp(project.options, project.context);
  await project.write(addColumn);
  const holder = await holdDoctors(project);
  whenSaid(project, 'attempt 2 of 6', () => holder.run('rollback'));
  expect((await migrateUp({ ...project.options, lockTimeoutMs: 200 }, project.context)).applied).toBe(2);
});

it('says which old transaction an index built concurrently waits for, and builds it when that is over', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await migrateUp(project.options, project.context);
  await project.write({
    '02_index.up.sql': '-- dbkit:transaction off\ncreate index concurrently doctors_id on doctors (id)',
    '02_index.down.sql': '-- dbkit:transaction off\ndrop index concurrently doctors_id',
  });
  const old = await project.db.connect();
  await old.run(`set application_name = 'report'; begin isolation level repeatable read; select * from doctors`);
  const options = { ...project.options, lockTimeoutMs: 200 };
  expect(await failureOf(migrateUp(options, project.context))).toMatchObject({
    code: 'LOCK_TIMEOUT',
    details: [expect.stringContaining('report'), expect.any(String), 'nothing else was changed'],
  });
  whenSaid(project, 'attempt 2 of 6', () => old.run('rollback'));
  expect((await migrateUp(options, project.context)).applied).toBe(2);
  const { rows } = await project.sql.query(
    `select relname, indisvalid from pg_index join pg_class c on c.oid = indexrelid where indrelid = 'doctors'::regclass order by 1`,
  );
  expect(rows).toEqual([
    { relname: 'doctors_id', indisvalid: true },
    { relname: 'doctors_pkey', indisvalid: true },
  ]);
});

/** What CREATE INDEX CONCURRENTLY would wait for: the snapshots of the session that holds the run lock. */
async function lockSnapshots(project: Project): Promise<readonly unknown[]> {
  const { rows } = await project.sql.query<{ snapshot: unknown }>(
    `select a.backend_xmin as snapshot from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and a.datname = current_database()`,
  );
  return rows.map(({ snapshot }) => snapshot);
}

it.each([150000, 180000])('keeps no snapshot with the run lock, on a server of version %i', async (serverVersion) => {
  const project = await migrationProject({});
  const session = Object.create(await project.db.connect(), { serverVersion: { value: serverVersion } }) as Connection;
  const { signal, onEvent } = project.context;
  const held = withRunLock(session, { app: 'default', waitMs: 0, signal, onEvent }, () => lockSnapshots(project));
  expect(await held).toEqual([null]);
});

it('keeps no snapshot after it looked who blocks', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await migrateUp(project.options, project.context);
  await project.write(addColumn);
  const holder = await holdDoctors(project);
  const seen: unknown[] = [];
  whenSaid(project, 'waiting for a lock held', async () => {
    seen.push(...(await lockSnapshots(project)));
    await holder.run('rollback');
  });
  await migrateUp(project.options, project.context);
  expect(seen).toEqual([null]);
});

it('ends a statement that takes longer than the config allows', async () => {
  const project = await migrationProject({ '01_a.up.sql': 'select pg_sleep(60)', '01_a.down.sql': 'select 1' });
  expect(await failureOf(migrateUp({ ...project.options, statementTimeoutMs: 100 }, project.context))).toMatchObject({
    code: 'MIGRATION_FAILED',
    sql: { sqlstate: '57014' },
  });
});

it('waits for another run, names it, and then finds nothing to do', async () => {
  const project = await migrationProject(gatedPair('01', 'doctors'));
  await project.sql.run('create table gate ()');
  const cwd = await project.commandLineFolder();
  const arguments_ = ['migrate', 'up', '--database-url', project.db.url];
  const first = startCli(arguments_, { cwd });
  await untilRunning(project.sql, 'from public.gate');
  const hurried = await runCli([...arguments_, '--wait', '1ms', '--json'], { cwd });
  expect(hurried.status).toBe(3);
  expect(JSON.parse(hurried.stdout).error).toMatchObject({
    code: 'RUN_LOCKED',
    message: expect.stringMatching(/holds the lock of app "default": pid \d+, user postgres, dbkit migrate up/),
  });
  const second = startCli(arguments_, { cwd });
  await second.untilStderr('waiting for another dbkit run: pid');
  await project.sql.run('insert into gate default values');
  expect((await first.result).status).toBe(0);
  expect(await second.result).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing to do') });
});

it('lets two apps of one database run at the same time', async () => {
  const project = await migrationProject(gatedPair('01', 'doctors'));
  await project.sql.run('create table gate ()');
  const first = startCli(['migrate', 'up', '--database-url', project.db.url], {
    cwd: await project.commandLineFolder(),
  });
  await untilRunning(project.sql, 'from public.gate');
  const other = await migrationProject(tablePair('01', 'nurses'));
  const ward = await migrateUp({ ...other.options, app: 'ward', waitMs: 0 }, project.context);
  expect(ward.applied).toBe(1);
  await project.sql.run('insert into gate default values');
  expect((await first.result).status).toBe(0);
});

it.each(['', 'export const config = { transaction: false };'])(
  'leaves at the first Ctrl-C what TypeScript waits for: %s',
  async (config) => {
    const project = await migrationProject({
      '01_slow.ts': `import { sql } from 'kysely';
${config}
export async function up(db) {
  await sql.raw('create table slow ()').execute(db);
  console.error('waits');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
export async function down() {}
`,
    });
    const run = startCli(['migrate', 'up', '--database-url', project.db.url], {
      cwd: await project.commandLineFolder(),
    });
    await run.untilStderr('waits');
    run.kill('SIGINT');
    const { status, stderr } = await run.result;
    expect(status).toBe(130);
    expect(stderr).toContain('INTERRUPTED');
  },
);

it('cancels the running statement at the first Ctrl-C and says what state the database is in', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    '02_slow.up.sql': 'create table slow (id int); select pg_sleep(60);',
    '02_slow.down.sql': 'drop table slow',
  });
  const run = startCli(['migrate', 'up', '--database-url', project.db.url], { cwd: await project.commandLineFolder() });
  await untilRunning(project.sql, 'pg_sleep(60)');
  run.kill('SIGINT');
  const { status, stderr } = await run.result;
  expect(status).toBe(130);
  expect(stderr).toContain('02_slow was rolled back');
  expect(stderr).toContain('1 of 2 applied before it: they stand');
  expect(await project.tables()).toEqual(['doctors']);
});
