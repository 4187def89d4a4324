/** What the steps of a plan really do, seen on a scratch database. A plan is a plan also without. */
import { DbkitError } from '../errors.ts';
import type { TableStats } from './lint/estimate.ts';
import { recordSteps } from './lint/record/record.ts';
import type { RecordedStatementReport } from './lint/report.ts';
import { reportStatements } from './lint/statement-report.ts';
import { loadUnchecked } from './module.ts';
import type { MigrateOptions } from './options.ts';
import type { RunStep } from './run/session.ts';
import type { MigrationScratch } from './scratch/migration-scratch.ts';
import type { MigrationState } from './state.ts';
import { isApplied } from './state.ts';

export interface PlanRecording {
  /** Of each step in order; null: there is no recording. */
  readonly steps: readonly (readonly RecordedStatementReport[])[] | null;
  /** Why there is none. */
  readonly note: string | null;
}

export interface RecordWith {
  readonly openScratch: () => Promise<MigrationScratch>;
  /** Sizes of the target's tables, or null. */
  readonly stats: TableStats | null;
}

/** Never throws, but for an interruption: what can not be had is a note. */
export async function recordPlan(
  steps: readonly RunStep[],
  states: readonly MigrationState[],
  options: MigrateOptions,
  { openScratch, stats }: RecordWith,
): Promise<PlanRecording> {
  const none = (why: string): PlanRecording => ({ steps: null, note: `locks and rewrites are not known: ${why}` });
  const applied = states.filter(isApplied);
  const gone = applied.find(({ file }) => file === null);
  if (gone !== undefined) return none(`${gone.name} is applied, and its file is gone`);
  let scratch: MigrationScratch | null = null;
  try {
    const loaded = await loadUnchecked(applied.flatMap(({ file }) => file ?? []));
    scratch = await openScratch();
    const recorded = await recordSteps(scratch.context, loaded, steps, options);
    return { steps: recorded.map((statements) => reportStatements({ statements }, stats)), note: null };
  } catch (error) {
    if (!(error instanceof DbkitError) || error.code === 'INTERRUPTED') throw error;
    return none(`no scratch database: ${error.message}`);
  } finally {
    await scratch?.close();
  }
}
