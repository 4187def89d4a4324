import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireEmbeddedServer } from '../../src/postgres/embedded/acquire.ts';
import { resetEmbedded, startEmbedded, stopEmbedded } from '../../src/postgres/embedded/keep-running.ts';
import { findPostmaster } from '../../src/postgres/embedded/pid-file.ts';
import { embeddedStatus } from '../../src/postgres/embedded/status.ts';
import { clustersOf, dataDirectoryOf, embeddedProject, startHolder } from './embedded-project.ts';

test('20 commands at once on a first run share one server, and nothing is left', { timeout: 120_000 }, async () => {
  const project = embeddedProject();
  const holders = Array.from({ length: 20 }, (_, index) => startHolder(project, { holdMs: (index * 37) % 200 }));
  const statuses = await Promise.all(holders.map((holder) => holder.exited));
  expect(statuses).toEqual(holders.map(() => 0));
  expect(clustersOf(project)).toEqual(['18-postgres']);
  expect(findPostmaster(dataDirectoryOf(project))).toBeNull();
  const log = readFileSync(join(dataDirectoryOf(project), 'server.log'), 'utf8');
  expect(log).not.toContain('already exists');
});

test('the server stays for as long as one command uses it', async () => {
  const project = embeddedProject();
  const first = startHolder(project);
  const second = startHolder(project);
  const [one, two] = [await first.next(), await second.next()];
  expect(two.postmaster).toBe(one.postmaster);
  expect(await embeddedStatus(project)).toMatchObject({ running: true, users: 2, kept: false, place: 'project' });
  first.finish();
  expect(await first.exited).toBe(0);
  expect(await embeddedStatus(project)).toMatchObject({ running: true, users: 1 });
  second.finish();
  expect(await second.exited).toBe(0);
  expect(await embeddedStatus(project)).toMatchObject({ running: false, pid: null, users: 0 });
});

test('a killed command does not hold the server', async () => {
  const project = embeddedProject();
  const killed = startHolder(project);
  const other = startHolder(project);
  await Promise.all([killed.next(), other.next()]);
  await killed.kill();
  await expect.poll(async () => (await embeddedStatus(project)).users).toBe(1);
  other.finish();
  expect(await other.exited).toBe(0);
  expect(findPostmaster(dataDirectoryOf(project))).toBeNull();
});

test('what the only command left running when it was killed, the next one finds and stops', async () => {
  const project = embeddedProject();
  const killed = startHolder(project);
  const { postmaster } = await killed.next();
  await killed.kill();
  expect(findPostmaster(dataDirectoryOf(project))).toBe(postmaster);
  const server = await acquireEmbeddedServer(project);
  expect(findPostmaster(dataDirectoryOf(project))).toBe(postmaster);
  await server.release();
  expect(findPostmaster(dataDirectoryOf(project))).toBeNull();
});

test('a kept server outlives its last command, until it is stopped', async () => {
  const project = embeddedProject();
  const { pid } = await startEmbedded(project);
  const server = await acquireEmbeddedServer(project);
  await server.release();
  expect(await embeddedStatus(project)).toMatchObject({ running: true, kept: true, pid, users: 0 });
  expect(await stopEmbedded(project)).toEqual({ outcome: 'stopped', users: 0 });
  expect(await embeddedStatus(project)).toMatchObject({ running: false, kept: false });
  expect(await stopEmbedded(project)).toEqual({ outcome: 'not-running', users: 0 });
});

test('the mark of a kept server means nothing to the server after it', async () => {
  const project = embeddedProject();
  const { pid } = await startEmbedded(project);
  process.kill(pid ?? 0, 'SIGKILL');
  await expect.poll(() => findPostmaster(dataDirectoryOf(project))).toBeNull();
  const server = await acquireEmbeddedServer(project);
  expect(await embeddedStatus(project)).toMatchObject({ running: true, kept: false });
  await server.release();
  expect(findPostmaster(dataDirectoryOf(project))).toBeNull();
});

test('stop leaves a server that is in use to its last user, unless forced', async () => {
  const project = embeddedProject();
  await startEmbedded(project);
  const server = await acquireEmbeddedServer(project);
  expect(await stopEmbedded(project)).toEqual({ outcome: 'in-use', users: 1 });
  await expect(resetEmbedded(project, { signal: project.signal })).rejects.toMatchObject({ code: 'RUN_LOCKED' });
  expect(await embeddedStatus(project)).toMatchObject({ running: true, kept: false });
  expect(await stopEmbedded(project, { force: true })).toEqual({ outcome: 'stopped', users: 1 });
  await server.release();
});

test('reset removes the data; the next command makes it anew', async () => {
  const project = embeddedProject();
  await (await acquireEmbeddedServer(project)).release();
  await resetEmbedded(project, { signal: project.signal });
  expect(clustersOf(project)).toEqual([]);
  expect(await embeddedStatus(project)).toMatchObject({ initialised: false, running: false });
  await (await acquireEmbeddedServer(project)).release();
  expect(clustersOf(project)).toEqual(['18-postgres']);
});
