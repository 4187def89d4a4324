/** Which migrations are proven: those that were named, or all from one on. */
import { DbkitError } from '../../errors.ts';
import type { MigrationFile } from '../migration.ts';

/** The place of the first to be proven. `from`: a name, a unique beginning of one, or a number counted from 1. */
export function placeOf(files: readonly MigrationFile[], from: string): number {
  const exact = files.findIndex(({ name }) => name === from);
  if (exact !== -1) return exact;
  const fitting = files.flatMap(({ name }, at) =>
    name.startsWith(from) || name.replace(/^[^_]*_/, '') === from ? at : [],
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const count = /^\d+$/.test(from) ? Number(from) : 0;
  if (count >= 1 && count <= files.length) return count - 1;
  const many = fitting.length > 1;
  throw new DbkitError(
    'MIGRATION_UNKNOWN',
    many ? `"${from}" fits ${fitting.length} migrations` : `no migration is called "${from}"`,
    {
      details: fitting.slice(0, 10).map((at) => files[at]?.name ?? ''),
      hint: `give a name of the folder, a beginning that only one has, or a number from 1 to ${files.length}`,
    },
  );
}
