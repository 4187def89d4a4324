/** Binaries that the server's user can execute: in place, or copied once to a folder that it can reach. */

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PostgresMajor } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import type { Binaries } from './binaries.ts';
import { findBinaries } from './binaries.ts';
import { cacheFolders, isOurFolder } from './own-folder.ts';
import { runTool } from './run-tool.ts';
import type { ServerUser } from './server-user.ts';
import { canEnter, canRead } from './server-user.ts';

export interface RunnableBinaries {
  /** `18.4.0-beta.17` */
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const found = new Map<string, Promise<RunnableBinaries>>();

/**
 * The binaries of `major`, proven to start. Copied (about 60 MB, 0.1 s, once) where the package lies below a folder that
 * the server's user may not enter, or where npm was told to run no install scripts and so made no symlinks.
 * Throws EMBEDDED_UNAVAILABLE.
 */
export function runnableBinaries(
  projectRoot: string,
  major: PostgresMajor,
  user: ServerUser | null,
): Promise<RunnableBinaries> {
  const binaries = findBinaries(projectRoot, major);
  const key = `${binaries.folder} ${user?.uid}`;
  let promise = found.get(key);
  if (promise === undefined) {
    promise = prove(binaries, user);
    promise.catch(() => found.delete(key));
    found.set(key, promise);
  }
  return promise;
}

async function prove(binaries: Binaries, user: ServerUser | null): Promise<RunnableBinaries> {
  const tried: string[] = [];
  for (const folder of candidates(binaries, user)) {
    let ready: string | null;
    try {
      ready = folder === binaries.folder ? folder : copyOnce(binaries, folder, user);
    } catch (error) {
      tried.push(`${folder}: ${(error as Error).message}`);
      continue;
    }
    if (ready === null) {
      tried.push(`${folder}: cannot be used by the server's user`);
      continue;
    }
    const runnable: RunnableBinaries = {
      version: binaries.version,
      initdb: join(ready, 'bin', 'initdb'),
      postgres: join(ready, 'bin', 'postgres'),
    };
    // A folder mounted noexec, or a C library other than the binaries', shows only when they are started.
    const result = await runTool(runnable.postgres, ['--version'], { user });
    if (result.status === 0) return runnable;
    tried.push(`${ready}: ${result.stderr.trim().split('\n')[0] || result.spawnError || `status ${result.status}`}`);
  }
  throw new DbkitError('EMBEDDED_UNAVAILABLE', `PostgreSQL ${binaries.major} cannot be started on this machine`, {
    hint: 'Make one of these folders executable for the server, or name a server: --database-url postgresql://…',
    details: tried,
  });
}

function candidates(binaries: Binaries, user: ServerUser | null): readonly string[] {
  const name = `postgresql-${binaries.version}-${binaries.machine}`;
  const modules = enclosingNodeModules(binaries.folder);
  return [
    ...(usableInPlace(binaries, user) ? [binaries.folder] : []),
    ...(modules === null ? [] : [join(modules, '.cache', 'dbkit', name)]),
    ...cacheFolders().map((folder) => join(folder, name)),
  ];
}

function usableInPlace(binaries: Binaries, user: ServerUser | null): boolean {
  const { folder } = binaries;
  return (
    canEnter(join(folder, 'bin'), user) &&
    canRead(join(folder, 'bin', 'postgres'), user) &&
    canRead(join(folder, 'share', 'postgresql', 'postgres.bki'), user) &&
    links(folder).every(({ target }) => existsSync(join(folder, '..', target)))
  );
}

function copyOnce(binaries: Binaries, destination: string, user: ServerUser | null): string | null {
  const parent = dirname(destination);
  if (!isOurFolder(parent, 0o755) || !canEnter(parent, user)) return null;
  if (existsSync(destination)) return destination;
  const name = basename(destination);
  sweepHalfCopies(parent, name);
  const half = join(parent, `.${name}.${randomBytes(6).toString('hex')}`);
  try {
    copyNeeded(binaries.folder, half);
    renameSync(half, destination);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    // Another command was faster: its copy is as good.
    if (!existsSync(destination)) throw error;
  }
  return destination;
}

/** Without the static libraries and the build files, which no server reads. Open to every reader whatever the umask. */
function copyNeeded(source: string, destination: string): void {
  cpSync(source, destination, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a') && !['pkgconfig', 'pgxs'].includes(basename(path)),
  });
  for (const { source: file, target } of links(source)) {
    const link = join(destination, '..', relocated(target, destination));
    if (!existsSync(link)) symlinkSync(basename(file), link);
  }
  openToReaders(destination);
}

/** Paths in pg-symlinks.json start with `native/`; the copy has another name. */
function relocated(path: string, destination: string): string {
  return path.replace(/^native\//, `${basename(destination)}/`);
}

function openToReaders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToReaders(path);
    else if (entry.isFile()) chmodSync(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

function links(folder: string): readonly Link[] {
  const file = join(folder, 'pg-symlinks.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link[]) : [];
}

/** What a killed command left: an hour is far more than any copy takes. */
function sweepHalfCopies(parent: string, name: string): void {
  for (const entry of readdirSync(parent)) {
    const path = join(parent, entry);
    if (!entry.startsWith(`.${name}.`)) continue;
    if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

function enclosingNodeModules(folder: string): string | null {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    // Root must not leave files in the packages of somebody else, who could not remove them.
    if (basename(at) === 'node_modules') return statSync(at).uid === process.geteuid?.() ? at : null;
  }
  return null;
}
