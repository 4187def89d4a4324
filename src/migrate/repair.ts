/** Mends the journal after a person has looked: it changes records, never the schema. */
import { DbkitError } from '../errors.ts';
import { authorize } from '../postgres/guard.ts';
import { ensureOwnSchema } from '../postgres/own-schema.ts';
import { withRunLock } from '../postgres/run-lock.ts';
import type { VerbContext } from '../postgres/target.ts';
import { toEntry } from './entry.ts';
import { readMigrationFolder } from './folder.ts';
import type { JournalEntry } from './journal.ts';
import { readJournal } from './journal.ts';
import { insertEvent } from './journal-event.ts';
import { deleteEntry, recordStep, updateChecksums } from './journal-write.ts';
import { loadMigrations } from './module.ts';
import type { MigrateOptions } from './options.ts';
import type { RepairReport } from './report.ts';
import { findByName } from './select.ts';
import type { MigrationState } from './state.ts';
import { compareWithJournal } from './state.ts';

export type RepairAction =
  /** The interrupted statement took effect: go on after it. */
  | 'done'
  /** It did not: run it again. */
  | 'again'
  /** Take the row out; nothing is undone. */
  | 'forget'
  /** Take the file as it is now for what was applied. */
  | 'accept';

export interface RepairOptions extends MigrateOptions {
  /** Null: all that were edited or reformatted (`accept` only). */
  readonly name: string | null;
  readonly action: RepairAction;
}

/** Throws USAGE when the action does not fit the migration's state, MIGRATION_UNKNOWN. */
export async function repairMigrations(options: RepairOptions, context: VerbContext): Promise<RepairReport> {
  authorize('migrate up', context.db.description, { command: 'migrate repair' });
  const files = options.files ?? (await readMigrationFolder(options.folder));
  const connection = await context.db.connect('dbkit migrate repair');
  try {
    const lock = { app: options.app, waitMs: options.waitMs, signal: context.signal, onEvent: context.onEvent };
    return await withRunLock(connection, lock, async () => {
      const session = await context.db.connect('dbkit migrate repair');
      try {
        await ensureOwnSchema(session, options.provenance.dbkitVersion);
        const states = compareWithJournal(files, await readJournal(session, options.app));
        const chosen =
          options.name === null
            ? states.filter(({ status }) => status === 'edited' || status === 'reformatted')
            : [findByName(states, options.name)].filter(
                ({ status }) => options.action !== 'accept' || status !== 'applied',
              );
        const repaired: { name: string; what: string }[] = [];
        for (const state of chosen) {
          await session.run('begin');
          const what = await repairOne(session, state, options);
          await insertEvent(session, options.app, options.provenance, {
            event: 'repair',
            subject: state.name,
            checksumBefore: state.entry?.upChecksum ?? null,
            checksumAfter: options.action === 'accept' ? (state.file?.up.raw ?? null) : null,
            detail: { action: options.action, what },
          });
          await session.run('commit');
          repaired.push({ name: state.name, what });
        }
        return { target: context.db.description, repaired };
      } finally {
        await session.close();
      }
    });
  } finally {
    await connection.close();
  }
}

async function repairOne(
  session: Parameters<typeof deleteEntry>[0],
  state: MigrationState,
  options: RepairOptions,
): Promise<string> {
  const { name, entry, file } = state;
  if (entry === null)
    throw new DbkitError('USAGE', `${name} is not in the journal: there is nothing to repair`, {
      hint: 'dbkit migrate status',
    });
  switch (options.action) {
    case 'forget':
      await deleteEntry(session, options.app, name);
      return 'taken out of the journal; the schema was left as it is';
    case 'done':
    case 'again':
      return settleStep(session, entry, options);
    case 'accept': {
      if (file === null)
        throw new DbkitError('USAGE', `the file of ${name} is gone`, { hint: `dbkit migrate repair ${name} --forget` });
      if (entry.state !== 'applied') throw notEnded(entry);
      const [migration] = await loadMigrations([file]);
      if (migration === undefined) throw new Error(`${name} did not load`);
      const { dbkitVersion } = options.provenance;
      const { state: recorded, transactional } = entry;
      await updateChecksums(
        session,
        toEntry(migration, { app: options.app, dbkitVersion, state: recorded, transactional }),
      );
      return 'the file as it is now counts as what was applied';
    }
    default: {
      const never: never = options.action;
      throw new Error(`not handled: ${String(never)}`);
    }
  }
}

/** What was begun is no longer, or not yet, as its file says: there is nothing to accept. */
function notEnded({ name, direction, step }: JournalEntry): DbkitError {
  return new DbkitError('USAGE', `the ${direction} of ${name} was begun and did not end`, {
    hint:
      step?.underWay == null
        ? `finish it: dbkit migrate ${direction}`
        : `look at the database, then say: dbkit migrate repair ${name} --done, or --again`,
  });
}

async function settleStep(
  session: Parameters<typeof deleteEntry>[0],
  entry: JournalEntry,
  options: RepairOptions,
): Promise<string> {
  const { name, step } = entry;
  if (entry.state === 'applied' || step?.underWay == null) {
    throw new DbkitError('USAGE', `${name} was not cut off in a statement`, { hint: 'dbkit migrate status' });
  }
  const done = options.action === 'done';
  await recordStep(
    session,
    options.app,
    name,
    'failed',
    { done: step.done + (done ? 1 : 0), underWay: null },
    done ? { hash: step.underWay.hash, text: options.keepText ? step.underWay.text : null } : null,
  );
  return done
    ? `statement ${step.done + 1} counts as done; the next run goes on after it`
    : `statement ${step.done + 1} runs again with the next run`;
}
