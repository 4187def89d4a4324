import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { acquireEmbeddedServer } from '../../src/postgres/embedded/acquire.ts';
import { locateDataDirectory } from '../../src/postgres/embedded/data-directory.ts';
import { serverUser } from '../../src/postgres/embedded/server-user.ts';
import { embeddedStatus } from '../../src/postgres/embedded/status.ts';
import { withSession } from '../harness/sessions.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { dataDirectoryOf, embeddedProject, killServersBelow, optionsFor, startHolder } from './embedded-project.ts';

const asRoot = process.geteuid?.() === 0;
/** In every passwd; what Debian calls `daemon`. */
const ordinaryUser = { uid: 1, gid: 1 };
/** Where the checkout lies below a folder that only root may enter, nobody else can run what is in it. */
const othersMayRun =
  asRoot &&
  spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(import.meta.filename)})`], ordinaryUser).status ===
    0;

/** Shared by the tests below: its first server copies the binaries there. */
const home = mkdtempSync(join(realpathSync(tmpdir()), 'dbkit-test-home-'));
beforeAll(() => {
  if (asRoot) chownSync(home, ordinaryUser.uid, ordinaryUser.gid);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function uidOf(pid: number): number {
  return statSync(`/proc/${pid}`).uid;
}

const oddNames: readonly (readonly [string, string])[] = [
  ['a blank', 'two words'],
  ['umlauts', 'Zürich Straße'],
  ['characters of three bytes', '注文'],
  ['quotes', `o'brien "the" boss`],
  ['a comma, at which libpq splits hosts', 'a,b'],
  ['what a shell would expand', '$HOME `id` ; %20'],
  ['more bytes than a socket path may have', 'x'.repeat(180)],
];

test('a server is made in a project with an odd path', async () => {
  const projectRoot = join(embeddedProject().projectRoot, `o'brien, Zürich "注文"`);
  mkdirSync(projectRoot);
  onTestFinished(() => killServersBelow(join(projectRoot, '.dbkit', 'postgres')));
  await expectServerIn(projectRoot);
});

/** Made once and then moved: each path is tried with a server that starts there, none waits for a new cluster. */
let moved: string | null = null;
test.for(oddNames)('a project whose path has %s', async ([, name]) => {
  moved ??= await madeProject();
  const projectRoot = join(dirname(moved), name);
  renameSync(moved, projectRoot);
  moved = projectRoot;
  await expectServerIn(projectRoot);
});
afterAll(() => {
  if (moved !== null) rmSync(dirname(moved), { recursive: true, force: true });
});

async function madeProject(): Promise<string> {
  const parent = mkdtempSync(join(realpathSync(tmpdir()), 'dbkit-test-moved-'));
  chmodSync(parent, 0o755);
  mkdirSync(join(parent, 'project'));
  await (await acquireEmbeddedServer(optionsFor(join(parent, 'project')))).release();
  return join(parent, 'project');
}

async function expectServerIn(projectRoot: string): Promise<void> {
  const server = await acquireEmbeddedServer(optionsFor(projectRoot));
  try {
    const { rows } = await withSession(server.settings('postgres'), (session) =>
      session.query(`select current_setting('data_directory') as folder`),
    );
    expect(rows).toEqual([{ folder: join(projectRoot, '.dbkit', 'postgres', '18-postgres') }]);
  } finally {
    await server.release();
  }
}

test('the folder .dbkit comes with the server, and keeps itself out of version control', async () => {
  const project = embeddedProject();
  const { dataDirectory } = await embeddedStatus(project);
  expect({ dataDirectory, made: readdirSync(project.projectRoot) }).toEqual({
    dataDirectory: dataDirectoryOf(project),
    made: [],
  });
  await (await acquireEmbeddedServer(project)).release();
  expect(readFileSync(join(project.projectRoot, '.dbkit', '.gitignore'), 'utf8')).toBe('*\n');
});

test('settings of the person do not reach the server', async () => {
  const project = embeddedProject();
  const env = {
    LANG: 'xx_YY.UTF-8',
    LC_ALL: 'xx_YY.UTF-8',
    TZ: 'Nowhere/Else',
    PGDATA: '/nowhere',
    PGPORT: '1',
    PGUSER: 'nobody',
  };
  const holder = startHolder(project, { holdMs: 0, env });
  expect(await holder.exited).toBe(0);
});

test.skipIf(!asRoot)('root hands the server to nobody', async () => {
  const project = embeddedProject();
  const server = await acquireEmbeddedServer(project);
  const { pid } = await embeddedStatus(project);
  expect(uidOf(pid ?? 0)).toBe(serverUser()?.uid);
  await server.release();
});

