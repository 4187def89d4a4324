/** What is applied and what is not; hashes files and imports none. */
import type { VerbContext } from '../postgres/target.ts';
import { readMigrationFolder } from './folder.ts';
import { readJournal } from './journal.ts';
import type { MigrateOptions } from './options.ts';
import type { StatusReport } from './report.ts';
import { readChangedSince } from './schema-state.ts';
import { compareWithJournal, isApplied } from './state.ts';

/** Never creates anything. Throws FOLDER_NOT_FOUND, FILE_INVALID, VERSION_DUPLICATE. */
export async function migrationStatus(
  options: Pick<MigrateOptions, 'folder' | 'files' | 'app'>,
  { db }: VerbContext,
): Promise<StatusReport> {
  const files = options.files ?? (await readMigrationFolder(options.folder));
  const connection = await db.connect('dbkit migrate status');
  try {
    // Sent together.
    const [journal, changedSince] = await Promise.all([
      readJournal(connection, options.app),
      readChangedSince(connection),
    ]);
    const states = compareWithJournal(files, journal);
    return {
      target: db.description,
      folder: options.folder,
      migrations: states.map(({ name, file, entry, status, outOfOrder }) => ({
        name,
        kind: file?.kind ?? entry?.kind ?? 'sql',
        status,
        outOfOrder,
        irreversible: entry?.irreversible ?? file?.directives.irreversible ?? null,
        appliedAt: entry?.finishedAt ?? null,
        durationMs: entry?.durationMs ?? null,
      })),
      applied: states.filter(isApplied).length,
      pending: states.filter(({ status }) => status === 'pending').length,
      faults: states
        .filter(
          ({ status, outOfOrder }) => outOfOrder || ['edited', 'deleted', 'interrupted', 'failed'].includes(status),
        )
        .map(({ name }) => name),
      changedSince,
    };
  } finally {
    await connection.close();
  }
}
