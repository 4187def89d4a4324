/** Holds the migrations of a branch against those of its base. Pure. */
import { basename } from 'node:path';
import type { DbkitError } from '../../errors.ts';
import { compareCodePoints } from '../folder.ts';
import type { MigrationFile } from '../migration.ts';
import type { CheckFault } from './report.ts';

/** The migrations of one side, with the texts of its files by name. */
export interface Side {
  readonly migrations: readonly MigrationFile[];
  readonly texts: ReadonlyMap<string, string>;
}

export interface Sides {
  readonly branch: Side & { readonly faults: readonly DbkitError[] };
  /** At its tip, and where the branch left it: what came to the base since then is not missing here. */
  readonly base: Side;
  readonly fork: Side;
}

export interface Compared {
  readonly added: readonly MigrationFile[];
  /** Of `added`: sort before one of the base, or have a version that is taken. */
  readonly late: readonly MigrationFile[];
  /** The last one of the base, or null where it has none. */
  readonly last: MigrationFile | null;
  /** Of the base, not here yet: the branch is behind. */
  readonly behind: readonly string[];
  readonly faults: readonly CheckFault[];
  readonly notes: readonly string[];
}

export function compareSides({ branch, base, fork }: Sides): Compared {
  const onBase = new Map([...fork.migrations, ...base.migrations].map((file) => [file.name, file]));
  const tip = new Set(base.migrations.map(({ name }) => name));
  const here = new Map(branch.migrations.map((file) => [file.name, file]));
  const gone = fork.migrations.filter(({ name }) => tip.has(name) && !here.has(name));
  const faults: CheckFault[] = branch.faults.map((error) => ({
    kind: 'invalid',
    migration: null,
    file: error.location?.file ?? null,
    message: error.message,
    details: error.details,
    fix: error.hint,
  }));
  const renamed = new Set<string>();
  for (const file of gone) {
    const twin = branch.migrations.find(({ name, up }) => !onBase.has(name) && up.normalized === file.up.normalized);
    if (twin !== undefined) renamed.add(twin.name);
    // A base file of which one half is gone is told as what it then is.
    faults.push({
      kind: twin === undefined ? 'deleted' : 'renamed',
      migration: file.name,
      file: twin?.file ?? file.file,
      message:
        twin === undefined
          ? `${file.name} is on the base and was deleted here`
          : `${file.name} is on the base and was renamed to ${twin.name} here`,
      details: [],
      fix: 'a merged migration stays as it is: bring the file back, and write a new migration',
    });
  }
  const notes: string[] = [];
  for (const file of branch.migrations) {
    const olds = [fork, base].flatMap((side) =>
      side.migrations.filter(({ name }) => name === file.name).map((old) => ({ side, old })),
    );
    const current = olds.at(-1);
    if (current === undefined || olds.some(({ side, old }) => sameText(branch, file, side, old))) continue;
    const parts = changedParts(file, current.old);
    if (parts.length === 0) notes.push(`${file.name} is on the base and was reformatted here; its sense is the same`);
    else faults.push(editedFault(file, parts));
  }
  const added = branch.migrations.filter(({ name }) => !onBase.has(name) && !renamed.has(name));
  const last = base.migrations.at(-1) ?? null;
  const late: MigrationFile[] = [];
  for (const file of added) {
    const taken = [...base.migrations, ...added].find(
      ({ version, name }) => version === file.version && compareCodePoints(name, file.name) !== 0,
    );
    // Of two new ones with one version the second gives way; one of the base never does.
    const gives = taken !== undefined && (tip.has(taken.name) || compareCodePoints(taken.name, file.name) < 0);
    if (gives) faults.push(duplicateFault(file, taken, tip.has(taken.name)));
    else if (last !== null && compareCodePoints(file.name, last.name) < 0) faults.push(lateFault(file, last));
    else continue;
    late.push(file);
  }
  for (const { name, file, missingDown } of added) {
    if (missingDown === null) continue;
    faults.push({
      kind: 'down-missing',
      migration: name,
      file,
      message: `${name} has no down`,
      details: [],
      fix: `add ${missingDown}; or say that there is none: -- dbkit:irreversible <why>`,
    });
  }
  const behind = base.migrations.filter(({ name }) => !here.has(name) && !gone.some((one) => one.name === name));
  return { added, late, last, behind: behind.map(({ name }) => name), faults, notes };
}

/** The files that a migration is made of, by name. */
export function fileNamesOf({ file, sql }: MigrationFile): readonly string[] {
  return [...new Set([file, ...(sql?.down == null ? [] : [sql.down.file])])].map((path) => basename(path));
}

/** A checkout may have made the line ends those of Windows. */
function sameText(here: Side, file: MigrationFile, there: Side, old: MigrationFile): boolean {
  const names = new Set([...fileNamesOf(file), ...fileNamesOf(old)]);
  const plain = (side: Side, name: string) => side.texts.get(name)?.replaceAll('\r\n', '\n');
  return [...names].every((name) => plain(here, name) === plain(there, name));
}

function changedParts(file: MigrationFile, old: MigrationFile): readonly string[] {
  if (file.kind !== old.kind) return ['kind'];
  const up = file.up.normalized !== old.up.normalized;
  const down = file.down?.normalized !== old.down?.normalized;
  if (file.kind === 'typescript') return up ? ['file'] : [];
  const said = JSON.stringify(file.directives) !== JSON.stringify(old.directives);
  return [up ? 'up' : null, down ? 'down' : null, said && !up && !down ? 'directives' : null].filter(
    (part) => part !== null,
  );
}

function editedFault({ name, file }: MigrationFile, parts: readonly string[]): CheckFault {
  return {
    kind: 'edited',
    migration: name,
    file,
    message: `${name} is on the base and was edited here (${parts.join(' and ')})`,
    details: [],
    fix: 'a merged migration stays as it is: put the file back, and write a new migration',
  };
}

function duplicateFault(file: MigrationFile, other: MigrationFile, merged: boolean): CheckFault {
  return {
    kind: 'duplicate-version',
    migration: file.name,
    file: file.file,
    message: `${file.name} has the version of ${other.name}${merged ? ', which is on the base' : ', which is new too'}`,
    details: [],
    fix: null,
  };
}

function lateFault(file: MigrationFile, last: MigrationFile): CheckFault {
  return {
    kind: 'out-of-order',
    migration: file.name,
    file: file.file,
    message: `${file.name} is new and sorts before ${last.name}, which is on the base`,
    details: [],
    fix: null,
  };
}
