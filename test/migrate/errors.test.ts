/** Migrations that fail while they run: where, why, and what state the database is in. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DbkitError } from '../../src/errors.ts';
import { migrateDown, migrateUp } from '../../src/migrate/migrate.ts';
import { repairMigrations } from '../../src/migrate/repair.ts';
import { renderFrame } from '../../src/postgres/frame.ts';
import { runCli } from '../harness/run-cli.ts';
import type { Project } from './project.ts';
import { failureOf, migrationProject, tablePair } from './project.ts';

const failUp = (project: Project): Promise<DbkitError> => failureOf(migrateUp(project.options, project.context));
const pair = (up: string) => ({ '02_a.up.sql': up, '02_a.down.sql': 'select 1' });

describe('the place of an error in a SQL file', () => {
  it.each([
    ['the first line', 'selec 1', 1, 1],
    ['the last line, without a line end', 'select 1;\nselect 2;\nselect nothing', 3, 8],
    ['Windows line ends', 'select 1;\r\n\r\n  select nothing;\r\n', 3, 10],
    ['tabs', 'select 1;\n\t\tselect nothing;', 2, 10],
    ['emoji before it', "select '👩‍⚕️', '😀', nothing;", 1, 21],
    ['a statement over several lines', 'create table b (\n  id int,\n  name txt\n);', 3, 8],
    ['no position: the beginning of the statement', 'select 1;\n\ninsert into doctors values (1), (1);', 3, 1],
  ])('%s', async (_what, sql, line, column) => {
    const project = await migrationProject({ ...tablePair('01', 'doctors'), ...pair(sql) });
    const error = await failUp(project);
    expect(error).toMatchObject({
      code: 'MIGRATION_FAILED',
      exitCode: 2,
      location: { file: join(project.folder, '02_a.up.sql'), line, column },
      details: ['02_a was rolled back', '1 of 2 applied before it: they stand'],
    });
    expect(await project.tables()).toEqual(['doctors']);
  });

  it('is shown with a caret', async () => {
    const project = await migrationProject(pair('select 1;\ncreate table b (\n  id int,\n  name txt\n);\n'));
    const error = await failUp(project);
    expect(error.sql?.sqlstate).toBe('42704');
    expect(error.sql && renderFrame(error.sql, error.location)).toBe(
      ['2 | create table b (', '3 |   id int,', '4 |   name txt', '  |        ^', '5 | )'].join('\n'),
    );
  });

  it('counts from the beginning of a dbmate file, in its down too', async () => {
    const project = await migrationProject({
      '01_a.sql': '-- migrate:up\ncreate table a (id int);\n\n-- migrate:down\ndrop table a;\ndrop table b;\n',
    });
    await migrateUp(project.options, project.context);
    const error = await failureOf(migrateDown(project.options, project.context));
    expect(error).toMatchObject({ code: 'MIGRATION_FAILED', location: { line: 6, column: 1 } });
    expect(await project.tables()).toEqual(['a']);
  });
});

it('tells what runs outside of a transaction only how to be run', async () => {
  const project = await migrationProject({ ...tablePair('01', 'doctors'), ...pair('vacuum doctors') });
  expect(await failUp(project)).toMatchObject({
    code: 'MIGRATION_FAILED',
    sql: { sqlstate: '25001' },
    hint: expect.stringContaining('-- dbkit:transaction off'),
  });
});

it.each([
  ['a right', 'create schema closed', 'create table closed.wards (id int)'],
  ['ownership', 'create table wards (id int)', 'alter table wards add column beds int'],
])('names the role that lacks %s, and does not call the migration wrong', async (_what, theirs, text) => {
  // On a scratch database the hint is another: there the config can give the right.
  const project = await migrationProject(pair(text), { platform: 'supabase', description: { kind: 'url' } });
  const admin = await project.db.connectAsAdmin();
  await admin.run(theirs);
  const error = await failUp(project);
  expect(error).toMatchObject({
    code: 'MIGRATION_FAILED',
    sql: { sqlstate: '42501' },
    details: ['02_a was rolled back', 'nothing else was changed'],
    hint: expect.stringContaining('grant the right to "postgres"'),
  });
  expect(error.hint).not.toContain('mend');
});

it('refuses COPY FROM STDIN, whose rows it could not send', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    ...pair('select 1;\nCopy doctors (id) From Stdin with (format csv);\n1\n\\.\n'),
  });
  expect(await failUp(project)).toMatchObject({
    code: 'FILE_INVALID',
    exitCode: 2,
    location: { file: join(project.folder, '02_a.up.sql'), line: 2, column: 1 },
    details: ['02_a was rolled back', '1 of 2 applied before it: they stand'],
  });
});

describe('TypeScript', () => {
  const module = (body: string) => ({
    '02_a.ts': `import { sql, type Kysely } from 'kysely';\n\nexport async function up(db: Kysely<any>) {\n${body}\n}\nexport async function down() {}\n`,
  });

  it('that throws: the line in the file', async () => {
    const project = await migrationProject(
      module("  await sql`create table a ()`.execute(db);\n  throw new Error('no beds');"),
    );
    expect(await failUp(project)).toMatchObject({
      code: 'MIGRATION_FAILED',
      message: 'up of 02_a failed: no beds',
      location: { file: join(project.folder, '02_a.ts'), line: 5, column: 9 },
      details: ['02_a was rolled back', 'nothing else was changed'],
    });
    expect(await project.tables()).toEqual([]);
  });

  it.each([
    ['inside of a transaction', ''],
    ['outside of one', 'export const config = { transaction: false };'],
  ])('whose statement fails: the compiled statement, and the line that sent it, %s', async (_what, config) => {
    const files = module(
      "  await sql`create table a ()`.execute(db);\n  await db\n    .insertInto('nowhere')\n    .values({ id: 1 })\n    .execute();",
    );
    const project = await migrationProject({ '02_a.ts': files['02_a.ts'] + config });
    const error = await failUp(project);
    expect(error).toMatchObject({
      code: 'MIGRATION_FAILED',
      message: 'up of 02_a failed: relation "nowhere" does not exist',
      sql: { sqlstate: '42P01', statement: 'insert into "nowhere" ("id") values ($1)', position: 13 },
      location: { file: join(project.folder, '02_a.ts'), line: 5 },
    });
    expect(error.sql && renderFrame(error.sql, error.location)).toBe(
      ['1 | insert into "nowhere" ("id") values ($1)', '  |             ^'].join('\n'),
    );
  });

  it('that swallows the error of a statement fails with that error', async () => {
    const project = await migrationProject(
      module('  await sql`create table a ()`.execute(db);\n  await sql`select nothing`.execute(db).catch(() => {});'),
    );
    expect(await failUp(project)).toMatchObject({
      code: 'MIGRATION_FAILED',
      message: 'up of 02_a failed: column "nothing" does not exist',
    });
    expect(await project.tables()).toEqual([]);
  });

  it('may go back to a savepoint', async () => {
    const project = await migrationProject(
      module(
        '  await sql`create table a ()`.execute(db);\n  await sql`savepoint s`.execute(db);\n  await sql`select nothing`.execute(db).catch(() => {});\n  await sql`rollback to savepoint s`.execute(db);',
      ),
    );
    await migrateUp(project.options, project.context);
    expect(await project.tables()).toEqual(['a']);
  });

  it.each([
    ['the last one', '  sql`create table a ()`.execute(db);'],
    [
      'one before others',
      '  (async () => { await sql`select 1`.execute(db); await sql`create table a ()`.execute(db); })();',
    ],
  ])('that does not wait for a statement fails: %s', async (_what, body) => {
    const project = await migrationProject(module(body));
    expect(await failUp(project)).toMatchObject({
      code: 'MIGRATION_FAILED',
      message: 'up of 02_a did not wait for one of its statements',
      hint: 'put await before every statement',
    });
    expect(await project.tables()).toEqual([]);
  });

  it('that does not wait for a statement that fails is told, not called a bug of ours', async () => {
    const project = await migrationProject(
      module('  sql`select nothing`.execute(db);\n  await sql`select pg_sleep(0.05)`.execute(db);'),
    );
    const result = await runCli(['migrate', 'up', '--json', '--database-url', project.db.url], {
      cwd: await project.commandLineFolder(),
    });
    expect(result.status).toBe(2);
    expect(JSON.parse(result.stdout).error).toMatchObject({ code: 'MIGRATION_FAILED' });
  });

  it.each(['begin', 'commit', 'rollback'])('may not %s', async (word) => {
    const project = await migrationProject(module(`  await sql\`${word}\`.execute(db).catch(() => {});`));
    expect(await failUp(project)).toMatchObject({ code: 'FILE_INVALID', location: { line: 4 } });
  });
});

it('rolls back one migration and keeps those before it; the next run goes on there', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    ...pair('create table nurses (id int); select nothing;'),
    ...tablePair('03', 'beds'),
  });
  const error = await failUp(project);
  expect(error.result).toEqual({
    target: project.context.db.description,
    ran: [expect.objectContaining({ name: '01_doctors', direction: 'up' })],
  });
  expect(await project.tables()).toEqual(['doctors']);
  await project.write(pair('create table nurses (id int)'));
  expect((await migrateUp(project.options, project.context)).ran.map(({ name }) => name)).toEqual(['02_a', '03_beds']);
});

it('tells detail, hint and context of the server, without secrets', async () => {
  const project = await migrationProject(
    pair(`create function go() returns void language plpgsql as $$
      begin execute 'create role r password ''hunter2'' nonsense'; end $$;
      select go();`),
  );
  const error = await failUp(project);
  expect(error.sql).toMatchObject({ sqlstate: '42601', where: expect.stringContaining('PL/pgSQL function go()') });
  const { message, details, hint, sql } = error;
  expect(JSON.stringify({ message, details, hint, sql })).not.toContain('hunter2');
});

it('keeps statements as text where that is asked, and never a secret', async () => {
  const secrets = {
    '01_roles.up.sql': `do $$ begin perform 'password=hunter2'; end $$; select 'fine';`,
    '01_roles.down.sql': `select 'password=hunter2'`,
    '02_more.ts': `import { sql } from 'kysely';
export async function up(db: any) { await sql\`select 'postgres://ann:hunter2@db/x'\`.execute(db); }
export async function down(db: any) { await sql\`select 'password = hunter2'\`.execute(db); }
`,
    '03_alone.up.sql': `-- dbkit:transaction off\nselect 'password=hunter2';\nvacuum dbkit.marker;`,
    '03_alone.down.sql': 'select 1',
  };
  const project = await migrationProject(secrets);
  await migrateUp({ ...project.options, keepText: true }, project.context);
  const { rows } = await project.sql.query(
    'select name, statements, statement_texts, down_text from dbkit.journal order by name',
  );
  expect(rows.map(({ statement_texts: texts }) => (texts as string[]).length)).toEqual([2, 1, 2]);
  expect(rows[0]?.statement_texts).toContain("select 'fine'");
  expect(JSON.stringify(rows)).not.toContain('hunter2');
  await project.remove('01_roles.up.sql');
  await project.remove('01_roles.down.sql');
  await expect(migrateDown({ ...project.options, count: 3 }, project.context)).rejects.toMatchObject({
    code: 'MIGRATION_DELETED',
    hint: expect.stringContaining('the journal keeps no secrets'),
  });
});

it('keeps hashes only, unless told otherwise', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await migrateUp(project.options, project.context);
  const { rows } = await project.sql.query('select statement_texts from dbkit.journal');
  expect(rows).toEqual([{ statement_texts: null }]);
});

it('a down that fails is mended, accepted, and then runs', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    '02_wards.up.sql': 'create table wards (id int)',
    '02_wards.down.sql': 'drop table ward',
  });
  await migrateUp(project.options, project.context);
  const down = () => migrateDown(project.options, project.context);
  expect(await failureOf(down())).toMatchObject({
    code: 'MIGRATION_FAILED',
    hint: 'mend its down, accept the file with: dbkit migrate repair 02_wards, and run the same command again',
  });
  await project.write({ '02_wards.down.sql': 'drop table wards' });
  expect(await failureOf(down())).toMatchObject({ code: 'MIGRATION_EDITED' });
  await repairMigrations({ ...project.options, name: '02_wards', action: 'accept' }, project.context);
  await down();
  expect(await project.tables()).toEqual(['doctors']);
});
