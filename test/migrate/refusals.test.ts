/** What is refused before anything runs: the database is as it was, and the error says what to do. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { migrateDown, migrateRedo, migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { planMigrations } from '../../src/migrate/plan.ts';
import { migrationStatus } from '../../src/migrate/status.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { Project } from './project.ts';
import { migrationProject, tableModule, tablePair } from './project.ts';

const up = (project: Project, more: { readonly count?: number; readonly allowUnordered?: boolean } = {}) =>
  migrateUp({ ...project.options, ...more }, project.context);
const statuses = async (project: Project) =>
  (await migrationStatus(project.options, project.context)).migrations.map(({ name, status }) => `${name} ${status}`);

it('names every pending file without a down, SQL, TypeScript and dbmate at once', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    '02_nurses.up.sql': 'create table nurses (id int)',
    '03_wards.up.sql': 'create table wards (id int)',
    '03_wards.down.sql': '-- nothing to do\n',
    '04_beds.ts': 'export async function up(db: any) { await db.schema.createTable("beds").execute(); }',
    '05_visits.sql': '-- migrate:up\ncreate table visits (id int)\n',
    '06_bills.sql': '-- migrate:up\ncreate table bills (id int)\n\n-- migrate:down\n\n',
  });
  for (const count of [1, undefined]) {
    await expect(up(project, count === undefined ? {} : { count })).rejects.toMatchObject({
      code: 'DOWN_MISSING',
      exitCode: 2,
      message: '5 migrations have no down; nothing was run',
      details: [
        '02_nurses: add 02_nurses.down.sql',
        '03_wards: add a statement to 03_wards.down.sql, which has none',
        `04_beds: add "export async function down(db)" to ${join(project.folder, '04_beds.ts')}`,
        '05_visits: add a "-- migrate:down" section in 05_visits.sql',
        '06_bills: add a "-- migrate:down" section in 06_bills.sql',
      ].map((text) => expect.stringContaining(text)),
    });
  }
  expect(await project.tables()).toEqual([]);
});

it('tells a down under another name from one that is not there', async () => {
  const alone = await migrationProject({ '01_wards.down.sql': 'select 1' });
  await expect(up(alone)).rejects.toMatchObject({
    code: 'FILE_INVALID',
    hint: 'add 01_wards.up.sql, or remove this file',
  });
  const misspelt = await migrationProject({ '01_wards.up.sql': 'select 1', '01_ward.down.sql': 'select 1' });
  await expect(up(misspelt)).rejects.toMatchObject({
    code: 'FILE_INVALID',
    hint: 'give it the name of its up: 01_wards.down.sql',
  });
});

it('points at the one file whose down is missing', async () => {
  const project = await migrationProject({ ...tablePair('01', 'doctors'), '02_nurses.up.sql': 'select 1' });
  await expect(up(project)).rejects.toMatchObject({
    message: '02_nurses has no down; nothing was run',
    location: { file: join(project.folder, '02_nurses.up.sql') },
  });
});

it('owes no down where the file says why', async () => {
  const project = await migrationProject({
    '01_letters.up.sql': '-- dbkit:irreversible letters were sent\ncreate table letters (id int)',
  });
  expect((await up(project)).applied).toBe(1);
});

it.each([
  [
    'sql',
    '01_doctors.up.sql',
    'create table doctors (id int, name text);',
    'create   TABLE doctors\n(id int, name text)',
  ],
  [
    'line ends',
    '01_doctors.up.sql',
    'create table doctors (id int);\nselect $$\n$$;\n',
    'create table doctors (id int);\r\nselect $$\r\n$$;\r\n',
  ],
])('accepts a reformatted file and says so: %s', async (_what, name, before, after) => {
  const project = await migrationProject({ [name]: before, '01_doctors.down.sql': 'drop table doctors' });
  await up(project);
  await project.write({ [name]: after });
  expect(await statuses(project)).toEqual(['01_doctors reformatted']);
  await project.write(tablePair('02', 'nurses'));
  expect((await up(project)).notes).toEqual(['01_doctors was reformatted since it was applied; its sense is the same']);
});

it.each([
  ['the up', '01_doctors.up.sql', 'create table doctors (id int, name text)'],
  ['the down', '01_doctors.down.sql', 'drop table doctors cascade'],
  ['a TypeScript file', '02_nurses.ts', 'export async function up() {}\nexport async function down() {}\n'],
])('refuses to go on after %s of an applied migration was edited', async (_what, name, text) => {
  const project = await migrationProject({ ...tablePair('01', 'doctors'), ...tableModule('02', 'nurses') });
  await up(project);
  await project.write({ [name]: text, ...tablePair('03', 'beds') });
  const edited = name.replace(/\..*/, '');
  expect(await statuses(project)).toContain(`${edited} edited`);
  await expect(up(project)).rejects.toMatchObject({
    code: 'MIGRATION_EDITED',
    exitCode: 2,
    message: `${edited} was edited after it was applied`,
    hint: expect.stringContaining(`dbkit migrate repair ${edited}`),
  });
  expect(await project.tables()).toEqual(['doctors', 'nurses']);
});

