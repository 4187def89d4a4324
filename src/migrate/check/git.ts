/** The one door to git: no shell, no ref that could be taken for an option, errors in one line. */
import { spawn } from 'node:child_process';
import { DbkitError } from '../../errors.ts';

export interface Git {
  /** Standard output; null where git ends with another status than 0. */
  run(args: readonly string[], input?: string): Promise<Buffer | null>;
}

/** `folder` is where git runs: any folder of the repository. */
export function gitIn(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Git {
  // Messages are not read; no lock is taken only to refresh the index.
  const env = { ...environment, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  return {
    run: (args, input = '') =>
      new Promise((resolve, reject) => {
        const child = spawn('git', args, { cwd: folder, env, signal, stdio: ['pipe', 'pipe', 'ignore'] });
        const output: Buffer[] = [];
        child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
        child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? missing(error) : error));
        child.on('close', (status) => resolve(status === 0 ? Buffer.concat(output) : null));
        // It may end without reading to the end.
        child.stdin.on('error', () => {});
        child.stdin.end(input);
      }),
  };
}

function missing(cause: unknown): DbkitError {
  return new DbkitError('DEPENDENCY_MISSING', 'dbkit migrate check needs git, which is not installed', {
    hint: 'install git, and run it in a checkout of the repository',
    cause,
  });
}

export interface Ancestry {
  readonly commit: string;
  readonly mergeBase: string;
  /** Path of the folder inside the repository, `''` or with a slash at its end. */
  readonly prefix: string;
}

/** Throws USAGE: outside of a repository, for a ref that is unknown or no ref, and where the histories do not meet. */
export async function findAncestry(git: Git, ref: string): Promise<Ancestry> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (ref === '' || ref.startsWith('-') || /[\u0000-\u001f\u007f]/.test(ref)) {
    throw new DbkitError('USAGE', `${JSON.stringify(ref)} is no name of a branch or commit`, {
      hint: 'dbkit migrate check --base origin/main',
    });
  }
  const inside = await git.run(['rev-parse', '--show-prefix']);
  if (inside === null) {
    throw new DbkitError('USAGE', 'the migrations are not in a git repository: there is no base to hold them against', {
      hint: 'run it in a checkout; if git does not trust the folder: git config --global --add safe.directory <folder>',
    });
  }
  const shallow = textOf(await git.run(['rev-parse', '--is-shallow-repository'])) === 'true';
  const commit = textOf(await git.run(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]));
  if (commit === null || !/^[0-9a-f]{40,64}$/.test(commit)) {
    throw new DbkitError('USAGE', `git knows no commit "${ref}" here`, { hint: fetchHint(ref, shallow) });
  }
  const mergeBase = textOf(await git.run(['merge-base', 'HEAD', commit]));
  if (mergeBase === null) {
    throw new DbkitError(
      'USAGE',
      shallow
        ? `the clone is shallow: where this branch left ${ref} is not in it`
        : `this branch and ${ref} have no commit in common`,
      { hint: shallow ? 'git fetch --unshallow origin' : 'name the branch that this one was made from: --base <ref>' },
    );
  }
  return { commit, mergeBase, prefix: inside.toString('utf8').replace(/\n$/, '') };
}

function textOf(output: Buffer | null): string | null {
  return output === null ? null : output.toString('utf8').trim();
}

function fetchHint(ref: string, shallow: boolean): string {
  const branch = /^(?:refs\/remotes\/)?(?:origin\/)?([A-Za-z0-9][\w./-]*)$/.exec(ref)?.[1];
  if (branch === undefined) return 'name a branch, a tag or a commit: --base origin/main';
  // More of the base alone would not tell where a branch of one commit left it.
  const depth = shallow ? ' --unshallow' : '';
  return `git fetch --no-tags${depth} origin ${branch}:refs/remotes/origin/${branch}, then: --base origin/${branch}`;
}

/** The texts of the files of the folder at a commit, by name; links and folders are passed over. */
export async function textsAt(
  git: Git,
  commit: string,
  prefix: string,
  wanted: (name: string) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const listed = await git.run(['ls-tree', '-z', '--full-tree', commit, ...(prefix === '' ? [] : ['--', prefix])]);
  if (listed === null) throw new Error(`git can not list ${commit}`);
  const files = listed
    .toString('utf8')
    .split('\0')
    .flatMap((entry) => {
      const [, mode = '', id = '', path = ''] = /^(\d+) blob ([0-9a-f]+)\t([\s\S]+)$/.exec(entry) ?? [];
      const name = path.slice(prefix.length);
      return mode.startsWith('100') && wanted(name) ? [{ id, name }] : [];
    });
  const contents = await git.run(['cat-file', '--batch'], files.map(({ id }) => `${id}\n`).join(''));
  if (contents === null) throw new Error(`git can not read the files of ${commit}`);
  const texts = new Map<string, string>();
  let at = 0;
  for (const { id, name } of files) {
    const end = contents.indexOf('\n', at);
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(contents.toString('latin1', at, end))?.[1]);
    if (end === -1 || !Number.isSafeInteger(size)) {
      throw new DbkitError('USAGE', `git has no content for ${name} at ${commit.slice(0, 12)} (${id.slice(0, 12)})`, {
        hint: 'fetch it: git fetch --refetch origin',
      });
    }
    texts.set(name, contents.toString('utf8', end + 1, end + 1 + size).replace(/^\ufeff/, ''));
    at = end + 1 + size + 1;
  }
  return texts;
}
