/** Folders that dbkit keeps outside the project, in places that several users share. */
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Makes `folder` where it is missing. False when it cannot be made, or when it is not ours alone to write: in /var/tmp
 * anybody may have put a folder, or a link, under a name that can be guessed.
 */
export function isOurFolder(folder: string, mode: number): boolean {
  try {
    const first = mkdirSync(folder, { recursive: true, mode });
    // A strict umask would close the new folders to the server's user.
    if (first !== undefined) for (let at = folder; at.length >= first.length; at = dirname(at)) chmodSync(at, mode);
    return isOurs(folder);
  } catch {
    return false;
  }
}

/** What `isOurFolder` would answer; makes nothing. */
export function canBeOurFolder(folder: string): boolean {
  return existsSync(folder) ? isOurs(folder) : canBeMade(folder);
}

/** Whether `folder` is there to write in, or could be made. */
export function canBeMade(folder: string): boolean {
  const nearest = nearestFolder(folder);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return statSync(nearest).isDirectory();
  } catch {
    return false;
  }
}

/** The folder itself, or the nearest one above it that is there. */
export function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

function isOurs(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === process.geteuid?.() && (stat.mode & 0o022) === 0;
}

/** Where rebuildable files may lie, best first. Root's home is closed to the server's user, so root has system folders. */
export function cacheFolders(): readonly string[] {
  return perUser('/var/cache/dbkit', process.platform === 'darwin' ? 'Library/Caches/dbkit' : '.cache/dbkit');
}

/** Where data may lie that must not be lost, best first. */
export function stateFolders(): readonly string[] {
  return perUser(
    '/var/lib/dbkit',
    process.platform === 'darwin' ? 'Library/Application Support/dbkit' : '.local/state/dbkit',
  );
}

function perUser(ofRoot: string, belowHome: string): readonly string[] {
  const uid = process.geteuid?.() ?? 0;
  const home = homeFolder();
  const first = uid === 0 ? ofRoot : home === null ? null : join(home, belowHome);
  return [...(first === null ? [] : [first]), `/var/tmp/dbkit-${uid}`, join(tmpdir(), `dbkit-${uid}`)];
}

/** `os.homedir()` throws for a uid without a passwd entry when HOME is not set. */
function homeFolder(): string | null {
  try {
    const home = homedir();
    return home === '' || home === '/' ? null : home;
  } catch {
    return null;
  }
}
