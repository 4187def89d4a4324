import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireEmbeddedServer } from '../../src/postgres/embedded/acquire.ts';
import { startEmbedded } from '../../src/postgres/embedded/keep-running.ts';
import { findPostmaster } from '../../src/postgres/embedded/pid-file.ts';
import type { ServerUser } from '../../src/postgres/embedded/server-user.ts';
import { identityOf, serverUser } from '../../src/postgres/embedded/server-user.ts';
import type { EmbeddedServerOptions } from '../../src/postgres/server.ts';
import { withSession } from '../harness/sessions.ts';
import { clustersOf, dataDirectoryOf, embeddedProject, startHolder } from './embedded-project.ts';

async function tableThatWasCommitted(project: EmbeddedServerOptions): Promise<void> {
  const server = await acquireEmbeddedServer(project);
  await withSession(server.settings('postgres'), (session) => session.run('create table orders (id int)'));
  await server.release();
}

async function expectTable(project: EmbeddedServerOptions): Promise<void> {
  const server = await acquireEmbeddedServer(project);
  try {
    const { rows } = await withSession(server.settings('postgres'), (session) =>
      session.query<{ there: boolean }>(`select to_regclass('public.orders') is not null as there`),
    );
    expect(rows).toEqual([{ there: true }]);
  } finally {
    await server.release();
  }
  expect(findPostmaster(dataDirectoryOf(project))).toBeNull();
}

/** A program that is no server, run by the server's user: its pid is one that postgres respects. */
function foreignProcess(user: ServerUser | null): ChildProcess {
  const child = spawn('sleep', ['600'], { cwd: '/', stdio: 'ignore', ...identityOf(user) });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('after kill -9 of the server: data is there, the mark of the dead server is not in the way', async () => {
  const project = embeddedProject();
  await tableThatWasCommitted(project);
  const { pid } = await startEmbedded(project);
  process.kill(pid ?? 0, 'SIGKILL');
  await expectTable(project);
});

test('a command whose server is killed says so, and the next command works', async () => {
  const project = embeddedProject();
  await tableThatWasCommitted(project);
  const holder = startHolder(project);
  const { postmaster } = await holder.next();
  process.kill(postmaster ?? 0, 'SIGKILL');
  await expect.poll(() => findPostmaster(dataDirectoryOf(project))).toBeNull();
  holder.finish();
  expect(await holder.next()).toMatchObject({ code: 'UNREACHABLE' });
  expect(await holder.exited).toBe(2);
  await expectTable(project);
});

const pidFiles: readonly (readonly [string, () => string])[] = [
  ['of a program of the same user', () => `${foreignProcess(serverUser()).pid}\n`],
  ['of a program of another user', () => `${foreignProcess(null).pid}\n`],
  ['of nobody', () => '4194303\n'],
  ['of init', () => '1\n'],
  ['empty', () => ''],
  ['not a number', () => 'orders\n'],
];

test.for(pidFiles)('a pid file left behind: %s', async ([, content]) => {
  const project = embeddedProject();
  await tableThatWasCommitted(project);
  const pidFile = join(dataDirectoryOf(project), 'postmaster.pid');
  const rest = `${dataDirectoryOf(project)}\n1700000000\n5432\n.\n\n  5432001    123\nready\n`;
  const first = content();
  writeFileSync(pidFile, first === '' ? '' : first + rest);
  await expectTable(project);
});

test('a data directory that others may enter, as a copy or a checkout leaves it', async () => {
  const project = embeddedProject();
  await tableThatWasCommitted(project);
  chmodSync(dataDirectoryOf(project), 0o755);
  await expectTable(project);
});

test('data of another major is refused before the server is started', async () => {
  const project = embeddedProject();
  await tableThatWasCommitted(project);
  const log = readFileSync(join(dataDirectoryOf(project), 'server.log'), 'utf8');
  writeFileSync(join(dataDirectoryOf(project), 'PG_VERSION'), '16\n');
  await expect(acquireEmbeddedServer(project)).rejects.toMatchObject({
    code: 'EMBEDDED_UNAVAILABLE',
    message: expect.stringContaining('is of PostgreSQL 16, not 18'),
    hint: expect.stringContaining('dbkit db reset'),
  });
  expect(readFileSync(join(dataDirectoryOf(project), 'server.log'), 'utf8')).toBe(log);
});

test('what the server says is shown when it cannot start', async () => {
  const project = embeddedProject();
  await tableThatWasCommitted(project);
  writeFileSync(join(dataDirectoryOf(project), 'postgresql.auto.conf'), `shared_buffers = 'orders'\n`);
  await expect(acquireEmbeddedServer(project)).rejects.toMatchObject({
    code: 'EMBEDDED_UNAVAILABLE',
    details: expect.arrayContaining([expect.stringContaining('shared_buffers')]),
    hint: expect.stringContaining('server.log'),
  });
});

test('an abort on a first run leaves nothing half made', async () => {
  const abort = new AbortController();
  const project = { ...embeddedProject(), signal: abort.signal };
  const acquired = acquireEmbeddedServer({
    ...project,
    onEvent: (event) => {
      if (event.kind === 'start') setImmediate(() => abort.abort(new Error('stop')));
    },
  });
  await expect(acquired).rejects.toThrow('stop');
  expect(clustersOf(project)).toEqual([]);
});

test('a command killed in its first run leaves nothing in the way', async () => {
  const project = embeddedProject();
  const killed = startHolder(project);
  const half = (): number => {
    try {
      return clustersOf(project).filter((name) => name.startsWith('.')).length;
    } catch {
      return 0;
    }
  };
  await expect.poll(half, { interval: 2, timeout: 10_000 }).toBe(1);
  await killed.kill();
  await (await acquireEmbeddedServer(project)).release();
  expect(clustersOf(project)).toEqual(['18-postgres']);
});
