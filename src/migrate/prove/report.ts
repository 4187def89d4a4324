/** What `dbkit migrate prove` reports; the `result` of its JSON document. */
import type { Difference } from '../../catalog/difference.ts';
import type { Location, SqlFailure } from '../../errors.ts';

/**
 * `proven` · `lossy`: proven, and it loses what it says it loses · `irreversible`: has no down, and says why ·
 * `inconclusive`: nothing wrong was found, but what it rests on could not be had · `failed` · `not reached`: an
 * earlier one can not be applied · `trusted`: applied unproven, as `--from` asked.
 */
export type ProofStatus = 'proven' | 'lossy' | 'irreversible' | 'inconclusive' | 'failed' | 'not reached' | 'trusted';

/**
 * `down differs`: after it the catalog is not what it was before the up · `up again differs`: a second up makes
 * another catalog than the first · those `with rows` run on empty tables and fail where there are rows ·
 * `undeclared loss`: data is gone that the migration does not declare as `lossy`.
 */
export type FaultKind =
  | 'up fails'
  | 'up fails with rows'
  | 'down fails'
  | 'down fails with rows'
  | 'up again fails'
  | 'up again fails with rows'
  | 'down differs'
  | 'up again differs'
  | 'undeclared loss';

/** What a migration failed with on the scratch database. */
export interface RunFailure {
  readonly message: string;
  readonly hint: string | null;
  readonly location: Location | null;
  readonly sql: SqlFailure | null;
}

export interface ProofFault {
  readonly kind: FaultKind;
  /** One line for a person. */
  readonly words: string;
  /** Of those that differ. */
  readonly differences: readonly Difference[];
  /** Of those that fail. */
  readonly failure: RunFailure | null;
}

/** Data that is gone. Rows of a proof are made up, so their values can be shown. */
export interface Loss {
  /** Id of the table. */
  readonly table: string;
  /** Null: whole rows are gone. */
  readonly column: string | null;
  /** How many rows lost it. */
  readonly rows: number;
  /** One of them: `id=3 had 'x', has NULL now`. */
  readonly example: string;
  /** `up and down`: it was there before the up. `down and up`: it came after the up. */
  readonly by: 'up and down' | 'down and up';
}

export interface MigrationProof {
  readonly name: string;
  readonly status: ProofStatus;
  /** True: proven by an earlier run, and nothing that counts has changed since. */
  readonly stored: boolean;
  readonly durationMs: number | null;
  /** What the migration says is lost, why it is irreversible, or what makes the proof inconclusive; null for others. */
  readonly reason: string | null;
  readonly faults: readonly ProofFault[];
  /** All of them, declared or not. */
  readonly losses: readonly Loss[];
  /** Tables that it changes and that hold no row: of them only the catalog was compared. */
  readonly withoutRows: readonly { readonly table: string; readonly why: string }[];
  /** What is told and is no fault: column order, sequences that go back, a declared loss that did not show. */
  readonly notes: readonly string[];
}

export interface ProveReport {
  readonly folder: string;
  /** Version of the server that proved; null when nothing was left to prove. */
  readonly serverVersion: string | null;
  readonly migrations: readonly MigrationProof[];
  /** How many failed or were not reached. */
  readonly failed: number;
  readonly notes: readonly string[];
}
