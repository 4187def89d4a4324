/** What the doctor tells of the migrations: how folder and journal stand to each other. */
import type { ResolvedConfig } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import type { VerbContext } from '../postgres/target.ts';
import { migrationStatus } from './status.ts';

interface MigrationsCheck {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly hint: string | null;
}

const name = 'migrations';

async function checkMigrations({ migrations, app }: ResolvedConfig, context: VerbContext): Promise<MigrationsCheck> {
  try {
    const { applied, pending, faults } = await migrationStatus({ folder: migrations, app }, context);
    const message = `${applied} applied, ${pending} pending${faults.length === 0 ? '' : `; at fault: ${faults.join(', ')}`}`;
    if (faults.length > 0) return { name, state: 'fail', message, hint: 'dbkit migrate status' };
    return { name, state: 'ok', message, hint: pending > 0 ? 'dbkit migrate up' : null };
  } catch (error) {
    if (!(error instanceof DbkitError)) throw error;
    return {
      name,
      state: error.code === 'FOLDER_NOT_FOUND' ? 'warn' : 'fail',
      message: error.message,
      hint: error.hint,
    };
  }
}

export const migrationsCheck = { name, run: checkMigrations };
