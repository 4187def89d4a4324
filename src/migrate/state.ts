/** Holds the folder against the journal: what is applied, pending, edited, deleted, out of order. */
import { compareCodePoints } from './folder.ts';
import type { JournalEntry } from './journal.ts';
import type { MigrationFile } from './migration.ts';
import type { MigrationStatus } from './report.ts';

export interface MigrationState {
  readonly name: string;
  /** Null when the file is gone. */
  readonly file: MigrationFile | null;
  /** Null when it is not in the journal. */
  readonly entry: JournalEntry | null;
  readonly status: MigrationStatus;
  readonly outOfOrder: boolean;
}

/** One state a migration, in the order of names. */
export function compareWithJournal(
  files: readonly MigrationFile[],
  journal: readonly JournalEntry[],
): readonly MigrationState[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const entries = new Map(journal.map((entry) => [entry.name, entry]));
  const names = [...new Set([...byName.keys(), ...entries.keys()])].sort(compareCodePoints);
  const lastApplied = names.findLast((name) => entries.has(name)) ?? null;
  return names.map((name) => {
    const file = byName.get(name) ?? null;
    const entry = entries.get(name) ?? null;
    const status = statusOf(file, entry);
    return {
      name,
      file,
      entry,
      status,
      outOfOrder: status === 'pending' && lastApplied !== null && compareCodePoints(name, lastApplied) < 0,
    };
  });
}

function statusOf(file: MigrationFile | null, entry: JournalEntry | null): MigrationStatus {
  if (entry === null) return 'pending';
  if (entry.state === 'running') return 'interrupted';
  if (entry.state === 'failed') return 'failed';
  if (entry.kind === 'baseline' && file === null) return 'applied';
  if (file === null) return 'deleted';
  if (file.up.raw === entry.upChecksum && (file.down === null || file.down.raw === entry.downChecksum))
    return 'applied';
  // A down that is irreversible in TypeScript is known only once it is imported; its checksum is then of the whole file.
  const sameUp = file.up.normalized === entry.upNormalized;
  const sameDown = file.down === null || entry.downNormalized === null || file.down.normalized === entry.downNormalized;
  if (file.up.raw === entry.upChecksum && sameDown) return 'applied';
  return sameUp && sameDown ? 'reformatted' : 'edited';
}

/** What the journal says is there: applied, in whatever state its file is. */
export function isApplied(state: MigrationState): boolean {
  return state.entry?.state === 'applied';
}
