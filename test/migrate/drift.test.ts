import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DbkitConfig } from '../../src/config/schema.ts';
import { baselineMigrations } from '../../src/migrate/baseline.ts';
import { detectDrift } from '../../src/migrate/drift/drift.ts';
import type { DriftReport } from '../../src/migrate/drift/report.ts';
import { migrateUp } from '../../src/migrate/migrate.ts';
import { runCli } from '../harness/run-cli.ts';
import type { Project } from './project.ts';
import { migrationProject, targetOn } from './project.ts';
import { inputFor } from './verb-input.ts';

const orders = {
  '1_orders.up.sql':
    'create table public.orders (id bigint primary key, note text); alter table public.orders enable row level security',
  '1_orders.down.sql': 'drop table public.orders',
};

interface More {
  readonly ignore?: readonly string[];
  readonly write?: string;
  readonly config?: DbkitConfig;
}

function drift(project: Project, { ignore = [], write, config = {} }: More = {}): Promise<DriftReport> {
  const input = inputFor(project.folder, config);
  return detectDrift(
    { ignore, write: write ?? null },
    { ...input, config: { ...input.config, app: project.options.app } },
    project.context,
  );
}

const words = (report: DriftReport) => report.differences.map((one) => one.words);

test('what was changed by hand is seen, the target is not written to, and a migration of it is proven', async () => {
  const project = await migrationProject({
    ...orders,
    '2_later.up.sql': 'create table later ()',
    '2_later.down.sql': 'drop table later',
  });
  await migrateUp({ ...project.options, count: 1 }, project.context);
  expect(words(await drift(project))).toEqual([]);
  await project.sql.run(`create policy hand on public.orders using (true); create index "By note" on public.orders (note);
    alter table public.orders add column total numeric default 0`);
  const before = await project.sql.query('select event, subject from dbkit.event order by id');
  const report = await drift(project, { ignore: ['column *'] });
  expect(words(report)).toHaveLength(2);
  expect(report).toMatchObject({ applied: 1, ignored: 1, notAsApplied: [], inconclusive: [] });
  expect(report.mendDatabase.join('\n')).toContain('drop policy');
  expect(report.mendDatabase.join('\n')).not.toContain('total');
  expect((await project.sql.query('select event, subject from dbkit.event order by id')).rows).toEqual(before.rows);

  const { written } = await drift(project, { write: 'Adopt hand-made things' });
  expect(written).toMatchObject({ proven: true, faults: [] });
  expect(readdirSync(project.folder).filter((name) => name.includes('adopt'))).toEqual([
    '20260102030405_adopt_hand_made_things.down.sql',
    '20260102030405_adopt_hand_made_things.up.sql',
  ]);
  expect(written?.pendingBefore).toEqual(['2_later']);
  expect(words(await drift(project))).toHaveLength(3);
  const { recorded } = await baselineMigrations(
    { ...project.options, name: written?.name ?? '', only: true, environment: {}, now: new Date(0) },
    project.context,
  );
  expect(recorded).toEqual([written?.name]);
  expect(words(await drift(project))).toEqual([]);
  // What was pending is still to be run.
  expect(await project.tables()).not.toContain('later');
  await migrateUp({ ...project.options, allowUnordered: true }, project.context);
  expect(await project.tables()).toContain('later');
  expect(words(await drift(project))).toEqual([]);
});

test('a migration of what was dropped by hand says that it loses data; one that rows or the folder refuse is not written', async () => {
  const project = await migrationProject({
    ...orders,
    '2_later.up.sql': 'create table later ()',
    '2_later.down.sql': 'drop table later',
  });
  await migrateUp({ ...project.options, count: 1 }, project.context);
  await project.sql.run('alter table public.orders drop column note');
  const dropped = await drift(project, { write: 'gone' });
  expect(dropped.written).toMatchObject({ proven: true, losesData: [expect.stringContaining('drop column')] });
  expect(readFileSync(join(project.folder, '20260102030405_gone.up.sql'), 'utf8')).toContain('-- dbkit:lossy');
  for (const way of ['up', 'down']) await project.remove(`20260102030405_gone.${way}.sql`);

  // On this database it is empty; where there are rows the up fails.
  await project.sql.run('alter table public.orders add column note text, add column owner bigint not null');
  const refused = await drift(project, { write: 'refused' });
  expect(refused.written).toMatchObject({ proven: false, files: [] });
  expect(refused.written?.faults.join('\n')).toContain('contains null values');
  await project.sql.run('alter table public.orders drop column owner');

  // The files make a table of that name already, in one that is pending.
  await project.sql.run('create table public.later (id int)');
  const clash = await drift(project, { write: 'clash' });
  expect(clash.written).toMatchObject({ proven: false, files: [] });
  expect(clash.written?.faults.join('\n')).toContain('already exists');
  expect(readdirSync(project.folder).filter((name) => name.startsWith('2026'))).toEqual([]);
});

