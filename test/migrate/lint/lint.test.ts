/** `dbkit migrate lint` with rules of its own: levels, allowances, keys, stats, choices, and the command line. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Allowance, RuleLevel } from '../../../src/config/schema.ts';
import { readMigrationFolder } from '../../../src/migrate/folder.ts';
import { addedSince } from '../../../src/migrate/lint/added-since.ts';
import { chooseMigrations } from '../../../src/migrate/lint/choose.ts';
import { estimateWork, tellSeconds, tellSize } from '../../../src/migrate/lint/estimate.ts';
import { lintMigrations } from '../../../src/migrate/lint/lint.ts';
import { readStats } from '../../../src/migrate/lint/read-stats.ts';
import { renderLint } from '../../../src/migrate/lint/render.ts';
import type { LintReport } from '../../../src/migrate/lint/report.ts';
import type { LintRule } from '../../../src/migrate/lint/rule.ts';
import { runCli } from '../../harness/run-cli.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { testDatabase } from '../../harness/test-database.ts';
import { failureOf, migrationProject } from '../project.ts';

/** Finds each index that is built while writers wait. */
const slowIndex: LintRule = {
  name: 'slow-index',
  severity: 'error',
  summary: 'An index is built while writers wait.',
  explanation: 'CREATE INDEX holds off writers.',
  check: ({ up, down }) =>
    [up, down].flatMap((run) =>
      (run?.statements ?? []).flatMap((statement) =>
        statement.indexesBuilt.map(({ relation, index }) => ({
          direction: run?.direction ?? 'up',
          statement,
          location: null,
          object: relation,
          message: `${index} is built while writers wait`,
          patch: 'create index concurrently …;',
        })),
      ),
    ),
};

const files = {
  '1_orders.up.sql': 'create table orders (id bigint primary key, total integer, day date);\n',
  '1_orders.down.sql': 'drop table orders;\n',
  '2_total.up.sql':
    'alter table orders add column a int;\n  create index by_total\n    on orders (total);\ncreate index by_day on orders (day);\n',
  '2_total.down.sql': 'drop index by_total, by_day; alter table orders drop column a;\n',
};

interface Options {
  readonly levels?: Readonly<Record<string, RuleLevel>>;
  readonly allow?: readonly Allowance[];
  readonly stats?: Readonly<Record<string, { rows: number; bytes: number | null }>>;
  readonly names?: readonly string[];
}

async function lint(given: Readonly<Record<string, string>>, options: Options = {}): Promise<LintReport> {
  const project = await migrationProject(given);
  const all = await readMigrationFolder(project.folder);
  const config = {
    lint: { rules: options.levels ?? {}, exposedSchemas: null },
    allow: options.allow ?? [],
    file: '/app/dbkit.config.ts',
  };
  return lintMigrations(
    {
      ...project.options,
      files: all,
      chosen: chooseMigrations(all, null, { names: options.names ?? [], since: null, added: null }),
      rules: [slowIndex],
      config,
      stats: options.stats === undefined ? null : new Map(Object.entries(options.stats)),
      target: null,
    },
    async () => project.context,
  );
}

const inShort = ({ findings }: LintReport) =>
  findings.map(({ key, severity, accepted }) => `${severity} ${key}${accepted === null ? '' : ` (${accepted.why})`}`);

test('a finding has a key of its own, its place, what the statement does, and for how long', async () => {
  const report = await lint(files, { stats: { 'public.orders': { rows: 41_000_000, bytes: 12_000_000_000 } } });
  expect(inShort(report)).toEqual([
    'error slow-index:2_total:public.orders',
    'error slow-index:2_total:public.orders#2',
  ]);
  expect(report.failing).toBe(2);
  expect(report.findings[0]).toMatchObject({
    location: { line: 2, column: 3 },
    evidence: ['builds the index public.by_total on public.orders (41 M rows, 12 GB): about 1 to 10 minutes'],
    help: 'docs/lint-rules.md#slow-index',
  });
  expect(report.migrations[1]?.up[0]?.effects).toEqual([
    'blocks reads and writes on public.orders (41 M rows, 12 GB) for about 3 to 20 minutes, and during 2 more statements (ACCESS EXCLUSIVE)',
  ]);
  expect(report.migrations.map(({ name, up, down }) => [name, up.length, down?.length])).toEqual([
    ['1_orders', 1, 1],
    ['2_total', 3, 2],
  ]);
  const same = (text: string) => text;
  const text = renderLint(report, { bold: same, dim: same, good: same, bad: same, warn: same });
  expect(text).toBe(`2_total.up.sql
  2:3  error slow-index: public.by_total is built while writers wait
    2 | create index by_total
      | ^
    3 |     on orders (total)
    builds the index public.by_total on public.orders (41 M rows, 12 GB): about 1 to 10 minutes
    instead:
      create index concurrently …;
    docs/lint-rules.md#slow-index
  4:1  error slow-index: public.by_day is built while writers wait
    4 | create index by_day on orders (day)
      | ^
    builds the index public.by_day on public.orders (41 M rows, 12 GB): about 1 to 10 minutes
    instead:
      create index concurrently …;
    docs/lint-rules.md#slow-index

2 errors in 2 migrations, 7 statements run up and down on a scratch database`);
});

