/** A copy of the binaries that every user can execute, made once, whole or not at all. */
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

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Copies `folder` (the package's `native`) to `destination`, whose parent exists. Throws errors of the file system. */
export function copyBinaries(folder: string, destination: string): void {
  if (existsSync(destination)) return;
  const parent = dirname(destination);
  sweepHalfCopies(parent, basename(destination));
  const half = join(parent, `.${basename(destination)}.${randomBytes(6).toString('hex')}`);
  try {
    copyNeeded(folder, half);
    renameSync(half, destination);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    // Another command was faster: its copy is as good.
    if (!existsSync(destination)) throw error;
  }
}

/** Whether the symlinks are there that npm makes in an install script, which it may have been told not to run. */
export function hasAllLinks(folder: string): boolean {
  return links(folder).every(({ target }) => existsSync(join(folder, '..', target)));
}

/** Without the static libraries and the build files, which no server reads. Open to every reader whatever the umask. */
function copyNeeded(folder: string, destination: string): void {
  cpSync(folder, destination, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a') && !['pkgconfig', 'pgxs'].includes(basename(path)),
  });
  for (const { source, target } of links(folder)) {
    // The paths in the list start with `native/`, the name that the folder has in the package.
    const link = join(destination, target.replace(/^native\//, ''));
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  openToReaders(destination);
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
