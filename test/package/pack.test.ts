/** What a user installs: the files of the tarball, the library with its types, the command line. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstalledProject } from './installed-project.ts';
import { packInto, unpack } from './installed-project.ts';

const repository = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
let project: InstalledProject;

beforeAll(() => {
  project = packInto('pack');
  unpack(project);
}, 180_000);
afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

test('the tarball holds these files and no others', () => {
  const built = /^(?:dist\/(?:chunks\/[\w-]+\.js|.+\.d\.ts)|docs\/json\/[a-z-]+\.schema\.json)$/;
  const paths = project.files.map((file) => file.path);
  const migrations = readdirSync(join(repository, 'migrations')).map((name) => `migrations/${name}`);
  expect(paths.filter((path) => !built.test(path)).sort()).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin/dbkit.js',
      'bin/fresh-build.js',
      'bin/load-build.js',
      'bin/older-node.js',
      'bin/package.json',
      'dbkit.config.ts',
      'dist/THIRD-PARTY.md',
      'dist/cli.script.js',
      'dist/index.js',
      'dist/kysely.script.js',
      'dist/ora.script.js',
      'package.json',
      ...migrations,
    ].sort(),
  );
  expect(paths).toContain('dist/index.d.ts');
  expect(project.files.find((file) => file.path === 'bin/dbkit.js')?.mode).toBe(0o755);
});

test('every package inside the bundle has its licence in the tarball', () => {
  const notices = readFileSync(join(project.folder, 'node_modules/dbkit/dist/THIRD-PARTY.md'), 'utf8');
  const sections = notices.split(/^## /m).slice(1);
  const names = sections.map((section) => section.split(' ')[0]);
  expect(names).toEqual(expect.arrayContaining(['chalk', 'commander', 'kysely', 'ora', 'pg', 'zod']));
  for (const section of sections) expect(section, section.split('\n')[0]).toMatch(/permission|licen[cs]e/i);
});

test('no file tells of the machine it was built on', () => {
  const { stdout } = spawnSync(
    'grep',
    ['-rlF', '-e', repository, '-e', project.folder, join(project.folder, 'node_modules/dbkit')],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toBe('');
});

test('the command line runs from its installed place', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/dbkit/bin/dbkit.js', ...args], {
      cwd: project.folder,
      env: { PATH: process.env.PATH, HOME: project.folder },
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stdout, stderr };
  };
  expect(run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  expect(run('migrate', 'new', 'create_people')).toMatchObject({ status: 0 });
  expect(readdirSync(join(project.folder, 'migrations'))).toEqual([expect.stringMatching(/_create_people\.ts$/)]);
});

test('--help loads no more of Node than it needs, and no part that only verbs need', () => {
  const told = `process.on('exit', () => require('fs').writeSync(2, JSON.stringify(process.moduleLoadList)))`;
  writeFileSync(join(project.folder, 'told.cjs'), told);
  const run = (...args: string[]): ReadonlySet<string> => {
    const { stderr } = spawnSync(process.execPath, ['--require', './told.cjs', ...args], {
      cwd: project.folder,
      env: { PATH: process.env.PATH, HOME: project.folder },
      encoding: 'utf8',
    });
    return new Set(JSON.parse(stderr));
  };
  const empty = run('-e', '0');
  const loaded = [...run('node_modules/dbkit/bin/dbkit.js', '--help')]
    .filter((name) => !empty.has(name))
    .flatMap((name) => /^NativeModule ([a-z_]+)$/.exec(name)?.[1] ?? []);
  for (const heavy of [
    'tls',
    'dns',
    'child_process',
    'http',
    'https',
    'zlib',
    'readline',
    'worker_threads',
    'inspector',
  ])
    expect(loaded).not.toContain(heavy);
  expect(loaded).toContain('vm');
});

test('the library runs and reaches no command line', () => {
  const script =
    'const api = await import("dbkit"); console.log(typeof api.defineConfig, new api.DbkitError("USAGE", "x").exitCode)';
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: project.folder,
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'function 2\n', stderr: '' });
});

test.each(['nodenext', 'bundler'])(
  'the types are there for moduleResolution %s',
  (moduleResolution) => {
    const compilerOptions = {
      target: 'es2023',
      module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
      moduleResolution,
      strict: true,
      noEmit: true,
      // Our own declarations are checked once; the second time only how they are found.
      skipLibCheck: moduleResolution === 'bundler',
      types: [],
    };
    writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.mts'] }));
    writeFileSync(
      join(project.folder, 'user.mts'),
      `import { defineConfig, DbkitError, irreversible, type ErrorCode } from 'dbkit';
     export default defineConfig({ migrations: 'db', environments: { staging: { url: 'env:STAGING_URL', protected: true } } });
     // @ts-expect-error a number is no folder
     defineConfig({ migrations: 1 });
     // @ts-expect-error no such key
     defineConfig({ migration: 'db' });
     export const down = irreversible('the column is gone');
     export const code: ErrorCode = new DbkitError('USAGE', 'x').code;
     // @ts-expect-error the list of codes is closed
     export const other: ErrorCode = 'OTHER';`,
    );
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project.folder], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  },
  180_000,
);
