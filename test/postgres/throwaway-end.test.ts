import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { serverUser } from '../../src/postgres/embedded/server-user.ts';
import { startThrowawayServer } from '../../src/postgres/embedded/throwaway.ts';
import {
  makeThrowawayFolder,
  sweepThrowawayFolders,
  throwawayFolders,
} from '../../src/postgres/embedded/throwaway-folder.ts';
import { supervisor } from '../../src/postgres/embedded/throwaway-supervisor.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const ownerProgram = fileURLToPath(new URL('throwaway-owner.ts', import.meta.url));

interface Owner {
  readonly child: ReturnType<typeof spawn>;
  readonly directory: string;
}

async function startOwner(...args: readonly string[]): Promise<Owner> {
  const child = spawn(process.execPath, [ownerProgram, ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, ...(JSON.parse(line) as Pick<Owner, 'directory'>) };
}

/** All that was started for a folder: its environment names it, or (postgres writes over that) it works there. No zombies. */
function processesOf(directory: string): readonly number[] {
  const mentions = (pid: number): boolean => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      return environment.includes(directory) || readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(mentions);
}

/** The shells between dbkit and the server. */
function supervisorsOf(directory: string): readonly number[] {
  return processesOf(directory).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('dbkit-throwaway'),
  );
}

async function expectNothingLeft({ directory }: Owner): Promise<void> {
  await expect.poll(() => existsSync(directory), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => processesOf(directory), { timeout: 20_000 }).toEqual([]);
}

test.for(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'nothing is left after %s of its owner',
  async (signal) => {
    const owner = await startOwner();
    expect(existsSync(owner.directory)).toBe(true);
    owner.child.kill(signal);
    await expectNothingLeft(owner);
  },
);

test('nothing is left when its owner ends without giving it back', async () => {
  const owner = await startOwner('exit');
  await expectNothingLeft(owner);
});

test('nothing is left after kill -9 of its supervisor and of its owner', async () => {
  const owner = await startOwner();
  const [first = 0] = supervisorsOf(owner.directory).toSorted((a, b) => a - b);
  process.kill(first, 'SIGKILL');
  owner.child.kill('SIGKILL');
  await expectNothingLeft(owner);
});

test('what stays after kill -9 of all of them goes with the next throw-away server', async () => {
  const owner = await startOwner();
  for (const pid of supervisorsOf(owner.directory)) process.kill(pid, 'SIGKILL');
  owner.child.kill('SIGKILL');
  await once(owner.child, 'exit');
  expect(existsSync(owner.directory)).toBe(true);
  sweepThrowawayFolders(serverUser());
  await expectNothingLeft(owner);
});

test('nothing is left when its owner ends while the data is still being made', async () => {
  const folder = join(temporaryFolder('supervised'), 'throwaway');
  mkdirSync(folder);
  const endless = 'mkdir "$0"; i=0; while :; do i=$((i + 1)); : >"$0/$i"; done';
  const child = spawn('/bin/sh', ['-c', supervisor, 'dbkit-throwaway', 'sh', '-c', endless], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, folder, postgres: 'false' },
  });
  child.stdin?.write('begin\n');
  await expect.poll(() => existsSync(join(folder, 'data', '100'))).toBe(true);
  child.stdin?.end();
  await once(child, 'exit');
  expect(existsSync(folder)).toBe(false);
  await expect.poll(() => processesOf(folder), { timeout: 20_000 }).toEqual([]);
});

test('nothing is left when its owner ends before the folder is complete', async () => {
  const folder = join(temporaryFolder('supervised'), 'throwaway');
  const child = spawn('/bin/sh', ['-c', supervisor, 'dbkit-throwaway', 'touch'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, folder, postgres: 'false' },
  });
  mkdirSync(folder);
  writeFileSync(join(folder, 'owner.json'), '{}');
  child.stdin?.end();
  await once(child, 'exit');
  expect(existsSync(folder)).toBe(false);
  expect(processesOf(folder)).toEqual([]);
});

test('a sweep leaves what is alive, and what it cannot prove to be ours', () => {
  const [ours = ''] = throwawayFolders(serverUser());
  makeThrowawayFolder(ours, serverUser());
  const noNote = join(tmpdir(), `dbkit-throwaway-${randomBytes(12).toString('hex')}`);
  const otherName = join(tmpdir(), `dbkit-throwaway-orders-${process.pid}`);
  mkdirSync(noNote);
  mkdirSync(otherName);
  writeFileSync(
    join(otherName, 'owner.json'),
    JSON.stringify({ pid: 4194303, startTicks: '1', boot: null, namespace: null }),
  );
  onTestFinished(() => {
    for (const folder of [ours, noNote, otherName]) rmSync(folder, { recursive: true, force: true });
  });
  sweepThrowawayFolders(serverUser());
  expect([ours, noNote, otherName].map((folder) => existsSync(folder))).toEqual([true, true, true]);
});

test('an abort while it starts leaves nothing', async () => {
  const abort = new AbortController();
  const before = new Set(readdirSync(tmpdir()).filter((name) => name.startsWith('dbkit-throwaway-')));
  const starting = startThrowawayServer({ major: 18, platform: 'postgres', onEvent: () => {}, signal: abort.signal });
  const mine = (): readonly string[] => {
    const names = readdirSync(tmpdir()).filter((name) => name.startsWith('dbkit-throwaway-') && !before.has(name));
    return names.filter((name) => {
      try {
        return JSON.parse(readFileSync(join(tmpdir(), name, 'owner.json'), 'utf8')).pid === process.pid;
      } catch {
        return false;
      }
    });
  };
  await expect.poll(mine, { interval: 1 }).toHaveLength(1);
  abort.abort(new Error('stop'));
  await expect(starting).rejects.toThrow('stop');
  expect(mine()).toEqual([]);
});
