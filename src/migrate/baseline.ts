/** Takes a database that exists for a beginning: records migrations without running them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DbkitError } from '../errors.ts';
import { authorize } from '../postgres/guard.ts';
import { ensureOwnSchema } from '../postgres/own-schema.ts';
import { dumpSchema } from '../postgres/pg-dump.ts';
import { withRunLock } from '../postgres/run-lock.ts';
import type { VerbContext } from '../postgres/target.ts';
import { toEntry } from './entry.ts';
import { compareCodePoints, readMigrationFolder } from './folder.ts';
import type { JournalEntry } from './journal.ts';
import { readJournal } from './journal.ts';
import { finishUp, insertEntry } from './journal-write.ts';
import type { Migration } from './module.ts';
import { loadUnchecked } from './module.ts';
import { toVersion } from './new.ts';
import type { MigrateOptions } from './options.ts';
import type { BaselineReport } from './report.ts';
import { findByName } from './select.ts';
import { compareWithJournal } from './state.ts';

export interface BaselineOptions extends MigrateOptions {
  /** Record every migration up to this one; null: write a baseline of the present schema and record that. */
  readonly name: string | null;
  /** Record that one alone: those before it that are pending stay so. */
  readonly only?: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
}

/** Throws USAGE when a baseline is to be written into a folder that is not empty or `only` goes without a name, MIGRATION_UNKNOWN, DEPENDENCY_MISSING without a pg_dump. */
export async function baselineMigrations(options: BaselineOptions, context: VerbContext): Promise<BaselineReport> {
  if (options.only === true && options.name === null) {
    throw new DbkitError('USAGE', '--only needs the name of the migration that is to be recorded', {
      hint: 'dbkit migrate baseline <name> --only',
    });
  }
  authorize('migrate up', context.db.description, { command: 'migrate baseline' });
  if (options.name === null) await mkdir(options.folder, { recursive: true });
  const connection = await context.db.connect('dbkit migrate baseline');
  try {
    const lock = { app: options.app, waitMs: options.waitMs, signal: context.signal, onEvent: context.onEvent };
    return await withRunLock(connection, lock, async () => {
      const session = await context.db.connect('dbkit migrate baseline');
      try {
        const journal = await readJournal(session, options.app);
        const written = options.name === null ? await writeBaseline(journal, options, context) : [];
        const files = await readMigrationFolder(options.folder);
        const states = compareWithJournal(files, journal);
        const last =
          options.name === null
            ? states.find(({ file }) => file !== null && written.includes(file.file))
            : findByName(states, options.name);
        if (last === undefined) throw new Error('the baseline that was written is not in the folder');
        const chosen = states.filter(
          ({ name, entry, file }) =>
            entry === null &&
            file !== null &&
            (options.only === true ? name === last.name : compareCodePoints(name, last.name) <= 0),
        );
        const migrations = await loadUnchecked(chosen.flatMap(({ file }) => file ?? []));
        const { app, provenance } = options;
        await ensureOwnSchema(session, provenance.dbkitVersion);
        await session.run('begin');
        for (const migration of migrations) {
          const transactional = migration.directives.transaction.up;
          const row = { app, dbkitVersion: provenance.dbkitVersion, state: 'applied', transactional } as const;
          await insertEntry(session, toEntry(withReason(migration), row));
          await finishUp(
            session,
            options.app,
            options.provenance,
            {
              event: 'baseline',
              subject: migration.name,
              checksumBefore: null,
              checksumAfter: migration.up.raw,
              detail: {},
            },
            null,
          );
        }
        await session.run('commit');
        return { target: context.db.description, files: written, recorded: migrations.map(({ name }) => name) };
      } finally {
        await session.close();
      }
    });
  } finally {
    await connection.close();
  }
}

/** Files that were run by another tool may have no down: they are taken over as they are, and can not be undone. */
function withReason(migration: Migration): Migration {
  if (migration.missingDown === null) return migration;
  const irreversible = 'it was taken over by baseline, and has no down';
  return { ...migration, directives: { ...migration.directives, irreversible } };
}

function count(migrations: number): string {
  return migrations === 1 ? '1 migration' : `${migrations} migrations`;
}

/**
 * The present schema as one migration that can not be undone; refused where migrations are there already, in the folder
 * or in the journal: `up` would refuse for ever to run beside applied ones whose files are gone.
 */
async function writeBaseline(
  journal: readonly JournalEntry[],
  options: BaselineOptions,
  context: VerbContext,
): Promise<readonly string[]> {
  const existing = await readMigrationFolder(options.folder);
  if (existing.length > 0) {
    throw new DbkitError('USAGE', `${options.folder} already holds ${count(existing.length)}`, {
      hint: 'record them without running them: dbkit migrate baseline <name of the last one that the database has>',
    });
  }
  if (journal.length > 0) {
    throw new DbkitError('USAGE', `the journal of this database already holds ${count(journal.length)}`, {
      details: journal.map(({ name }) => name),
      hint: 'bring their files back, or take each out of the journal first: dbkit migrate repair <name> --forget',
    });
  }
  const dump = await dumpSchema(context.db, options.environment, context.signal);
  const file = join(options.folder, `${toVersion(options.now)}_baseline.up.sql`);
  await writeFile(file, `-- dbkit:irreversible the schema was there before dbkit\n\n${dump}`, { flag: 'wx' });
  return [file];
}
