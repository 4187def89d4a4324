import { describe, expect, it } from 'vitest';
import { migrateDown, migrateRedo, migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { migrationStatus } from '../../src/migrate/status.ts';
import { migrationProject, tableModule, tablePair } from './project.ts';

const dbmate = `-- migrate:up
create table visits (id bigint primary key);

-- migrate:down
drop table visits;
`;
const clinic = { ...tablePair('01', 'doctors'), ...tableModule('02', 'patients'), '03_visits.sql': dbmate };

describe('up', () => {
  it('applies SQL pairs, TypeScript and dbmate files in the order of their names, once', async () => {
    const project = await migrationProject(clinic);
    const first = await migrateUp(project.options, project.context);
    expect(first.ran.map(({ name, direction }) => [name, direction])).toEqual([
      ['01_doctors', 'up'],
      ['02_patients', 'up'],
      ['03_visits', 'up'],
    ]);
    expect(await project.tables()).toEqual(['doctors', 'patients', 'visits']);
    const second = await migrateUp(project.options, project.context);
    expect(second).toMatchObject({ ran: [], applied: 3, pending: 0 });
  });

  it('applies as many as asked for', async () => {
    const project = await migrationProject(clinic);
    expect(await migrateUp({ ...project.options, count: 2 }, project.context)).toMatchObject({
      applied: 2,
      pending: 1,
    });
    expect(await project.tables()).toEqual(['doctors', 'patients']);
  });

  it('records checksums, statements, the down, and who ran it', async () => {
    const project = await migrationProject(clinic);
    await migrateUp(project.options, project.context);
    const { rows } = await project.sql.query(
      'select name, kind, state, down_text, cardinality(statements) as statements, duration_ms > 0 as timed from dbkit.journal order by name',
    );
    expect(rows).toEqual([
      {
        name: '01_doctors',
        kind: 'sql',
        state: 'applied',
        down_text: 'drop table doctors;\n',
        statements: 1,
        timed: true,
      },
      {
        name: '02_patients',
        kind: 'typescript',
        state: 'applied',
        down_text: expect.stringContaining('dropTable'),
        statements: 1,
        timed: true,
      },
      {
        name: '03_visits',
        kind: 'dbmate',
        state: 'applied',
        down_text: expect.stringContaining('drop table visits'),
        statements: 1,
        timed: true,
      },
    ]);
    const events = await project.sql.query('select event, subject, actor, commit from dbkit.event order by id');
    expect(events.rows).toEqual(
      ['01_doctors', '02_patients', '03_visits'].map((subject) => ({
        event: 'up',
        subject,
        actor: 'ann',
        commit: 'c0ffee',
      })),
    );
  });

  it('keeps the app’s journals apart', async () => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    await migrateUp(project.options, project.context);
    await project.write({
      '01_doctors.up.sql': 'create table nurses (id int)',
      '01_doctors.down.sql': 'drop table nurses',
    });
    expect((await migrateUp({ ...project.options, app: 'ward' }, project.context)).ran).toHaveLength(1);
    expect(await project.tables()).toEqual(['doctors', 'nurses']);
  });

  it.each(['./lib/names.ts', './lib/names.js'])('imports a module of the project as %s', async (specifier) => {
    const project = await migrationProject({
      'lib/names.ts': `export const table: string = 'doctors';\n`,
      '01_doctors.ts': `import { table } from '${specifier}';
export async function up(db: any) { await db.schema.createTable(table).addColumn('id', 'int8').execute(); }
export async function down(db: any) { await db.schema.dropTable(table).execute(); }
`,
    });
    await migrateUp(project.options, project.context);
    expect(await project.tables()).toEqual(['doctors']);
  });

  it('says that a module is not there under the name that was written', async () => {
    const project = await migrationProject({
      '01_doctors.ts': `import './lib/nothing.js';\nexport const up = async () => {};\nexport const down = up;\n`,
    });
    await expect(migrateUp(project.options, project.context)).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining('nothing.js'),
    });
  });
});