test('one that fails on the way to those that were asked for is an error with its place, no finding', async () => {
  const broken = {
    ...files,
    '3_broken.up.sql': 'select 1;\nalter table gone add x int;\n',
    '3_broken.down.sql': 'select 1;\n',
    '4_asked.up.sql': 'select 1;\n',
    '4_asked.down.sql': 'select 1;\n',
  };
  const error = await failureOf(lint(broken, { names: ['4_asked'] }));
  expect(error).toMatchObject({ code: 'MIGRATION_FAILED', location: { line: 2 }, exitCode: 2 });
});

test('which migrations: all, by names, behind one, what a git branch adds, what a target lacks', async () => {
  const { folder } = await migrationProject({
    ...files,
    '3_next.up.sql': 'select 1;\n',
    '3_next.down.sql': 'select 1;\n',
  });
  const all = await readMigrationFolder(folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  git('add', '1_orders.up.sql', '1_orders.down.sql');
  git('commit', '-qm', 'one');
  git('checkout', '-qb', 'branch');
  git('add', '2_total.up.sql', '2_total.down.sql');
  git('commit', '-qm', 'two');
  const added = await addedSince('main', folder);
  const judged = (
    choice: Partial<Parameters<typeof chooseMigrations>[2]>,
    states: Parameters<typeof chooseMigrations>[1] = null,
  ) =>
    chooseMigrations(all, states, { names: [], since: null, added: null, ...choice }).map(
      ({ file, judged: is }) => `${is ? '' : 'only run '}${file.name}`,
    );
  expect(judged({})).toEqual(['1_orders', '2_total', '3_next']);
  expect(judged({ names: ['2'] })).toEqual(['only run 1_orders', '2_total']);
  expect(judged({ since: '1_orders' })).toEqual(['only run 1_orders', '2_total', '3_next']);
  expect(judged({ added })).toEqual(['only run 1_orders', '2_total', '3_next']);
  expect(judged({ added: new Set() })).toEqual([]);
  const applied = { file: null, outOfOrder: false, status: 'applied' as const };
  const states = ['1_orders', '3_next'].map((name) => ({ ...applied, name, entry: { state: 'applied' } as never }));
  expect(judged({}, states)).toEqual(['only run 1_orders', 'only run 3_next', '2_total']);
  await expect(async () => judged({ names: ['2_totl'] })).rejects.toMatchObject({
    code: 'MIGRATION_UNKNOWN',
    hint: 'did you mean 2_total?',
  });
  await expect(addedSince('--output=x', folder)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(addedSince('gone', folder)).rejects.toMatchObject({ code: 'USAGE' });
});

test('estimates are ranges, in the unit that matters; a file that is none is refused', async () => {
  expect(tellSeconds({ from: 0.01, to: 0.4 })).toBe('less than a second');
  expect(tellSeconds({ from: 0.2, to: 42 })).toBe('up to 42 seconds');
  expect(tellSeconds({ from: 61, to: 600 })).toBe('about 1 to 10 minutes');
  expect(tellSeconds({ from: 7000, to: 90_000 })).toBe('about 2 to 25 hours');
  expect(tellSize({ rows: 41_000_000, bytes: 12_000_000_000 })).toBe('41 M rows, 12 GB');
  expect(tellSize({ rows: 420, bytes: null })).toBe('420 rows');
  const none = { scanned: [], indexesBuilt: [], validated: [], parsed: [] };
  const stats = new Map([['public.orders', { rows: 1_000_000, bytes: null }]]);
  expect(estimateWork({ ...none, rewritten: ['public.other'] }, stats)).toBeNull();
  expect(estimateWork({ ...none, rewritten: ['public.orders'] }, stats)).toEqual({ from: 100 / 60, to: 12.5 });
  const folder = temporaryFolder('stats');
  for (const text of ['', '[]', '{"stats":2,"relations":{}}', '{"stats":1,"relations":{"a":{"rows":"x"}}}']) {
    writeFileSync(join(folder, 'stats.json'), text);
    expect(await failureOf(readStats(join(folder, 'stats.json')))).toMatchObject({ code: 'FILE_INVALID' });
  }
  expect(await failureOf(readStats(join(folder, 'gone.json')))).toMatchObject({ code: 'IO_FAILED' });
});

test('on the command line: a target says what is pending, and the formats go into a file', async () => {
  const project = await migrationProject(files);
  const other = await testDatabase();
  const cwd = await project.commandLineFolder();
  writeFileSync(join(cwd, 'stats.json'), JSON.stringify({ result: { stats: 1, relations: {} } }));
  const env = { DATABASE_URL: project.db.url, OTHER: other.url };
  expect((await runCli(['migrate', 'up', '1', '--quiet'], { cwd, env })).status).toBe(0);
  const args = ['migrate', 'lint', '--database-url', project.db.url, '--scratch', 'env:OTHER', '--stats', 'stats.json'];
  const run = await runCli([...args, '--format', 'sarif', '--output', 'out/lint.sarif', '--json'], { cwd, env });
  const { result, exitCode } = JSON.parse(run.stdout);
  expect(exitCode).toBe(run.status);
  expect(result.migrations.map(({ name }: { name: string }) => name)).toEqual(['2_total']);
  expect(result.target.database).toBe(project.db.settings.database);
  expect(result.output).toBe(join(cwd, 'out/lint.sarif'));
  expect(JSON.parse(readFileSync(result.output, 'utf8')).version).toBe('2.1.0');
  const { rows } = await project.sql.query(`select from pg_indexes where indexname = 'by_total'`);
  expect(rows).toEqual([]);
});
