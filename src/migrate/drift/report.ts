/** What `dbkit migrate drift` and `dbkit migrate diff` report. */
import type { Difference } from '../../catalog/difference.ts';
import type { TargetDescription } from '../../postgres/target.ts';

/** The migration that makes the files like the database. */
export interface WrittenMigration {
  readonly name: string;
  /** Empty: nothing was written, because it was not proven. */
  readonly files: readonly string[];
  /**
   * Up makes the scratch database like the target, down takes it back, and up again likewise; and `prove` finds nothing
   * wrong with it where it runs after all other migrations of the folder, with rows in the tables.
   */
  readonly proven: boolean;
  /** What keeps it from being proven. */
  readonly faults: readonly string[];
  /** Statements that lose rows or parts of values. */
  readonly losesData: readonly string[];
  /** Pending on the target, and before it in the folder. */
  readonly pendingBefore: readonly string[];
}

export interface DriftReport {
  readonly target: TargetDescription;
  /** How many migrations the journal says are applied. */
  readonly applied: number;
  /** Applied, and not as the files say now: one line each. */
  readonly notAsApplied: readonly string[];
  /** `before` is what the files make, `after` what the database has. */
  readonly differences: readonly Difference[];
  readonly columnOrder: readonly Difference[];
  /** What an upgrade from an older major of PostgreSQL leaves otherwise, and nobody changed: one line for each kind. */
  readonly fromUpgrade: readonly string[];
  /** How many differences `--ignore` left out. */
  readonly ignored: number;
  /** SQL that makes the database like the files again. */
  readonly mendDatabase: readonly string[];
  /** SQL that makes what the files say like the database. */
  readonly mendFiles: readonly string[];
  /** What could not be compared for certain, and why. */
  readonly inconclusive: readonly string[];
  readonly written: WrittenMigration | null;
}

export interface DiffSide {
  /** As it was typed, without a password. */
  readonly name: string;
  readonly database: string;
  readonly serverVersion: string;
}

export interface DiffReport {
  readonly from: DiffSide;
  readonly to: DiffSide;
  /** `before` is the first, `after` the second. */
  readonly differences: readonly Difference[];
  readonly columnOrder: readonly Difference[];
  /** What an upgrade from an older major of PostgreSQL leaves otherwise, and nobody changed: one line for each kind. */
  readonly fromUpgrade: readonly string[];
  readonly ignored: number;
  /** SQL that makes the first like the second. */
  readonly script: readonly string[];
  /** What no statement can make alike. */
  readonly impossible: readonly string[];
  readonly inconclusive: readonly string[];
}