describe('down', () => {
  it('undoes the last one, and all', async () => {
    const project = await migrationProject(clinic);
    await migrateUp(project.options, project.context);
    expect((await migrateDown(project.options, project.context)).ran.map(({ name }) => name)).toEqual(['03_visits']);
    const rest = await migrateDown({ ...project.options, count: 5 }, project.context);
    expect(rest.ran.map(({ name }) => name)).toEqual(['02_patients', '01_doctors']);
    expect(rest.notes).toEqual(['only 2 of the 5 asked for were applied']);
    expect(await project.tables()).toEqual([]);
    expect((await migrationStatus(project.options, project.context)).pending).toBe(3);
  });

  it('goes up again after it', async () => {
    const project = await migrationProject(clinic);
    await migrateUp(project.options, project.context);
    await migrateDown({ ...project.options, count: 3 }, project.context);
    await migrateUp(project.options, project.context);
    expect(await project.tables()).toEqual(['doctors', 'patients', 'visits']);
    const { rows } = await project.sql.query('select event from dbkit.event order by id');
    expect(rows.map(({ event }) => event)).toEqual(['up', 'up', 'up', 'down', 'down', 'down', 'up', 'up', 'up']);
  });

  it('uses the text in the journal when the files of a SQL migration are gone', async () => {
    const project = await migrationProject(clinic);
    await migrateUp(project.options, project.context);
    await project.remove('03_visits.sql');
    await migrateDown(project.options, project.context);
    expect(await project.tables()).toEqual(['doctors', 'patients']);
  });

  it('undoes first what was applied last, also when that was out of order', async () => {
    const project = await migrationProject({ ...tablePair('01', 'doctors'), ...tablePair('03', 'visits') });
    await migrateUp(project.options, project.context);
    await project.write(tablePair('02', 'patients'));
    await migrateUp({ ...project.options, allowUnordered: true }, project.context);
    expect((await migrateDown(project.options, project.context)).ran.map(({ name }) => name)).toEqual(['02_patients']);
  });

  it('refuses before anything is undone when one of them is irreversible', async () => {
    const project = await migrationProject({
      ...tablePair('01', 'doctors'),
      '02_letters.ts': `import { irreversible } from 'dbkit';
export async function up(db: any) { await db.schema.createTable('letters').execute(); }
export const down = irreversible('letters were sent');
`,
      ...tablePair('03', 'visits'),
    });
    await migrateUp(project.options, project.context);
    await expect(migrateDown({ ...project.options, count: 2 }, project.context)).rejects.toMatchObject({
      code: 'MIGRATION_IRREVERSIBLE',
      message: '02_letters can not be undone: letters were sent; nothing was undone',
      hint: 'undo what came after it: dbkit migrate down 1',
    });
    expect(await project.tables()).toEqual(['doctors', 'letters', 'visits']);
  });
});

describe('to', () => {
  it('goes up and down, inclusive, by name, unique beginning and zero', async () => {
    const project = await migrationProject(clinic);
    await migrateTo({ ...project.options, name: '02' }, project.context);
    expect(await project.tables()).toEqual(['doctors', 'patients']);
    await migrateTo({ ...project.options, name: '03_visits' }, project.context);
    expect(await project.tables()).toEqual(['doctors', 'patients', 'visits']);
    await migrateTo({ ...project.options, name: '01_d' }, project.context);
    expect(await project.tables()).toEqual(['doctors']);
    await migrateTo({ ...project.options, name: 'zero' }, project.context);
    expect(await project.tables()).toEqual([]);
  });

  it('names the candidates of a beginning that is not unique', async () => {
    const project = await migrationProject(clinic);
    await expect(migrateTo({ ...project.options, name: '0' }, project.context)).rejects.toMatchObject({
      code: 'MIGRATION_UNKNOWN',
      details: ['01_doctors', '02_patients', '03_visits'],
    });
  });
});

it('redo undoes and applies again', async () => {
  const project = await migrationProject(clinic);
  await migrateUp(project.options, project.context);
  await project.sql.run('insert into visits values (1)');
  const { ran } = await migrateRedo({ ...project.options, count: 2 }, project.context);
  expect(ran.map(({ name, direction }) => `${direction} ${name}`)).toEqual([
    'down 03_visits',
    'down 02_patients',
    'up 02_patients',
    'up 03_visits',
  ]);
  expect((await project.sql.query('select * from visits')).rows).toEqual([]);
});
