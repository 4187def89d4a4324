/** What the migrate verbs take, beside what each adds. */
import type { Provenance } from './journal-event.ts';
import type { MigrationFile } from './migration.ts';

/** What every migrate verb needs to know; durations in milliseconds, the folder absolute. */
export interface MigrateOptions {
  readonly folder: string;
  /** What lies in the folder, where it was read already. */
  readonly files?: readonly MigrationFile[] | undefined;
  readonly app: string;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number | null;
  readonly keepText: boolean;
  readonly waitMs: number;
  readonly provenance: Provenance;
}

export interface RunOptions extends MigrateOptions {
  readonly allowUnordered?: boolean;
  /** All or nothing. */
  readonly singleTransaction?: boolean;
  readonly yes?: boolean;
  /** Hash of a plan: run exactly that, or refuse with PLAN_CHANGED. */
  readonly plan?: string | null;
}
