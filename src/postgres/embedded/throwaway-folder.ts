/** Folders of throw-away servers: made under a name nobody can guess, and swept when a crash left one. */
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DbkitError } from '../../errors.ts';
import { findPostmaster } from './pid-file.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { identityOfProcess, isProvablyDead } from './process-identity.ts';
import { isShortEnough } from './reach.ts';
import type { ServerUser } from './server-user.ts';
import { canEnter } from './server-user.ts';

const prefix = 'dbkit-throwaway-';
const namePattern = new RegExp(`^${prefix}[0-9a-f]{24}$`);

/** Where a throw-away server can lie: names that nobody can guess, in folders that its user may enter. Throws IO_FAILED. */
export function throwawayFolders(user: ServerUser | null): readonly string[] {
  const named = temporaryFolders().map((parent) => join(parent, `${prefix}${randomBytes(12).toString('hex')}`));
  const usable = named.filter((folder) => canEnter(dirname(folder), user) && isShortEnough(join(folder, 'data')));
  if (usable.length > 0) return usable;
  throw noFolder(
    temporaryFolders().map((parent) => `${parent}: closed to the server's user, or too long for a socket`),
  );
}

/** Makes it as an empty folder of the server's user, with a note of who made it. Throws what the file system throws. */
export function makeThrowawayFolder(folder: string, user: ServerUser | null): void {
  mkdirSync(folder, { mode: 0o700 });
  if (user !== null) chownSync(folder, user.uid, user.gid);
  writeReadable(join(folder, 'owner.json'), JSON.stringify(identityOfProcess(process.pid)));
}

export function noFolder(tried: readonly string[]): DbkitError {
  return new DbkitError('IO_FAILED', 'No temporary folder for a throw-away server', {
    hint: 'set TMPDIR to a folder that can be written and that every user may enter',
    details: tried,
  });
}

/** A file that the server's user may read whatever the umask; the folder around it is closed to all others. */
export function writeReadable(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o644);
}

/** Removes what killed commands left. Touches a folder only when its name, its owner and its note prove it ours and dead. */
export function sweepThrowawayFolders(user: ServerUser | null): void {
  const uid = user?.uid ?? process.geteuid?.();
  for (const parent of temporaryFolders()) {
    for (const name of entries(parent)) {
      const folder = join(parent, name);
      if (!namePattern.test(name) || !isAbandoned(folder, uid)) continue;
      try {
        removeThrowawayFolder(folder);
      } catch {
        // The next command tries again.
      }
    }
  }
}

/** Without the supervisor: ends the server at once, then removes its folder. */
export function removeThrowawayFolder(folder: string): void {
  const postmaster = findPostmaster(join(folder, 'data'));
  if (postmaster !== null) process.kill(postmaster, 'SIGQUIT');
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
  // The note of the owner goes last: what an interrupted removal leaves can still be swept.
  rmSync(join(folder, 'data'), options);
  rmSync(folder, options);
}

function isAbandoned(folder: string, uid: number | undefined): boolean {
  try {
    const stat = lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== uid) return false;
    return isProvablyDead(JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8')) as ProcessIdentity);
  } catch {
    return false;
  }
}

function temporaryFolders(): readonly string[] {
  return [...new Set([tmpdir(), '/tmp', '/var/tmp'])];
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
