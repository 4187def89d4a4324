import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireEmbeddedServer } from '../../src/postgres/embedded/acquire.ts';
import { resetEmbedded, startEmbedded, stopEmbedded } from '../../src/postgres/embedded/keep-running.ts';
import { findPostmaster } from '../../src/postgres/embedded/pid-file.ts';
import { embeddedStatus } from '../../src/postgres/embedded/status.ts';
import { readMarker, writeMarker } from '../../src/postgres/own-schema.ts';
import { runCli } from '../harness/run-cli.ts';
import { withSession } from '../harness/sessions.ts';
import { clustersOf, dataDirectoryOf, embeddedProject, startHolder } from './embedded-project.ts';

test('20 commands at once on a first run: all succeed, on one server, and nothing is left', {
  timeout: 180_000,
}, async () => {
  const project = embeddedProject();
  const cwd = project.projectRoot;
  mkdirSync(join(cwd, 'migrations'));
  writeFileSync(join(cwd, 'migrations', '1_orders.up.sql'), 'create table orders (id int);\n');
  writeFileSync(join(cwd, 'migrations', '1_orders.down.sql'), 'drop table orders;\n');
  const commands = Array.from({ length: 20 }, () => runCli(['migrate', 'up', '--target', 'embedded'], { cwd }));
  const results = await Promise.all(commands);
  expect(results.filter((result) => result.status !== 0)).toEqual([]);
  expect(results.filter((result) => result.stdout.startsWith('1 applied'))).toHaveLength(1);
  expect(clustersOf(project)).toEqual(['18-postgres']);
  expect(findPostmaster(dataDirectoryOf(project))).toBeNull();
  // One server at a time: a second one would have met the pid file of the first.
  expect(readFileSync(join(dataDirectoryOf(project), 'server.log'), 'utf8')).not.toContain('already exists');
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
  // Its lease goes with its session, which the server ends when it sees the connection closed.
  await expect.poll(async () => (await embeddedStatus(project)).users).toBe(0);
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

test('a new cluster is marked at birth, and a mark that was changed stays', async () => {
  const project = { ...embeddedProject(), platform: 'supabase' as const, dbkitVersion: '0.0.0-test' };
  const server = await acquireEmbeddedServer(project);
  await withSession(server.settings('postgres'), async (session) => {
    expect(await readMarker(session)).toBe('embedded');
    await writeMarker(session, 'development');
  });
  await server.release();
  const again = await acquireEmbeddedServer(project);
  await withSession(again.settings('postgres'), async (session) => {
    expect(await readMarker(session)).toBe('development');
  });
  await again.release();
});
