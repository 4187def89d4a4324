/** Migrations that fail on the scratch database: each is a finding, and the others are looked at. */
import { expect, test } from 'vitest';
import { readMigrationFolder } from '../../../src/migrate/folder.ts';
import { chooseMigrations } from '../../../src/migrate/lint/choose.ts';
import { lintMigrations } from '../../../src/migrate/lint/lint.ts';
import type { LintReport } from '../../../src/migrate/lint/report.ts';
import { rules } from '../../../src/migrate/lint/rules/index.ts';
import type { VerbContext } from '../../../src/postgres/target.ts';
import { runCli } from '../../harness/run-cli.ts';
import { migrationProject } from '../project.ts';

const about = ['down-fails', 'up-again-fails', 'up-fails', 'drop-table'];

async function lint(files: Readonly<Record<string, string>>): Promise<LintReport & { readonly databases: number }> {
  const folder = await migrationProject(files);
  const all = await readMigrationFolder(folder.folder);
  let databases = 0;
  const open = async (): Promise<VerbContext> => {
    databases += 1;
    return (await migrationProject({})).context;
  };
  const report = await lintMigrations(
    {
      ...folder.options,
      files: all,
      chosen: chooseMigrations(all, null, { names: [], since: null, added: null }),
      rules: rules.filter(({ name }) => about.includes(name)),
      config: { lint: { rules: {}, exposedSchemas: null }, allow: [], file: null },
      stats: null,
      target: null,
    },
    open,
  );
  return { ...report, databases };
}

const keys = ({ findings }: LintReport) => findings.map(({ key }) => key);

const base = {
  '1_a.up.sql': 'create table public.a (id int);',
  '1_a.down.sql': 'drop table public.a;',
};
const last = { '9_drop.up.sql': 'drop table public.a;', '9_drop.down.sql': 'create table public.a (id int);' };

test('a down that fails is found at its line, those behind it are judged; mended it is quiet', async () => {
  const up = { '2_b.up.sql': 'create table public.b (id int);' };
  const report = await lint({ ...base, ...up, '2_b.down.sql': 'select 1;\ndrop table public.c;', ...last });
  expect(keys(report)).toEqual(['down-fails:2_b:down:', 'drop-table:9_drop:public.a']);
  expect(report.findings[0]).toMatchObject({ severity: 'error', location: { line: 2 } });
  expect(report.findings[0]?.message).toMatch(/"c" does not exist.*42P01/);
  expect(report).toMatchObject({ databases: 2, failing: 2, notes: [] });
  expect(report.migrations.map(({ name }) => name)).toEqual(['1_a', '2_b', '9_drop']);
  // What looks like it: the table is not there, and the down does not mind.
  const quiet = await lint({ ...base, ...up, '2_b.down.sql': 'drop table if exists public.c; drop table public.b;' });
  expect([keys(quiet), quiet.databases]).toEqual([[], 1]);
});

test('a down that stops half-way outside of a transaction leaves nothing for those behind it', async () => {
  const report = await lint({
    ...base,
    '2_b.up.sql': 'create table public.b (id int);',
    '2_b.down.sql': '-- dbkit:transaction off\ndrop table public.a;\ndrop table public.c;',
    ...last,
  });
  expect(keys(report)).toEqual(['down-fails:2_b:down:', 'drop-table:9_drop:public.a']);
});

test('an up that fails after the down is found, of the last one too', async () => {
  const left = { '2_b.up.sql': 'create table public.b (id int);', '2_b.down.sql': 'select 1;' };
  expect(keys(await lint({ ...base, ...left, ...last }))).toEqual([
    'up-again-fails:2_b:',
    'drop-table:9_drop:public.a',
  ]);
  expect(keys(await lint({ ...base, ...left }))).toEqual(['up-again-fails:2_b:']);
  const quiet = { ...left, '2_b.up.sql': 'create table if not exists public.b (id int);' };
  expect(keys(await lint({ ...base, ...quiet }))).toEqual([]);
});

test('an up that fails is found with what came before it, and those behind it are named', async () => {
  const report = await lint({
    ...base,
    '2_b.up.sql': 'drop table public.a;\nselect 1 / 0;',
    '2_b.down.sql': 'select 1;',
    ...last,
  });
  expect(keys(report)).toEqual(['drop-table:2_b:public.a', 'up-fails:2_b:']);
  expect(report.notes).toEqual(['not looked at, because 2_b can not be applied: 9_drop']);
  const quiet = await lint({ ...base, '2_b.up.sql': 'select 1 / 1;', '2_b.down.sql': 'select 1;' });
  expect([keys(quiet), quiet.notes]).toEqual([[], []]);
});

test('the command line ends with 1 and shows all of them', async () => {
  const project = await migrationProject({
    ...base,
    '2_b.up.sql': 'create table public.b (id int);',
    '2_b.down.sql': 'drop table public.c;',
    '3_c.up.sql': 'select no_such_function();',
    '3_c.down.sql': 'select 1;',
    ...last,
  });
  const { status, stdout } = await runCli(['migrate', 'lint'], { cwd: await project.commandLineFolder() });
  expect(stdout).toContain('down-fails: ');
  expect(stdout).toContain('up-fails: ');
  expect(stdout).toContain('not looked at, because 3_c can not be applied: 9_drop');
  expect(status).toBe(1);
});
