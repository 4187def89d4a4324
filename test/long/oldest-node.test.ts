/** `engines` says Node 22.18: the built entry and the sources run on exactly that one, without a word about type stripping. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const repository = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
const oldest = `${/^>=(\d+\.\d+)$/.exec(manifest.engines.node)?.[1]}.0`;

/** npm's package of that Node, installed in a folder of its own. */
function installNode(): string {
  const folder = temporaryFolder('oldest-node');
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const name = `node-linux-${process.arch}`;
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', ['install', ...quiet, `${name}@${oldest}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return join(folder, 'node_modules', name, 'bin/node');
}

test.runIf(process.platform === 'linux').each(['dist', 'src'])('the demo runs on the oldest Node, from %s', (kind) => {
  const node = installNode();
  const folder = temporaryFolder('oldest-node-house');
  const others = kind === 'dist' ? ['dist'] : ['src'];
  for (const name of ['bin', 'migrations', 'package.json', 'dbkit.config.ts', ...others]) {
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(node, [join(folder, 'bin/dbkit.js'), ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      encoding: 'utf8',
      timeout: 120_000,
    });
    return { status, stdout, stderr };
  };
  expect(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()).toBe(`v${oldest}`);
  expect(run('--help')).toMatchObject({ status: 0, stderr: '' });
  const demo = run('demo', '--json');
  expect(demo, demo.stderr).toMatchObject({ status: 0 });
  expect(JSON.parse(demo.stdout)).toMatchObject({ ok: true, exitCode: 0 });
  expect(demo.stderr).not.toMatch(/warning|experimental/i);
});
