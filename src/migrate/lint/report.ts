/** What `dbkit migrate lint` reports; the `result` of its JSON document. */
import type { Location } from '../../errors.ts';
import type { Finding } from '../../findings/finding.ts';
import type { TargetDescription } from '../../postgres/target.ts';
import type { MigrationKind } from '../migration.ts';
import type { LockTaken } from './recording.ts';

/** A statement as it ran on the scratch database. */
export interface RecordedStatementReport {
  /** In its migration and direction, from 1. */
  readonly ordinal: number;
  /** As it was sent; secrets blanked. */
  readonly sql: string;
  readonly location: Location | null;
  readonly transactional: boolean;
  readonly durationMs: number;
  readonly locks: readonly LockTaken[];
  readonly rewritten: readonly string[];
  readonly scanned: readonly string[];
  readonly indexesBuilt: readonly {
    readonly relation: string;
    readonly index: string;
    readonly concurrently: boolean;
  }[];
  readonly validated: readonly { readonly relation: string; readonly constraint: string }[];
  readonly notices: readonly string[];
  /** What of it matters to others, a line each; with `--stats` also for how long. */
  readonly effects: readonly string[];
}

export interface LintedMigration {
  readonly name: string;
  readonly kind: MigrationKind;
  /** Absolute path of the file that holds `up`. */
  readonly file: string;
  readonly up: readonly RecordedStatementReport[];
  /** Null when there is none. */
  readonly down: readonly RecordedStatementReport[] | null;
}

export interface LintReport {
  /** Whose pending migrations were taken; null: those of the folder. */
  readonly target: TargetDescription | null;
  readonly folder: string;
  readonly migrations: readonly LintedMigration[];
  readonly findings: readonly Finding[];
  /** Rules that were asked. */
  readonly rules: readonly {
    readonly name: string;
    readonly severity: 'error' | 'warning' | 'notice';
    readonly summary: string;
    readonly explanation: string;
  }[];
  /** Errors and warnings that nobody accepted. */
  readonly failing: number;
  /** Absolute path of `--output`, when the findings were written there. */
  readonly output: string | null;
  readonly notes: readonly string[];
}
