/** What `dbkit types` needs of this room. */
import type { VerbInput } from '../command.ts';
import type { VerbContext } from '../postgres/target.ts';
import { migrateUp } from './migrate.ts';
import { migrationStatus } from './status.ts';

/** Applies all migrations of the folder to a scratch database. Throws what `migrate up` throws. */
export async function applyAll({ config, origin }: VerbInput, context: VerbContext): Promise<void> {
  const options = {
    folder: config.migrations,
    app: config.app,
    lockTimeoutMs: config.lockTimeoutMs,
    statementTimeoutMs: null,
    keepText: false,
    // Nobody else knows the database.
    waitMs: 0,
    provenance: { ...origin, planHash: null },
  };
  await migrateUp(options, context);
}

/** Migrations of the folder that the target does not have. */
export async function countPending({ config }: VerbInput, context: VerbContext): Promise<number> {
  return (await migrationStatus({ folder: config.migrations, app: config.app }, context)).pending;
}
