/** What a run tells beside its report: the server's notices, what a rollback loses, what to do next. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMigrationFolder } from '../../src/migrate/folder.ts';
import { migrateDown, migrateRedo, migrateUp } from '../../src/migrate/migrate.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { Project } from './project.ts';
import { failureOf, migrationProject, tablePair } from './project.ts';

const told = ({ events }: Project) => events.filter(({ kind }) => kind === 'warn' || kind === 'note');
const raise = (level: string, text: string) => `do $$ begin raise ${level} '${text}'; end $$;\n`;

describe('what the server tells', () => {
  it('is shown with the migration that it is about, in a chain and in one transaction', async () => {
    for (const singleTransaction of [false, true]) {
      const project = await migrationProject({
        '01_a.up.sql': `${raise('warning', 'the bucket avatars stays')}create table if not exists a ();\ncreate table if not exists a ();`,
        '01_a.down.sql': 'drop table a',
        '02_b.up.sql': `${raise('notice', 'two')}${raise('notice', 'two')}`,
        '02_b.down.sql': 'drop table if exists b',
        '03_c.up.sql': raise('info', 'three'),
        '03_c.down.sql': 'select 1',
      });
      await migrateUp({ ...project.options, singleTransaction }, project.context);
      expect(told(project)).toEqual([
        { kind: 'warn', text: '01_a: the bucket avatars stays' },
        { kind: 'note', text: '02_b: two' },
        { kind: 'note', text: '03_c: three' },
      ]);
    }
  });

  it('does not give a secret away, and stays one line', async () => {
    const project = await migrationProject({
      '01_a.up.sql': "do $$ begin raise warning E'made:\\ncreate role x password ''hunter2'''; end $$;",
      '01_a.down.sql': 'select 1',
    });
    await migrateUp(project.options, project.context);
    expect(told(project)).toEqual([{ kind: 'warn', text: "01_a: made: create role x password '*******'" }]);
  });
});

it('says what is lost before a down and after it, of down and redo', async () => {
  const project = await migrationProject({
    '01_a.up.sql': 'create table a ()',
    '01_a.down.sql': '-- dbkit:lossy the names of all doctors\ndrop table a',
  });
  await migrateUp(project.options, project.context);
  expect(told(project)).toEqual([]);
  const said = '01_a loses the names of all doctors';
  expect(await migrateRedo(project.options, project.context)).toMatchObject({ notes: [`down of ${said}`] });
  expect(await migrateDown(project.options, project.context)).toMatchObject({ notes: [`down of ${said}`] });
  const order = project.events.map(({ kind, text }) => `${kind} ${text}`);
  expect(order.indexOf(`warn down of ${said}`)).toBeGreaterThan(-1);
  expect(order.indexOf(`warn down of ${said}`)).toBeLessThan(order.indexOf('start down 01_a'));
});

describe('what to do next', () => {
  it('is a baseline where a table is there already', async () => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    await project.sql.run('create table doctors ()');
    expect(await failureOf(migrateUp(project.options, project.context))).toMatchObject({
      sql: { sqlstate: '42P07' },
      hint: expect.stringContaining('dbkit migrate baseline 01_doctors'),
    });
  });

  it('is what the server says', async () => {
    const project = await migrationProject({
      '01_a.up.sql': 'create table a (x int); create view v as select x from a; drop table a',
      '01_a.down.sql': 'select 1',
    });
    expect(await failureOf(migrateUp(project.options, project.context))).toMatchObject({
      hint: 'Use DROP ... CASCADE to drop the dependent objects too; then run the same command again',
    });
  });

  it('is told before a target is opened, for a bad duration and a missing folder', async () => {
    const cwd = temporaryFolder('project');
    // Nothing listens there: who asks it first says UNREACHABLE.
    const nowhere = 'postgresql://localhost:1/x';
    const missing = await runCli(['migrate', 'up', '--database-url', nowhere], { cwd });
    expect(missing).toMatchObject({ status: 2, stderr: expect.stringContaining('FOLDER_NOT_FOUND') });
    const wait = await runCli(['migrate', 'up', '--wait', 'x', '--database-url', nowhere], { cwd });
    expect(wait).toMatchObject({ status: 2, stderr: expect.stringContaining('--wait x is no duration') });
  });
});

it('names every file that is not UTF-8 in one error', async () => {
  const folder = temporaryFolder('migrations');
  for (const name of ['01_a.up.sql', '02_b.down.sql', '03_c.ts'])
    await writeFile(join(folder, name), Buffer.from([0x2d, 0x2d, 0xff, 0x0a]));
  for (const name of ['01_a.down.sql', '02_b.up.sql']) await writeFile(join(folder, name), 'select 1');
  await expect(readMigrationFolder(folder)).rejects.toMatchObject({
    code: 'FILE_INVALID',
    details: ['01_a.up.sql', '02_b.down.sql', '03_c.ts'].map((name) =>
      expect.stringMatching(new RegExp(`${name} is not UTF-8 text`)),
    ),
  });
});
