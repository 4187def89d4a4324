/** Which migrations are judged, and which are only run because those stand on them. */
import { nearest } from '../../config/nearest.ts';
import { DbkitError } from '../../errors.ts';
import type { MigrationFile } from '../migration.ts';
import type { MigrationState } from '../state.ts';
import { isApplied } from '../state.ts';

export interface Choice {
  /** Names, or unique beginnings of them; empty: all. */
  readonly names: readonly string[];
  /** Only those behind this one. */
  readonly since: string | null;
  /** Only those with a file among these. */
  readonly added: ReadonlySet<string> | null;
}

export interface Chosen {
  readonly file: MigrationFile;
  readonly judged: boolean;
}

/**
 * In the order in which they run: what the target has applied, then what it has not. `states` are those of a target;
 * null: the folder alone says it. Ends with the last that is judged. Throws MIGRATION_UNKNOWN.
 */
export function chooseMigrations(
  files: readonly MigrationFile[],
  states: readonly MigrationState[] | null,
  { names, since, added }: Choice,
): readonly Chosen[] {
  const applied = new Set((states ?? []).filter(isApplied).map(({ name }) => name));
  const pending = files.filter(({ name }) => !applied.has(name));
  const order = [...files.filter(({ name }) => applied.has(name)), ...pending];
  const named = names.length === 0 ? null : new Set(names.map((name) => find(files, name).name));
  const first = since === null ? null : find(files, since);
  const chosen = order.map((file) => ({
    file,
    judged:
      !applied.has(file.name) &&
      (named === null || named.has(file.name)) &&
      (first === null || files.indexOf(file) > files.indexOf(first)) &&
      (added === null || isAdded(file, added)),
  }));
  return chosen.slice(0, chosen.findLastIndex(({ judged }) => judged) + 1);
}

function isAdded({ file, sql }: MigrationFile, added: ReadonlySet<string>): boolean {
  return added.has(file) || (sql?.down != null && added.has(sql.down.file));
}

function find(files: readonly MigrationFile[], name: string): MigrationFile {
  const exact = files.find((file) => file.name === name);
  if (exact !== undefined) return exact;
  const matching = files.filter((file) => file.name.startsWith(name));
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  const all = files.map((file) => file.name);
  const near = nearest(name, all);
  throw new DbkitError(
    'MIGRATION_UNKNOWN',
    only === undefined ? `there is no migration "${name}"` : `"${name}" is the beginning of ${matching.length} names`,
    {
      details: matching.map((file) => file.name),
      hint: near === null ? 'look with: dbkit migrate status' : `did you mean ${near}?`,
    },
  );
}