test('an edited file, a deleted file and an object that was dropped by hand are said', async () => {
  const project = await migrationProject({
    ...orders,
    '2_a.up.sql': 'create table a (id int)',
    '2_a.down.sql': 'drop table a',
    '3_b.up.sql': 'create table b (id int)',
    '3_b.down.sql': 'drop table b',
  });
  await migrateUp(project.options, project.context);
  await project.write({ '2_a.up.sql': 'create table a (id int, more text)' });
  await project.remove('3_b.up.sql');
  await project.remove('3_b.down.sql');
  await project.sql.run('drop table orders');
  const report = await drift(project);
  expect(report.notAsApplied).toEqual([
    '2_a was edited since it was applied: the file as it is now is what counts',
    '3_b was applied, and its file is gone: what it made counts as a difference',
  ]);
  expect(report.differences.map(({ change, object }) => `${change} ${object}`).sort()).toEqual([
    'added table public.b',
    'removed column public.a.more',
    'removed table public.orders',
  ]);
});

test('a baseline with its file shows no drift, and one whose file is gone is said', async () => {
  const schema = `create schema sales; create table sales.orders (id bigint generated always as identity primary key);
    create view public.v as select id from sales.orders; comment on table sales.orders is 'x'`;
  const project = await migrationProject({
    '1_baseline.up.sql': `-- dbkit:irreversible the schema was there before dbkit\n${schema}`,
  });
  await project.sql.run(schema);
  await baselineMigrations(
    { ...project.options, name: '1_baseline', environment: {}, now: new Date(0) },
    project.context,
  );
  const report = await drift(project);
  expect(words(report)).toEqual([]);
  expect(report.applied).toBe(1);
  await project.remove('1_baseline.up.sql');
  await project.sql.run(`update dbkit.journal set kind = 'baseline'`);
  const gone = await drift(project);
  expect(gone.notAsApplied).toEqual([
    '1_baseline is a baseline without a file: all that it stands for counts as a difference',
  ]);
  expect(gone.differences.map(({ object }) => object)).toContain('table sales.orders');
});

test('of two applications in one database each sees what was done to its own objects', async () => {
  const project = await migrationProject(orders);
  await migrateUp(project.options, project.context);
  await migrateUp(
    {
      ...project.options,
      app: 'billing',
      files: undefined,
      folder: (
        await migrationProject({ '1_b.up.sql': 'create table billing (id int)', '1_b.down.sql': 'drop table billing' })
      ).folder,
    },
    project.context,
  );
  const quiet = await drift(project);
  expect(words(quiet)).toEqual([]);
  expect(quiet.inconclusive).toEqual([
    'billing shares this database: 1 tables, views and functions that these files do not make were not compared',
  ]);
  await project.sql.run('create policy hand on public.orders using (true); alter table billing add column more int');
  expect((await drift(project)).differences.map(({ object }) => object)).toEqual(['policy hand on public.orders']);
});

test("on the stand-in of Supabase the platform's own objects are no drift, a policy on storage.objects is", async () => {
  const project = await migrationProject(orders, { platform: 'supabase', description: { platform: 'supabase' } });
  await migrateUp(project.options, project.context);
  expect(words(await drift(project))).toEqual([]);
  const admin = await project.db.connectAsAdmin();
  await admin.run('create policy hand on storage.objects for select using (true)');
  expect((await drift(project)).differences.map(({ change, object }) => `${change} ${object}`)).toEqual([
    'added policy hand on storage.objects',
  ]);
});

test('on a server that was given by URL the scratch role counts as the role of the target', async () => {
  const project = await migrationProject(orders);
  await migrateUp(project.options, project.context);
  const report = await drift(project, { config: { scratch: { where: project.db.url } } });
  expect(words(report)).toEqual([]);
});

test('the command line says it and ends with 1; in JSON too', async () => {
  const project = await migrationProject(orders);
  await migrateUp(project.options, project.context);
  const cwd = await project.commandLineFolder({ environments: { here: { url: project.db.url } } });
  const clean = await runCli(['migrate', 'drift', '--env', 'here'], { cwd });
  expect(clean).toMatchObject({ status: 0, stdout: expect.stringContaining('no drift') });
  await project.sql.run('create table stray (id int)');
  const found = await runCli(['migrate', 'drift', '--env', 'here', '--sql'], { cwd });
  expect(found.status).toBe(1);
  expect(found.stdout).toContain('+ table public.stray is new');
  expect(found.stdout).toContain('drop table');
  const json = await runCli(['migrate', 'diff', 'scratch', 'here', '--json'], { cwd });
  expect(json.status).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    command: 'migrate diff',
    exitCode: 1,
    result: {
      from: { name: 'scratch' },
      to: { name: 'here', database: project.db.name },
      differences: [{ object: 'table public.stray', change: 'added' }],
    },
  });
  const nowhere = await runCli(['migrate', 'diff', 'here', 'elsewhere'], { cwd });
  expect(nowhere).toMatchObject({ status: 2, stderr: expect.stringContaining('"elsewhere" names no database') });
});

test('a superuser sees no drift in what another role made', async () => {
  const project = await migrationProject(orders);
  const role = `drift_maker_${project.db.name.slice(-8)}`;
  await project.sql.run(`create role ${role} login; alter database ${project.db.name} owner to ${role}`);
  onTestFinished(() =>
    project.sql
      .run(`alter database ${project.db.name} owner to postgres; drop owned by ${role} cascade; drop role ${role}`)
      .then(() => undefined),
  );
  await migrateUp(project.options, { ...project.context, db: targetOn({ ...project.db.settings, user: role }) });
  expect(words(await drift(project))).toEqual([]);
});
