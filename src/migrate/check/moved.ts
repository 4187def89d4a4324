/** Where the base has the migrations of a folder that was moved on the branch. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { compareCodePoints } from '../folder.ts';
import type { Git } from './git.ts';

/**
 * Paths inside the repository, with a slash at their end, of folders that have files of these names at the commit and are
 * not here any more; those with the most of them first.
 */
export async function goneFolders(git: Git, commit: string, names: ReadonlySet<string>): Promise<readonly string[]> {
  const listed = await git.run(['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]);
  const root = (await git.run(['rev-parse', '--show-toplevel']))?.toString('utf8').replace(/\n$/, '');
  if (listed === null || root === undefined) return [];
  const counts = new Map<string, number>();
  for (const path of listed.toString('utf8').split('\0')) {
    if (!names.has(posix.basename(path)) || existsSync(join(root, path))) continue;
    const folder = path.slice(0, path.length - posix.basename(path).length);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || compareCodePoints(a, b)).map(([folder]) => folder);
}
