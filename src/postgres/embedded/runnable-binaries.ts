/** Binaries that the server's user can execute: in place, or copied once to a folder that it can reach. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PostgresMajor } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import type { Binaries } from './binaries.ts';
import { findBinaries } from './binaries.ts';
import { copyBinaries, hasAllLinks } from './copy-binaries.ts';
import { cacheFolders, isOurFolder } from './own-folder.ts';
import { runTool } from './run-tool.ts';
import type { ServerUser } from './server-user.ts';
import { canEnter, canRead } from './server-user.ts';

export interface RunnableBinaries {
  /** `18.4.0-beta.17` */
  readonly version: string;
  readonly major: PostgresMajor;
  readonly initdb: string;
  readonly postgres: string;
  /** Folders for what can be made again, best first; not proven to be usable. */
  readonly caches: readonly string[];
}

const proven = new Map<string, Promise<RunnableBinaries>>();

/**
 * The binaries of `major`, proven to start. Copied (about 60 MB, 0.1 s, once) where the package lies below a folder that
 * the server's user may not enter, or where npm was told to run no install scripts and so made no symlinks.
 * Throws EMBEDDED_UNAVAILABLE.
 */
export async function runnableBinaries(
  projectRoot: string,
  major: PostgresMajor,
  user: ServerUser | null,
): Promise<RunnableBinaries> {
  const binaries = findBinaries(projectRoot, major);
  const key = `${binaries.folder} ${user?.uid}`;
  const known = proven.get(key);
  if (known !== undefined) return known;
  const promise = proveBinaries(binaries, user, [...cacheBeside(binaries.folder), ...cacheFolders()]);
  proven.set(key, promise);
  promise.catch(() => proven.delete(key));
  return promise;
}

/** As `runnableBinaries`, with the folders given that may hold a copy. */
export async function proveBinaries(
  binaries: Binaries,
  user: ServerUser | null,
  caches: readonly string[],
): Promise<RunnableBinaries> {
  const { folder, major, version, machine } = binaries;
  const tried: string[] = [];
  const copies = caches.map((cache) => join(cache, `postgresql-${version}-${machine}`));
  for (const at of usableInPlace(folder, user) ? [folder, ...copies] : copies) {
    const failure = at === folder ? null : copyTo(at, folder, user);
    const postgres = join(at, 'bin', 'postgres');
    // A folder mounted noexec, or a C library other than the binaries', shows only when they are started.
    const problem = failure ?? (await problemOf(postgres, user));
    if (problem === null) return { version, major, initdb: join(at, 'bin', 'initdb'), postgres, caches };
    tried.push(`${at}: ${problem}`);
  }
  throw new DbkitError('EMBEDDED_UNAVAILABLE', `PostgreSQL ${major} cannot be started on this machine`, {
    hint: 'make one of these folders executable for the server, or name a server: --database-url postgresql://…',
    details: tried,
  });
}

function usableInPlace(folder: string, user: ServerUser | null): boolean {
  return (
    canEnter(join(folder, 'bin'), user) &&
    canRead(join(folder, 'bin', 'postgres'), user) &&
    canRead(join(folder, 'share', 'postgresql', 'postgres.bki'), user) &&
    hasAllLinks(folder)
  );
}

function copyTo(destination: string, folder: string, user: ServerUser | null): string | null {
  const parent = dirname(destination);
  if (!isOurFolder(parent, 0o755)) return 'cannot be made, or others may write there';
  if (!canEnter(parent, user)) return "closed to the server's user";
  try {
    copyBinaries(folder, destination);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

async function problemOf(postgres: string, user: ServerUser | null): Promise<string | null> {
  const result = await runTool(postgres, ['--version'], { user });
  if (result.status === 0) return null;
  // The file is there, yet "not found": its dynamic loader is what is missing (Alpine, NixOS).
  if (result.spawnError === 'ENOENT' && existsSync(postgres)) return 'the binaries need the GNU C library';
  return result.stderr.trim().split('\n')[0] || result.spawnError || `it ended with status ${result.status}`;
}

/** The packages' own cache goes when they go. Not root's to use among the packages of somebody else. */
function cacheBeside(folder: string): readonly string[] {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    if (basename(at) !== 'node_modules') continue;
    return statSync(at).uid === process.geteuid?.() ? [join(at, '.cache', 'dbkit')] : [];
  }
  return [];
}
