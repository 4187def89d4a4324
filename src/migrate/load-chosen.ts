/** From what was chosen to what can run: imports the files, or takes what the journal kept of them. */
import { basename } from 'node:path';
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import { fileOf } from './from-journal.ts';
import { loadMigrations } from './module.ts';
import type { RunStep } from './run/session.ts';
import type { Selected } from './select.ts';
import type { MigrationState } from './state.ts';

/**
 * Throws what `loadMigrations` and `fileOf` throw. Where something is applied, a down is owed by every pending file,
 * also by those whose turn does not come yet.
 */
export async function loadChosen(
  connection: Connection,
  chosen: readonly Selected[],
  states: readonly MigrationState[],
  app: string,
): Promise<readonly RunStep[]> {
  const files = await Promise.all(chosen.map(({ state }) => fileOf(connection, state, app)));
  const up = chosen.some(({ direction }) => direction === 'up');
  const later = states.flatMap(({ name, status, file }) =>
    up && status === 'pending' && file !== null && !chosen.some(({ state }) => state.name === name) ? file : [],
  );
  const loaded = await loadMigrations([...files, ...later]);
  return chosen.flatMap(({ direction }, index) => {
    const migration = loaded[index];
    return migration === undefined ? [] : { migration, direction };
  });
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
