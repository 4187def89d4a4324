/** The migrations that the journal says are applied, in the order in which they were, as far as they can be run again. */
import type { MigrationFile } from '../migration.ts';
import type { MigrationState } from '../state.ts';

export interface Applied {
  readonly files: readonly MigrationFile[];
  /** One line for each that was applied otherwise than its file says now. */
  readonly notAsApplied: readonly string[];
  /** How many the journal knows. */
  readonly count: number;
}

export function appliedFiles(states: readonly MigrationState[]): Applied {
  const entries = states
    .flatMap(({ name, file, entry, status }) => (entry === null ? [] : [{ name, file, entry, status }]))
    .sort((a, b) => a.entry.appliedOrder - b.entry.appliedOrder);
  return {
    // What was begun and did not end is half there: it counts, and what is missing shows.
    files: entries.flatMap(({ file, entry }) => (file !== null && entry.direction === 'up' ? file : [])),
    notAsApplied: entries.flatMap(({ name, file, entry, status }) => {
      if (file === null) {
        return entry.kind === 'baseline'
          ? [`${name} is a baseline without a file: all that it stands for counts as a difference`]
          : [`${name} was applied, and its file is gone: what it made counts as a difference`];
      }
      if (status === 'edited') return [`${name} was edited since it was applied: the file as it is now is what counts`];
      return entry.state === 'applied' ? [] : [`the ${entry.direction} of ${name} was begun and did not end`];
    }),
    count: entries.length,
  };
}
