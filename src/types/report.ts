/** What `dbkit types` reports; the `result` of its JSON document. */
import type { TargetDescription } from '../postgres/target.ts';

/**
 * `written` the file is new or has changed · `unchanged` it was up to date already · with `--check`, where nothing is
 * written: `current`, `outdated`, `missing`.
 */
export type TypesState = 'written' | 'unchanged' | 'current' | 'outdated' | 'missing';

export interface TypesReport {
  /** The database that the types were read from. */
  readonly target: TargetDescription;
  /** Absolute path of the file. */
  readonly output: string;
  readonly state: TypesState;
  /** Schemas with tables or views in the file, sorted. */
  readonly schemas: readonly string[];
  /** Tables and views in the file. */
  readonly tables: number;
  /** Migrations that the target does not have yet: the types do not show them. */
  readonly pending: number;
  /** Of `outdated`: what would change, each line with `-` or `+` in front; cut off after a screenful. */
  readonly diff: readonly string[];
  /** How many lines of the difference are not in `diff`. */
  readonly diffOmitted: number;
}
