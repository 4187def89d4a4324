/** What the migrate verbs report; the `result` of their JSON documents. */
import type { TargetDescription } from '../postgres/target.ts';
import type { RecordedStatementReport } from './lint/report.ts';
import type { Direction, MigrationKind } from './migration.ts';

/**
 * `edited`: another sense than when it ran · `reformatted`: another text, the same sense · `deleted`: applied, and the
 * file is gone · `interrupted`: cut off, see `repair` · `failed`: stopped at a statement, the next run goes on there.
 */
export type MigrationStatus = 'applied' | 'pending' | 'edited' | 'reformatted' | 'deleted' | 'interrupted' | 'failed';

export interface StatusRow {
  readonly name: string;
  readonly kind: MigrationKind;
  readonly status: MigrationStatus;
  /** Pending although a later one is applied. */
  readonly outOfOrder: boolean;
  readonly irreversible: string | null;
  readonly appliedAt: string | null;
  readonly durationMs: number | null;
}

export interface StatusReport {
  readonly target: TargetDescription;
  readonly folder: string;
  readonly migrations: readonly StatusRow[];
  readonly applied: number;
  readonly pending: number;
  /** Names of what is edited, deleted, interrupted, failed or out of order. */
  readonly faults: readonly string[];
  /** Since then the schema may have been changed by hand; null: it was not, or that can not be told. */
  readonly changedSince: string | null;
}

export interface RanMigration {
  readonly name: string;
  readonly direction: Direction;
  readonly durationMs: number;
}

export interface RunReport {
  readonly target: TargetDescription;
  /** What was done and stands, in order. */
  readonly ran: readonly RanMigration[];
  /** Of `down n` where fewer were applied. */
  readonly requested: number | null;
  readonly applied: number;
  readonly pending: number;
  readonly notes: readonly string[];
}

/** The `result` of a run that failed or was interrupted. */
export interface PartialRunReport {
  readonly target: TargetDescription;
  /** What was done before, and stands. */
  readonly ran: readonly RanMigration[];
}

export interface PlannedMigration {
  readonly name: string;
  readonly direction: Direction;
  readonly kind: MigrationKind;
  readonly transactional: boolean;
  readonly lossy: string | null;
  readonly irreversible: string | null;
  /** In order; of TypeScript as it ran on the scratch database, else as it compiles when every query answers no rows. */
  readonly statements: readonly string[];
  /** What each of them did on a scratch database; null: there was none, see the notes. */
  readonly recorded: readonly RecordedStatementReport[] | null;
  /** Why the statements are not all, or null. */
  readonly incomplete: string | null;
}

export interface PlanReport {
  readonly target: TargetDescription;
  readonly migrations: readonly PlannedMigration[];
  /** Over target, journal and files: `--plan <hash>` runs exactly this, or refuses. */
  readonly hash: string;
  readonly notes: readonly string[];
}

export interface NewReport {
  readonly files: readonly string[];
}

export interface BaselineReport {
  readonly target: TargetDescription;
  readonly files: readonly string[];
  readonly recorded: readonly string[];
}

export interface RepairReport {
  readonly target: TargetDescription;
  readonly repaired: readonly { readonly name: string; readonly what: string }[];
}
