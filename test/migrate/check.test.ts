/** `dbkit migrate check`, on real git repositories. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkMigrations } from '../../src/migrate/check/check.ts';
import type { CheckReport } from '../../src/migrate/check/report.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { failureOf, tableModule, tablePair } from './project.ts';

const identity = {
  PATH: process.env.PATH ?? '',
  HOME: '/nowhere',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
};

interface Repository {
  readonly root: string;
  readonly folder: string;
  git(...args: readonly string[]): string;
  write(files: Readonly<Record<string, string>>): void;
  /** Writes and commits. */
  commit(files: Readonly<Record<string, string>>): void;
  check(base?: string): Promise<CheckReport>;
}

/** A branch `main` with these migrations, and a branch `topic` that leaves it there and is checked out. */
function repository(files: Readonly<Record<string, string>>, name = 'migrations'): Repository {
  const root = temporaryFolder('repository');
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: root, env: identity, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(more)) writeFileSync(join(folder, file), text);
  };
  const commit = (more: Readonly<Record<string, string>>) => {
    write(more);
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', 'change');
  };
  git('init', '-q', '-b', 'main');
  writeFileSync(join(root, 'dbkit.config.json'), JSON.stringify({ migrations: name }));
  commit(files);
  git('switch', '-q', '-c', 'topic');
  const check = (base = 'main') =>
    checkMigrations({
      folder,
      base,
      cwd: root,
      environment: identity,
      now: new Date('2026-03-04T05:06:07Z'),
      signal: new AbortController().signal,
      prove: null,
    });
  return { root, folder, git, write, commit, check };
}

/** The base gets these after the branch left it. */
function onMain({ git, commit }: Repository, files: Readonly<Record<string, string>>): void {
  const dirty = git('status', '--porcelain') !== '';
  if (dirty) git('stash', '-q', '-u');
  git('switch', '-q', 'main');
  commit(files);
  git('switch', '-q', 'topic');
  if (dirty) git('stash', 'pop', '-q');
}

const kinds = ({ faults }: CheckReport) => faults.map(({ kind, migration }) => `${kind} ${migration}`);

describe('a folder that was moved', () => {
  const moved = (repo: Repository) => {
    renameSync(repo.folder, join(repo.root, 'database'));
    const of = { folder: join(repo.root, 'database'), cwd: repo.root, environment: identity, now: new Date(0) };
    return checkMigrations({ ...of, base: 'main', prove: null, signal: new AbortController().signal });
  };
  const were = 'on the base the migrations are in migrations';

  it('is held against the one that the base has', async () => {
    const repo = repository({ ...tablePair('0001', 'doctors'), ...tablePair('0003', 'nurses') });
    repo.commit(tablePair('0002', 'wards'));
    repo.write({ '0001_doctors.up.sql': 'select 1;' });
    const report = await moved(repo);
    expect(kinds(report)).toEqual(['edited 0001_doctors', 'out-of-order 0002_wards']);
    expect(report).toMatchObject({ added: ['0002_wards'], notes: [were] });
  });

  it('is still one whose files are missed', async () => {
    const repo = repository({ ...tablePair('0001', 'doctors'), ...tablePair('0002', 'nurses') });
    rmSync(join(repo.folder, '0001_doctors.up.sql'));
    rmSync(join(repo.folder, '0001_doctors.down.sql'));
    expect(kinds(await moved(repo))).toEqual(['deleted 0001_doctors']);
  });

  it('is new where the base has none of its files', async () => {
    const repo = repository({});
    repo.commit(tablePair('0001', 'doctors'));
    expect(await moved(repo)).toMatchObject({ added: ['0001_doctors'], faults: [], notes: [] });
  });
});

