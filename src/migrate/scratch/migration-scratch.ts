/** A scratch database in the hands of a verb. */
import type { VerbContext } from '../../postgres/target.ts';

export interface MigrationScratch {
  readonly context: VerbContext;
  /** Name, on the target, of the role that its own role stands for. */
  readonly standsFor: string;
  /** Extensions that signatures stand for: what rests on them is inconclusive. */
  readonly stubs: readonly string[];
  /** What it lacks that the database it stands for has, and that hinders nothing; one line each. */
  readonly lacks: readonly string[];
  close(): Promise<void>;
}