it('takes an edited up back by its own down, and refuses a down that was edited', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await up(project);
  await project.write({ '01_doctors.up.sql': 'create table doctors (id int, name text)' });
  await migrateRedo(project.options, project.context);
  expect((await project.sql.query('select name from doctors')).rows).toEqual([]);
  await project.write({ '01_doctors.down.sql': 'select 1' });
  await expect(migrateDown(project.options, project.context)).rejects.toMatchObject({ code: 'MIGRATION_EDITED' });
  expect(await project.tables()).toEqual(['doctors']);
});

it('refuses to go on when the file of an applied migration is gone', async () => {
  const project = await migrationProject({ ...tablePair('01', 'doctors'), ...tableModule('02', 'nurses') });
  await up(project);
  await project.remove('02_nurses.ts');
  await project.write(tablePair('03', 'beds'));
  expect(await statuses(project)).toEqual(['01_doctors applied', '02_nurses deleted', '03_beds pending']);
  await expect(up(project)).rejects.toMatchObject({ code: 'MIGRATION_DELETED', details: ['02_nurses'] });
});

it('explains what is wrong with an out-of-order file, and accepts it when told to', async () => {
  const project = await migrationProject({ ...tablePair('01', 'doctors'), ...tablePair('03', 'beds') });
  await up(project);
  await project.write(tablePair('02', 'nurses'));
  const { migrations, faults } = await migrationStatus(project.options, project.context);
  expect(migrations[1]).toMatchObject({ name: '02_nurses', status: 'pending', outOfOrder: true });
  expect(faults).toEqual(['02_nurses']);
  await expect(up(project)).rejects.toMatchObject({
    code: 'MIGRATION_OUT_OF_ORDER',
    message: '02_nurses is older than 03_beds, which is applied',
    hint: expect.stringContaining('--allow-unordered'),
  });
  await expect(migrateTo({ ...project.options, name: '02' }, project.context)).rejects.toMatchObject({
    message: '02_nurses is older than 03_beds, which is applied',
  });
  expect((await up(project, { allowUnordered: true })).applied).toBe(3);
});

it('orders by code points, not by UTF-16 units', async () => {
  const project = await migrationProject({
    ...tablePair('1_\u{1F600}', 'later'),
    ...tablePair('1.5_\uFF21', 'earlier'),
  });
  const names = (await migrationStatus(project.options, project.context)).migrations.map(({ name }) => name);
  expect(names).toEqual(['1.5_\uFF21_earlier', '1_\u{1F600}_later']);
});

it('has nothing to do in an empty folder', async () => {
  const project = await migrationProject({});
  expect(await up(project)).toMatchObject({ ran: [], applied: 0, pending: 0 });
  const { rows } = await project.sql.query(`select 1 from pg_namespace where nspname = 'dbkit'`);
  expect(rows).toEqual([]);
});

it.each([
  ['does not exist', (folder: string) => rm(folder, { recursive: true })],
  ['is a file, not a folder', (folder: string) => rm(folder, { recursive: true }).then(() => writeFile(folder, ''))],
])('refuses a folder that %s', async (what, spoil) => {
  const project = await migrationProject({});
  await spoil(project.folder);
  await expect(up(project)).rejects.toMatchObject({
    code: 'FOLDER_NOT_FOUND',
    message: `migrations folder ${project.folder} ${what}`,
  });
});

it('refuses two files of one version', async () => {
  const project = await migrationProject({ ...tablePair('01', 'doctors'), ...tableModule('01', 'nurses') });
  await expect(up(project)).rejects.toMatchObject({
    code: 'VERSION_DUPLICATE',
    message: expect.stringContaining('01_doctors.up.sql and 01_nurses.ts'),
  });
});

it('refuses a file that is not UTF-8, with the line', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  const file = join(project.folder, '01_doctors.up.sql');
  await writeFile(file, Buffer.from('-- one\n-- Stra\xdfe\nselect 1', 'latin1'));
  await expect(up(project)).rejects.toMatchObject({ code: 'FILE_INVALID', location: { file, line: 2 } });
});

it('reads a file with a byte order mark', async () => {
  const project = await migrationProject({
    '01_doctors.up.sql': '\uFEFFcreate table doctors (id int)',
    '01_doctors.down.sql': '\uFEFFdrop table doctors',
  });
  expect((await up(project)).applied).toBe(1);
});

