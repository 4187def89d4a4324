/** `dbkit migrate check`: whether the migrations of this branch can be merged onto their base. */
import { basename, join, relative } from 'node:path';
import { DbkitError } from '../../errors.ts';
import { isCandidate, parseMigrations, readFolderTexts } from '../folder.ts';
import type { MigrationFile } from '../migration.ts';
import type { Compared } from './compare.ts';
import { compareSides, fileNamesOf } from './compare.ts';
import { findAncestry, gitIn, textsAt } from './git.ts';
import { goneFolders } from './moved.ts';
import { nextNames, shellWord } from './rename.ts';
import type { CheckFault, CheckReport, OrderProof, Rename } from './report.ts';

export interface CheckOptions {
  /** Absolute. */
  readonly folder: string;
  /** A branch, tag or commit. */
  readonly base: string;
  /** Paths in what is to be typed are relative to it. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** Asked when the only faults are that new files sort before ones of the base; null: they are refused. */
  readonly prove: ((compared: Compared, files: readonly MigrationFile[]) => Promise<Proven | null>) | null;
}

export interface Proven {
  readonly order: OrderProof;
  /** Empty: accepted. */
  readonly faults: readonly CheckFault[];
  readonly notes: readonly string[];
}

/** Throws FOLDER_NOT_FOUND, DEPENDENCY_MISSING without git, USAGE for a base that can not be used. */
export async function checkMigrations(options: CheckOptions): Promise<CheckReport> {
  const { folder, base, cwd, environment, signal } = options;
  const read = await readFolderTexts(folder);
  const git = gitIn(folder, environment, signal);
  const { commit, mergeBase, prefix } = await findAncestry(git, base);
  const at = async (one: string, where: string) => {
    const texts = await textsAt(git, one, where, isCandidate);
    return { texts, migrations: parseMigrations(folder, texts).migrations };
  };
  const named = await at(commit, prefix);
  const moved = named.texts.size > 0 ? null : await movedFrom();
  const tip = moved?.side ?? named;
  const fork = mergeBase === commit ? tip : await at(mergeBase, moved?.prefix ?? prefix);
  const parsed = parseMigrations(folder, read.texts, read.names);
  const branch = { texts: read.texts, migrations: parsed.migrations, faults: [...read.faults, ...parsed.faults] };
  const compared = compareSides({ branch, base: tip, fork });
  const unordered = compared.faults.every(({ kind }) => kind === 'out-of-order');
  const asked = unordered && compared.late.length > 0 && options.prove !== null;
  const proven = asked ? ((await options.prove?.(compared, branch.migrations)) ?? null) : null;
  const accepted = proven !== null && proven.faults.length === 0;
  const tracked = accepted ? new Set<string>() : await trackedIn(git);
  const renames = accepted ? [] : renamesOf(compared, options, tracked);
  return {
    base,
    commit,
    mergeBase,
    folder: relative(cwd, folder) || '.',
    added: compared.added.map(({ name }) => name),
    faults: accepted ? [] : withFixes([...compared.faults, ...(proven?.faults ?? [])], compared, renames),
    renames,
    order: proven?.order ?? null,
    notes: [
      ...(moved === null ? [] : [`on the base the migrations are in ${moved.prefix.slice(0, -1) || '.'}`]),
      ...compared.notes,
      ...(compared.behind.length === 0
        ? []
        : [`this branch is behind: the base has ${compared.behind.length} more, ${compared.behind.at(-1)} the last`]),
      ...(proven?.notes ?? []),
    ],
  };

  /** One file at least has to be the same: folders of other packages may have files of the same names. */
  async function movedFrom() {
    for (const where of await goneFolders(git, commit, new Set(read.texts.keys()))) {
      const side = await at(commit, where);
      if ([...side.texts].some(([name, text]) => read.texts.get(name) === text)) return { prefix: where, side };
    }
    return null;
  }
}

async function trackedIn(git: ReturnType<typeof gitIn>): Promise<ReadonlySet<string>> {
  const listed = await git.run(['ls-files', '-z']);
  return new Set((listed?.toString('utf8') ?? '').split('\0'));
}

/** From the first one that came too late on all that are new: their order among themselves stays. */
function renamesOf(
  { added, late, last }: Compared,
  { folder, cwd, now }: CheckOptions,
  tracked: ReadonlySet<string>,
): readonly Rename[] {
  const [first] = late;
  const anchor = last ?? added[0];
  if (first === undefined || anchor === undefined) return [];
  const moved = added.slice(added.indexOf(first)).filter((file) => file !== anchor);
  const names = nextNames(anchor, moved, now);
  if (names === null) return [];
  const path = (name: string) => relative(cwd, join(folder, name));
  return moved.flatMap((file, index) =>
    fileNamesOf(file).map((name) => {
      const to = `${names[index]}${name.slice(file.name.length)}`;
      const verb = tracked.has(name) ? 'git mv' : 'mv';
      return { from: path(name), to: path(to), command: `${verb} -- ${shellWord(path(name))} ${shellWord(path(to))}` };
    }),
  );
}

function withFixes(
  faults: readonly CheckFault[],
  { late, last }: Compared,
  renames: readonly Rename[],
): readonly CheckFault[] {
  const names = new Set(late.map(({ name }) => name));
  return faults.map((fault) => {
    if (fault.fix !== null || !names.has(fault.migration ?? '')) return fault;
    const found = renames.some(({ from }) => basename(from).startsWith(`${fault.migration}.`));
    return {
      ...fault,
      fix: found
        ? 'rename it as printed below'
        : `rename its files: give them a version that sorts after ${last?.name ?? 'all others'}`,
    };
  });
}

/** What a proof needs and this branch has not. */
export function behindError(base: string, behind: readonly string[]): DbkitError {
  return new DbkitError('USAGE', `this branch lacks ${behind.length} migrations of ${base}: no order can be proven`, {
    details: behind,
    hint: `merge it first: git merge ${shellWord(base)}`,
  });
}