describe('new files', () => {
  it('after all of the base are in order, committed or not', async () => {
    const repo = repository(tablePair('0001', 'doctors'));
    repo.commit(tablePair('0002', 'nurses'));
    repo.write(tableModule('0003', 'beds'));
    expect(await repo.check()).toMatchObject({
      added: ['0002_nurses', '0003_beds'],
      faults: [],
      renames: [],
      notes: [],
    });
  });

  it('that sort before one that came to the base are refused, and the rename is printed for both files', async () => {
    const repo = repository(tablePair('0001', 'doctors'));
    repo.commit(tablePair('0002', 'nurses'));
    repo.write(tableModule('0004', 'beds'));
    onMain(repo, tablePair('0003', 'wards'));
    const report = await repo.check();
    expect(kinds(report)).toEqual(['out-of-order 0002_nurses']);
    expect(report.renames.map(({ command }) => command)).toEqual([
      'git mv -- migrations/0002_nurses.up.sql migrations/0004_nurses.up.sql',
      'git mv -- migrations/0002_nurses.down.sql migrations/0004_nurses.down.sql',
      // What is new and comes behind it stays behind it; it is not git's yet.
      'mv -- migrations/0004_beds.ts migrations/0005_beds.ts',
    ]);
    expect(report.notes).toEqual(['this branch is behind: the base has 1 more, 0003_wards the last']);
  });

  it('with timestamps get that of now', async () => {
    const repo = repository(tablePair('20260101000000', 'doctors'));
    repo.commit(tablePair('20260102000000', 'nurses'));
    onMain(repo, tablePair('20260201000000', 'wards'));
    expect((await repo.check()).renames.map(({ to }) => to)).toEqual([
      'migrations/20260304050607_nurses.up.sql',
      'migrations/20260304050607_nurses.down.sql',
    ]);
  });

  it('are in order once they are renamed as it says, whatever their names', async () => {
    const repo = repository(tablePair('0001', 'doctors'), "it's $(HOME) – ordner");
    repo.commit(tablePair('0002', 'o\'brien; touch x $(touch y) `z` "ü'));
    onMain(repo, tablePair('0003', 'wards'));
    for (const { command } of (await repo.check()).renames)
      execFileSync('sh', ['-c', command], { cwd: repo.root, env: identity });
    expect(await repo.check()).toMatchObject({
      faults: [],
      renames: [],
      added: [expect.stringMatching(/^0004_o'brien/)],
    });
    expect(
      repo
        .git('status', '--porcelain', '-z')
        .split('\0')
        .filter((line) => line.startsWith('R')),
    ).toHaveLength(2);
  });

  it('with the version of another pull request are refused', async () => {
    const repo = repository(tablePair('0001', 'doctors'));
    repo.commit(tablePair('0002', 'nurses'));
    onMain(repo, tablePair('0002', 'beds'));
    const report = await repo.check();
    expect(kinds(report)).toEqual(['duplicate-version 0002_nurses']);
    expect(report.renames[0]?.to).toBe('migrations/0003_nurses.up.sql');
    repo.git('merge', '-q', '-m', 'merge', 'main');
    expect(kinds(await repo.check())).toEqual(['duplicate-version 0002_nurses']);
  });

  it('without a down are refused, and so is what can not be read', async () => {
    const repo = repository(tablePair('0001', 'doctors'));
    repo.write({
      '0002_nurses.up.sql': 'create table nurses ()',
      '0003_beds.down.sql': 'drop table beds',
      'x.sql': 'x',
    });
    const report = await repo.check();
    expect(kinds(report)).toEqual(['invalid null', 'invalid null', 'down-missing 0002_nurses']);
  });

  it('are not renamed where the width of the version is used up', async () => {
    const repo = repository(tablePair('8', 'doctors'));
    repo.commit(tablePair('7', 'nurses'));
    onMain(repo, tablePair('9', 'wards'));
    expect(await repo.check()).toMatchObject({
      renames: [],
      faults: [{ kind: 'out-of-order', fix: 'rename its files: give them a version that sorts after 9_wards' }],
    });
  });
});

describe('files of the base', () => {
  it.each([
    ['its up', { '0001_doctors.up.sql': 'create table doctors (name text)' }, 'edited here (up)'],
    ['its down', { '0001_doctors.down.sql': 'drop table doctors cascade' }, 'edited here (down)'],
    [
      'what it says of itself',
      { '0001_doctors.down.sql': '-- dbkit:lossy all\ndrop table doctors;\n' },
      '(directives)',
    ],
  ])('that were edited are refused: %s', async (_what, files, words) => {
    const repo = repository(tablePair('0001', 'doctors'));
    repo.write(files);
    const report = await repo.check();
    expect(report.faults).toEqual([
      expect.objectContaining({ kind: 'edited', message: expect.stringContaining(words) }),
    ]);
  });

  it('that were only reformatted are a note, and other line ends are nothing', async () => {
    const repo = repository({ ...tablePair('0001', 'doctors'), ...tableModule('0002', 'beds') });
    repo.write({ '0001_doctors.down.sql': 'drop table doctors;\r\n' });
    expect(await repo.check()).toMatchObject({ faults: [], notes: [] });
    repo.write({ '0001_doctors.down.sql': '-- goodbye\ndrop  table\ndoctors;' });
    expect(await repo.check()).toMatchObject({ faults: [], notes: [expect.stringContaining('0001_doctors')] });
  });

  it('that were renamed or deleted are refused', async () => {
    const repo = repository({
      ...tablePair('0001', 'doctors'),
      ...tableModule('0002', 'beds'),
      ...tablePair('0003', 'x'),
    });
    renameSync(join(repo.folder, '0002_beds.ts'), join(repo.folder, '0004_beds.ts'));
    for (const side of ['up', 'down']) rmSync(join(repo.folder, `0001_doctors.${side}.sql`));
    const report = await repo.check();
    expect(kinds(report)).toEqual(['deleted 0001_doctors', 'renamed 0002_beds']);
    expect(report.added).toEqual([]);
  });

  it('may be changed there after the branch left it', async () => {
    const repo = repository({ ...tablePair('0001', 'doctors'), ...tablePair('0002', 'beds') });
    onMain(repo, { '0001_doctors.down.sql': 'drop table doctors cascade' });
    expect(await repo.check()).toMatchObject({ faults: [], notes: [] });
    repo.git('merge', '-q', '-m', 'merge', 'main');
    expect(await repo.check()).toMatchObject({ faults: [], notes: [] });
  });
});

describe('a base that can not be used', () => {
  it.each(['-x', '--output=x', '', 'a\nb', '\0'])('%j is no ref', async (ref) => {
    const repo = repository(tablePair('0001', 'doctors'));
    expect(await failureOf(repo.check(ref))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('is no name'),
    });
  });

  it('is told with what to fetch', async () => {
    const repo = repository(tablePair('0001', 'doctors'));
    expect(await failureOf(repo.check('origin/main'))).toMatchObject({
      code: 'USAGE',
      hint: 'git fetch --no-tags origin main:refs/remotes/origin/main, then: --base origin/main',
    });
    expect((await failureOf(repo.check('$(touch x)'))).hint).not.toContain('touch');
  });

  it('is one of a shallow clone', async () => {
    const repo = repository(tablePair('0001', 'doctors'));
    repo.commit(tablePair('0002', 'nurses'));
    onMain(repo, tablePair('0003', 'wards'));
    const clone = join(temporaryFolder('clone'), 'c');
    repo.git('clone', '-q', '--depth=1', '--no-single-branch', '-b', 'topic', `file://${repo.root}`, clone);
    const folder = join(clone, 'migrations');
    const now = new Date(0);
    const signal = new AbortController().signal;
    const of = { folder, cwd: clone, environment: identity, now, signal, prove: null };
    expect(await failureOf(checkMigrations({ ...of, base: 'origin/main' }))).toMatchObject({
      message: expect.stringContaining('the clone is shallow'),
      hint: 'git fetch --unshallow origin',
    });
  });

  it('of a clone of one commit is there after the command that is printed', async () => {
    const repo = repository(tablePair('0001', 'doctors'));
    repo.commit(tablePair('0003', 'nurses'));
    onMain(repo, tablePair('0002', 'wards'));
    const clone = join(temporaryFolder('clone'), 'c');
    repo.git('clone', '-q', '--depth=1', '-b', 'topic', `file://${repo.root}`, clone);
    const folder = join(clone, 'migrations');
    const of = { folder, cwd: clone, environment: identity, now: new Date(0), prove: null, base: 'origin/main' };
    const check = () => checkMigrations({ ...of, signal: new AbortController().signal });
    const { hint } = await failureOf(check());
    execFileSync('sh', ['-c', String(hint?.split(', then')[0])], { cwd: clone, env: identity, stdio: 'ignore' });
    expect(await check()).toMatchObject({ faults: [], added: ['0003_nurses'] });
  });

  it('is none outside of a repository', async () => {
    const folder = temporaryFolder('migrations');
    const of = {
      folder,
      cwd: folder,
      now: new Date(0),
      signal: new AbortController().signal,
      prove: null,
      base: 'main',
    };
    const environment = { ...identity, GIT_CEILING_DIRECTORIES: join(folder, '..') };
    expect(await failureOf(checkMigrations({ ...of, environment }))).toMatchObject({
      message: expect.stringContaining('not in a git repository'),
    });
    const nothing = { ...identity, PATH: '/nowhere' };
    expect(await failureOf(checkMigrations({ ...of, environment: nothing }))).toMatchObject({
      code: 'DEPENDENCY_MISSING',
    });
  });
});

it('exits 1 with every fault, needs no database, and prints one document', async () => {
  const repo = repository(tablePair('0001', 'doctors'));
  repo.commit({ ...tablePair('0002', 'nurses'), '0001_doctors.down.sql': 'select 1' });
  onMain(repo, tablePair('0003', 'wards'));
  const run = (...args: readonly string[]) =>
    runCli(['migrate', 'check', '--base', 'main', ...args], { cwd: repo.root, env: identity });
  const text = await run();
  expect(text).toMatchObject({ status: 1, stderr: '' });
  expect(text.stdout).toContain('git mv -- migrations/0002_nurses.up.sql migrations/0004_nurses.up.sql');
  const json = await run('--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    exitCode: 1,
    result: { faults: [{ kind: 'edited' }, { kind: 'out-of-order' }] },
  });
});