it.each([
  ['a name without a version', { 'doctors.sql': 'select 1' }, 'doctors.sql'],
  ['a SQL file that is neither a pair nor dbmate', { '01_doctors.sql': 'select 1' }, '01_doctors.sql'],
  ['a down without an up', { '01_doctors.down.sql': 'select 1' }, '01_doctors.down.sql'],
  ['an unknown directive', { '01_a.up.sql': '-- dbkit:transactions off', '01_a.down.sql': '' }, '01_a.up.sql'],
  ['an allow without a reason', { '01_a.up.sql': '-- dbkit:allow drop-column', '01_a.down.sql': '' }, '01_a.up.sql'],
  ['a module without up', { '01_a.ts': 'export const x = 1;' }, '01_a.ts'],
  ['a module that does not parse', { '01_a.ts': 'export async function up( {' }, '01_a.ts'],
  [
    'an unknown key of config',
    {
      '01_a.ts':
        'export async function up() {}\nexport async function down() {}\nexport const config = { transactions: false };',
    },
    '01_a.ts',
  ],
])('refuses %s', async (_what, files, file) => {
  const project = await migrationProject(files as unknown as Record<string, string>);
  await expect(up(project)).rejects.toMatchObject({
    code: 'FILE_INVALID',
    hint: expect.any(String),
    location: { file: join(project.folder, file) },
  });
});

it('points at the line of a module that throws while it is loaded', async () => {
  const project = await migrationProject({ '01_a.ts': "const a = 1;\nthrow new Error('not today');\nexport { a };" });
  await expect(up(project)).rejects.toMatchObject({ code: 'FILE_INVALID', location: { line: 2 } });
});

it.each(['begin; create table doctors (id int); commit', 'create table doctors (id int);\ncommit;', 'rollback to x'])(
  'refuses a file that controls the transaction: %s',
  async (text) => {
    const project = await migrationProject({ '01_a.up.sql': text, '01_a.down.sql': 'select 1' });
    await expect(up(project)).rejects.toMatchObject({
      code: 'FILE_INVALID',
      hint: expect.stringContaining('dbkit:transaction off'),
    });
    expect(await project.tables()).toEqual([]);
  },
);

it('reads with status and plan without making its schema', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  expect((await migrationStatus(project.options, project.context)).pending).toBe(1);
  const plan = await planMigrations({ ...project.options, request: { verb: 'up', count: null } }, project.context);
  expect(plan.migrations.map(({ name, statements }) => [name, statements])).toEqual([
    ['01_doctors', ['create table doctors (id bigint primary key)']],
  ]);
  const { rows } = await project.sql.query(`select 1 from pg_namespace where nspname = 'dbkit'`);
  expect(rows).toEqual([]);
});

it('reads the schema of a newer dbkit, and refuses to write', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await up(project);
  await project.sql.run(`insert into dbkit.schema_version (version, dbkit_version) values (99, '9.9.9')`);
  await project.write(tablePair('02', 'nurses'));
  expect((await migrationStatus(project.options, project.context)).applied).toBe(1);
  await expect(up(project)).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW', exitCode: 2 });
});

it('runs the plan that was read, and no other', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  const request = { verb: 'up', count: null } as const;
  const { hash } = await planMigrations({ ...project.options, request }, project.context);
  await project.write(tablePair('02', 'nurses'));
  await expect(migrateUp({ ...project.options, plan: hash }, project.context)).rejects.toMatchObject({
    code: 'PLAN_CHANGED',
    // Without the hash of the new plan, which is for those who read it.
    message: `the plan ${hash} is not what migrate up would do now`,
  });
  const { hash: now } = await planMigrations({ ...project.options, request }, project.context);
  expect((await migrateUp({ ...project.options, plan: now }, project.context)).applied).toBe(2);
  await expect(migrateUp({ ...project.options, plan: now }, project.context)).rejects.toMatchObject({
    code: 'PLAN_CHANGED',
  });
  await expect(migrateDown({ ...project.options, count: 2, plan: now }, project.context)).rejects.toMatchObject({
    code: 'PLAN_CHANGED',
    hint: 'look again: dbkit migrate plan down 2',
  });
});

it('takes whole numbers from 1 as a count', async () => {
  const project = await migrationProject({});
  for (const count of ['0', '-1', 'two', '1.5']) {
    const { status, stderr } = await runCli(['migrate', 'up', count, '--database-url', project.db.url], {
      cwd: temporaryFolder('count'),
    });
    expect([count, status, stderr]).toEqual([count, 2, expect.stringContaining('USAGE')]);
  }
});