test.skipIf(!othersMayRun)(
  'an ordinary user runs the server as itself, and root then serves that data as its owner',
  async () => {
    const project = embeddedProject();
    chownSync(project.projectRoot, ordinaryUser.uid, ordinaryUser.gid);
    const home = join(project.projectRoot, 'home');
    mkdirSync(home);
    chownSync(home, ordinaryUser.uid, ordinaryUser.gid);
    const holder = startHolder(project, { user: ordinaryUser, env: { HOME: home } });
    const line = await holder.next();
    expect(line).toMatchObject({ dataDirectory: dataDirectoryOf(project) });
    expect(uidOf(line.postmaster ?? 0)).toBe(ordinaryUser.uid);
    holder.finish();
    expect(await holder.exited).toBe(0);

    const server = await acquireEmbeddedServer(project);
    expect(uidOf((await embeddedStatus(project)).pid ?? 0)).toBe(ordinaryUser.uid);
    await server.release();
  },
);

test.skipIf(!othersMayRun)('data of another user is not passed over in silence', async () => {
  const project = embeddedProject();
  await (await acquireEmbeddedServer(project)).release();
  const holder = startHolder(project, { user: ordinaryUser });
  expect(await holder.next()).toMatchObject({
    code: 'EMBEDDED_UNAVAILABLE',
    failed: expect.stringContaining(`belongs to another user (uid ${serverUser()?.uid})`),
  });
});

test.skipIf(!othersMayRun)('a project that cannot be written: the data lies with the state of the user', async () => {
  const project = embeddedProject();
  const holder = startHolder(project, { user: ordinaryUser, env: { HOME: home } });
  const { dataDirectory = '' } = await holder.next();
  holder.finish();
  expect(await holder.exited).toBe(0);
  expect(dataDirectory.startsWith(join(home, '.local', 'state', 'dbkit', 'dbkit-test-orders'))).toBe(true);
  expect(existsSync(join(project.projectRoot, '.dbkit'))).toBe(false);
});

test.skipIf(!asRoot)(
  "a project below root's closed folder: the data lies with the state of root, and stays there",
  async () => {
    const closed = temporaryFolder('closed');
    chmodSync(closed, 0o700);
    const projectRoot = join(closed, 'project');
    mkdirSync(projectRoot);
    const project = optionsFor(projectRoot);
    const foreseen = await embeddedStatus(project);
    expect(existsSync(dirname(foreseen.dataDirectory))).toBe(false);
    const { path, place } = locateDataDirectory(project);
    expect(foreseen).toMatchObject({ dataDirectory: path, place, initialised: false });
    onTestFinished(() => {
      killServersBelow(dirname(path));
      // Root's state folder, when nothing else of dbkit is there.
      const state = dirname(dirname(path));
      if (readdirSync(state).length === 0) rmdirSync(state);
    });
    expect(place).toBe('state');
    const server = await acquireEmbeddedServer(project);
    expect(server.dataDirectory).toBe(path);
    await server.release();
    chmodSync(closed, 0o755);
    expect(await embeddedStatus(project)).toMatchObject({ dataDirectory: path, place: 'state', initialised: true });
  },
);

test.skipIf(!othersMayRun)('a uid without a name: the server runs, or the error says what to add', async () => {
  const user = { uid: 54_321, gid: 54_321 };
  const project = embeddedProject();
  chownSync(project.projectRoot, user.uid, user.gid);
  const holder = startHolder(project, { user, env: { HOME: project.projectRoot }, holdMs: 0 });
  const line = await holder.next();
  if (line.failed === undefined) expect(line).toMatchObject({ dataDirectory: dataDirectoryOf(project) });
  else expect(line).toMatchObject({ code: 'EMBEDDED_UNAVAILABLE', hint: expect.stringContaining('/etc/passwd') });
});

test('a strict umask does not lock the server out', async () => {
  const before = process.umask(0o077);
  const project = embeddedProject();
  try {
    await (await acquireEmbeddedServer(project)).release();
  } finally {
    process.umask(before);
  }
  expect(locateDataDirectory(project)).toMatchObject({ place: 'project', initialised: true });
});

const small = smallDisk();
afterAll(() => {
  if (small === null) return;
  spawnSync('umount', [small]);
  rmdirSync(small);
});
test.skipIf(small === null)('a full disk: the error says so, and nothing half made stays', async () => {
  await expect(acquireEmbeddedServer(optionsFor(small ?? ''))).rejects.toMatchObject({
    code: 'IO_FAILED',
    hint: expect.stringContaining('the disk is full'),
  });
  expect(readdirSync(join(small ?? '', '.dbkit', 'postgres'))).toEqual([]);
});

/** Needs root and leave to mount; null elsewhere. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dbkit-test-small-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=755', 'none', folder]).status === 0) return folder;
  rmdirSync(folder);
  return null;
}
