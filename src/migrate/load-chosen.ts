/** From what was chosen to what can run: imports the files, or takes what the journal kept of them. */
import { basename } from 'node:path';
import { DbkitError } from '../errors.ts';
import type { JournalSource } from './from-journal.ts';
import { loadFromJournal } from './from-journal.ts';
import { loadMigrations } from './module.ts';
import type { RunStep } from './run/session.ts';
import type { Selected } from './select.ts';
import type { MigrationState } from './state.ts';

/**
 * Throws what `loadMigrations` and `loadFromJournal` throw, MIGRATION_DELETED for an up without a file. Where something is applied, a down is owed by every pending file,
 * also by those whose turn does not come yet.
 */
export async function loadChosen(
  chosen: readonly Selected[],
  states: readonly MigrationState[],
  source: JournalSource,
): Promise<readonly RunStep[]> {
  refuseUpWithoutFile(chosen);
  const files = chosen.flatMap(({ state }) => state.file ?? []);
  const up = chosen.some(({ direction }) => direction === 'up');
  const later = states.flatMap(({ name, status, file }) =>
    up && status === 'pending' && file !== null && !chosen.some(({ state }) => state.name === name) ? file : [],
  );
  const loaded = new Map((await loadMigrations([...files, ...later])).map((migration) => [migration.name, migration]));
  for (const { state } of chosen) {
    if (!loaded.has(state.name)) loaded.set(state.name, await loadFromJournal(state, source));
  }
  return chosen.flatMap(({ direction, state }) => {
    const migration = loaded.get(state.name);
    return migration === undefined ? [] : { migration, direction };
  });
}

/** The journal keeps how to undo, not how to do. */
function refuseUpWithoutFile(chosen: readonly Selected[]): void {
  const found = chosen.find(({ direction, state }) => direction === 'up' && state.file === null);
  if (found === undefined) return;
  throw new DbkitError(
    'MIGRATION_DELETED',
    `${found.state.name} can not be applied again: its file is gone; nothing was undone`,
    {
      hint: 'bring the file back, or only undo it: dbkit migrate down',
    },
  );
}

/** For `--single-transaction`. Throws MIGRATION_NOT_TRANSACTIONAL naming the files. */
export function refuseNonTransactional(steps: readonly RunStep[], chosen: readonly Selected[]): void {
  const alone = steps.filter(
    ({ migration, direction }, index) =>
      !migration.directives.transaction[direction] || isBegun(chosen[index]?.state ?? null),
  );
  if (alone.length === 0) return;
  throw new DbkitError(
    'MIGRATION_NOT_TRANSACTIONAL',
    `${alone.map(({ migration }) => basename(migration.file)).join(', ')} can not run inside a transaction`,
    {
      hint: 'run without --single-transaction, or up to the one before it: dbkit migrate to <name> --single-transaction',
    },
  );
}

/** Begun without a transaction by an earlier run. */
function isBegun(state: MigrationState | null): boolean {
  return state?.entry != null && state.entry.state !== 'applied';
}
