/** Files of a folder that a git reference does not have, asked of git itself. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { DbkitError } from '../../errors.ts';

const run = promisify(execFile);

/**
 * Absolute paths: what was added since the reference and this branch went apart, committed or not, also what git does not
 * know yet. Throws USAGE for a reference that git can not read, DEPENDENCY_MISSING where there is no git.
 */
export async function addedSince(ref: string, folder: string): Promise<ReadonlySet<string>> {
  const git = async (...args: string[]) => {
    const { stdout } = await run('git', ['-C', folder, ...args], { maxBuffer: 64 << 20, encoding: 'utf8' });
    return stdout.split('\0').filter((name) => name !== '');
  };
  try {
    const compare = ['diff', '--name-only', '--diff-filter=A', '--no-renames', '--relative', '-z', '--merge-base'];
    const [added, unknown] = await Promise.all([
      git(...compare, '--end-of-options', ref, '--', '.'),
      git('ls-files', '--others', '--exclude-standard', '-z', '--', '.'),
    ]);
    return new Set([...added, ...unknown].map((name) => resolve(folder, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new DbkitError('DEPENDENCY_MISSING', '--base asks git, and there is none', {
        hint: 'install git, or name the migrations: dbkit migrate lint --since <name>',
        cause: error,
      });
    const said = String((error as { stderr?: unknown }).stderr ?? (error as Error).message);
    throw new DbkitError('USAGE', `git can not compare with "${ref}": ${said.trim().split('\n')[0]}`, {
      hint: 'fetch the branch with its history (fetch-depth: 0 in GitHub Actions), and name it as git does: --base origin/main',
      cause: error,
    });
  }
}
