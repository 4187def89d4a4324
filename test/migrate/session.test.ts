/** What migrations share and do not share: session, transaction, journal. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { baselineMigrations } from '../../src/migrate/baseline.ts';
import { migrateDown, migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { newMigration } from '../../src/migrate/new.ts';
import { planMigrations } from '../../src/migrate/plan.ts';
import { migrationStatus } from '../../src/migrate/status.ts';
import type { Project } from './project.ts';
import { failureOf, migrationProject, tableModule, tablePair } from './project.ts';

const up = (project: Project) => migrateUp(project.options, project.context);

describe('a migration that changes its session', () => {
  it.each([
    [
      'SQL',
      {
        '01_set.up.sql': `set search_path = ''; select pg_catalog.set_config('check_function_bodies', 'off', false);`,
        '01_set.down.sql': 'select 1',
      },
    ],
    ['a DO block', { '01_set.up.sql': `do $$ begin set search_path = ''; end $$`, '01_set.down.sql': 'select 1' }],
    [
      'no transaction',
      { '01_set.up.sql': `-- dbkit:transaction off\nset search_path = '';`, '01_set.down.sql': 'select 1' },
    ],
    [
      'TypeScript',
      {
        '01_set.ts': `import { sql } from 'kysely';
export async function up(db: any) { await sql\`set search_path = ''\`.execute(db); }
export async function down() {}`,
      },
    ],
  ])('does not change the next one: %s', async (_what, files) => {
    const project = await migrationProject({
      ...tablePair('00', 'beds'),
      ...files,
      ...tablePair('02', 'doctors'),
      ...tableModule('03', 'nurses'),
    });
    await up(project);
    expect(await project.tables()).toEqual(['beds', 'doctors', 'nurses']);
  });

  it('may take another role to its end; the journal is written as the own one', async () => {
    const project = await migrationProject({});
    const owner = `owner_${project.db.name}`;
    const admin = await project.db.connectAsAdmin();
    await admin.run(`create role ${owner}; grant create on schema public to ${owner}`);
    try {
      await project.write({
        '01_doctors.up.sql': `set role ${owner}; create table doctors (id int);`,
        '01_doctors.down.sql': `set role ${owner}; drop table doctors;`,
        ...tablePair('02', 'nurses'),
      });
      await up(project);
      const { rows } = await project.sql.query(
        `select relname, pg_get_userbyid(relowner) = $1 as other from pg_class where relname in ('doctors', 'nurses') order by 1`,
        [owner],
      );
      expect(rows).toEqual([
        { relname: 'doctors', other: true },
        { relname: 'nurses', other: false },
      ]);
      await migrateTo({ ...project.options, name: 'zero' }, project.context);
      expect(await project.tables()).toEqual([]);
    } finally {
      await admin.run(`drop owned by ${owner}; drop role ${owner}`);
    }
  });
});

describe('--single-transaction', () => {
  const all = (project: Project) => migrateUp({ ...project.options, singleTransaction: true }, project.context);

  it('applies all', async () => {
    const project = await migrationProject({ ...tablePair('01', 'doctors'), ...tableModule('02', 'nurses') });
    expect((await all(project)).ran.map(({ name }) => name)).toEqual(['01_doctors', '02_nurses']);
  });

  it('or nothing, and says so', async () => {
    const project = await migrationProject({
      ...tablePair('01', 'doctors'),
      ...tableModule('02', 'nurses'),
      '03_a.up.sql': 'select nothing',
      '03_a.down.sql': 'select 1',
    });
    expect(await failureOf(all(project))).toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('up of 03_a'),
      details: ['all 3 migrations were rolled back', 'nothing else was changed'],
    });
    expect(await project.tables()).toEqual([]);
    expect((await migrationStatus(project.options, project.context)).pending).toBe(3);
  });

  it('refuses a file that runs without a transaction, by name', async () => {
    const project = await migrationProject({
      ...tablePair('01', 'doctors'),
      '02_a.sql': '-- migrate:up transaction:false\nvacuum;\n-- migrate:down\nselect 1;\n',
    });
    expect(await failureOf(all(project))).toMatchObject({
      code: 'MIGRATION_NOT_TRANSACTIONAL',
      message: '02_a.sql can not run inside a transaction',
    });
    expect(await project.tables()).toEqual([]);
  });
});

it('reads dbmate files as they are, transaction:false for each direction', async () => {
  const project = await migrationProject({
    '01_a.sql': `-- a comment first
-- migrate:up transaction:false
create table a (id int);
vacuum a;

-- migrate:down
drop table a;
`,
  });
  await up(project);
  expect((await project.sql.query('select transactional, kind from dbkit.journal')).rows).toEqual([
    { transactional: false, kind: 'dbmate' },
  ]);
  await migrateDown(project.options, project.context);
  expect(await project.tables()).toEqual([]);
});

describe('plan', () => {
  it('prints what would run, in order, with what is lost and what can not be undone', async () => {
    const project = await migrationProject({
      '01_a.up.sql': '-- dbkit:lossy the old names\ncreate table a (id int);\ndrop table if exists b;',
      '01_a.down.sql': 'drop table a;',
      ...tableModule('02', 'nurses'),
      '03_roles.up.sql': `-- dbkit:irreversible a role may own more by then\ncreate role x password 'hunter2'`,
      '04_rows.ts': `export async function up(db: any) {
  const rows = await db.selectFrom('a').selectAll().execute();
  await db.insertInto('a').values({ id: rows[0].id }).execute();
}
export async function down() {}
`,
    });
    const { migrations } = await planMigrations(
      { ...project.options, request: { verb: 'up', count: null } },
      project.context,
    );
    expect(migrations).toMatchObject([
      { name: '01_a', lossy: 'the old names', statements: ['create table a (id int)', 'drop table if exists b'] },
      { name: '02_nurses', statements: ['create table "nurses" ("id" bigint primary key)'], incomplete: null },
      {
        name: '03_roles',
        irreversible: 'a role may own more by then',
        statements: [`create role x password '*******'`],
      },
      { name: '04_rows', statements: ['select * from "a"'], incomplete: expect.stringContaining('answer of a query') },
    ]);
    expect(await project.tables()).toEqual([]);
  });

  it('shows the down that the journal kept when the file is gone', async () => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    await up(project);
    await project.remove('01_doctors.up.sql');
    await project.remove('01_doctors.down.sql');
    const { migrations } = await planMigrations(
      { ...project.options, request: { verb: 'down', count: 1 } },
      project.context,
    );
    expect(migrations).toMatchObject([{ name: '01_doctors', direction: 'down', statements: ['drop table doctors'] }]);
  });
});

describe('baseline', () => {
  const baseline = (project: Project, name: string | null) =>
    baselineMigrations(
      { ...project.options, name, environment: { PATH: process.env.PATH }, now: new Date('2026-01-02T03:04:05Z') },
      project.context,
    );

  it('marks up to a name without running anything; the rest is pending', async () => {
    const project = await migrationProject({
      ...tablePair('01', 'doctors'),
      '02_old.sql': '-- migrate:up\ncreate table old (id int);\n',
      ...tablePair('03', 'nurses'),
    });
    await project.sql.run('create table doctors (id bigint); create table old (id int)');
    expect((await baseline(project, '02')).recorded).toEqual(['01_doctors', '02_old']);
    expect((await up(project)).ran.map(({ name }) => name)).toEqual(['03_nurses']);
    expect(await failureOf(migrateDown({ ...project.options, count: 2 }, project.context))).toMatchObject({
      code: 'MIGRATION_IRREVERSIBLE',
      message: expect.stringContaining('02_old can not be undone: it was taken over by baseline, and has no down'),
    });
    const { rows } = await project.sql.query('select event, subject from dbkit.event order by id');
    expect(rows.map(({ event, subject }) => `${event} ${subject}`)).toEqual([
      'baseline 01_doctors',
      'baseline 02_old',
      'up 03_nurses',
    ]);
  });

  it('records nothing when there is no pg_dump for this server', async () => {
    const project = await migrationProject({}, { description: { serverVersion: '99.1' } });
    expect(await failureOf(baseline(project, null))).toMatchObject({ code: 'DEPENDENCY_MISSING' });
    expect((await migrationStatus(project.options, project.context)).migrations).toEqual([]);
  });

  it('writes no baseline into a folder that holds migrations', async () => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    expect(await failureOf(baseline(project, null))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('already holds 1 migration'),
    });
  });

  it('writes no baseline beside applied migrations whose files are gone', async () => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    await up(project);
    await project.remove('01_doctors.up.sql');
    await project.remove('01_doctors.down.sql');
    expect(await failureOf(baseline(project, null))).toMatchObject({
      code: 'USAGE',
      message: 'the journal of this database already holds 1 migration',
      details: ['01_doctors'],
    });
    expect(await readdir(project.folder)).toEqual([]);
  });
});

describe('new', () => {
  const now = new Date('2026-01-02T03:04:05Z');

  it('writes a TypeScript file that runs, with a version of its own in one second', async () => {
    const project = await migrationProject({});
    const first = await newMigration({ folder: project.folder, name: 'Add Invoices!', sql: false, now });
    const second = await newMigration({ folder: project.folder, name: 'm\u00f6re', sql: false, now });
    expect([...first.files, ...second.files]).toEqual(
      ['20260102030405_add_invoices.ts', '20260102030406_more.ts'].map((name) => join(project.folder, name)),
    );
    expect((await up(project)).applied).toBe(2);
    expect((await migrateDown({ ...project.options, count: 2 }, project.context)).applied).toBe(0);
  });

  it('writes a pair of SQL files', async () => {
    const project = await migrationProject({});
    const { files } = await newMigration({ folder: project.folder, name: 'invoices', sql: true, now });
    expect(files.map((file) => file.slice(project.folder.length + 1))).toEqual([
      '20260102030405_invoices.up.sql',
      '20260102030405_invoices.down.sql',
    ]);
    expect((await up(project)).applied).toBe(1);
  });
});
