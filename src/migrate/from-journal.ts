/** The rollback of a migration whose file is gone, from the text that the journal keeps of it. */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import { placeOf } from '../postgres/guard.ts';
import { sqlstateOf } from '../postgres/own-schema.ts';
import type { TargetDescription } from '../postgres/target.ts';
import { checksumModule, checksumSql } from './checksum.ts';
import type { JournalEntry } from './journal.ts';
import { readDownText } from './journal.ts';
import type { MigrationFile, SqlScript } from './migration.ts';
import { noDirectives } from './migration.ts';
import type { Migration } from './module.ts';
import { loadMigrations } from './module.ts';
import { readDirectives } from './sql-file.ts';
import type { MigrationState } from './state.ts';

export interface JournalSource {
  readonly connection: Connection;
  readonly app: string;
  /** Where the file was: what a module imports lies there. */
  readonly folder: string;
  readonly target: TargetDescription;
  /** Somebody said that code from the database may run here. */
  readonly yes: boolean;
}

/**
 * The migration of a state without a file, ready for its down. Throws MIGRATION_DELETED where the journal's text can not
 * be run, TARGET_REFUSED on a protected database, CONFIRMATION_NEEDED for a module of a database that is not a throw-away.
 */
export async function loadFromJournal(state: MigrationState, source: JournalSource): Promise<Migration> {
  const { name, entry } = state;
  const { connection, app, target } = source;
  if (placeOf(target) === 'protected') {
    throw new DbkitError(
      'TARGET_REFUSED',
      `${name} is to be undone, but its file is gone: a protected database takes a rollback from files only`,
      {
        hint: 'check out the branch that has it, and make the plan there',
      },
    );
  }
  const text = entry === null ? null : await readDownText(connection, app, name);
  if (entry === null || text === null) {
    throw gone(name, 'bring the file back: the journal keeps no rollback of it');
  }
  const down = entry.kind === 'typescript' ? checksumModule(text) : checksumSql(text);
  const known = entry.kind === 'typescript' ? await recordedChecksum(source, entry) : entry.downChecksum;
  if (down.raw !== entry.downChecksum || known !== entry.downChecksum) {
    throw gone(
      name,
      'bring the file back: the text in the journal is not the one that ran. It held a secret, and the journal keeps no secrets; or somebody changed it',
    );
  }
  const common = {
    name,
    version: name.replace(/_.*$/, ''),
    kind: entry.kind,
    up: { raw: entry.upChecksum, normalized: entry.upNormalized },
    down,
    downText: text,
    missingDown: null,
    fromJournal: true as const,
  };
  if (entry.kind === 'typescript')
    return loadModuleText({ ...common, sql: null, directives: noDirectives }, text, source);
  const file = `${name}.down.sql (from the journal)`;
  const script: SqlScript = { file, source: text, text, offset: 0 };
  // A section of a dbmate file does not hold the line that says `transaction:false`.
  const transactional = entry.kind === 'dbmate' ? entry.transactional : readDirectives(file, text).transaction;
  return {
    ...common,
    file,
    sql: { up: { ...script, source: '', text: '' }, down: script },
    directives: {
      transaction: { up: entry.transactional, down: transactional },
      irreversible: null,
      lossy: entry.lossy,
      allow: [],
    },
    module: null,
  };
}

/** Imports the text as a file beside the migrations, which is there for that moment only. */
async function loadModuleText(
  migration: Omit<MigrationFile, 'file'>,
  text: string,
  { folder, target, yes }: JournalSource,
): Promise<Migration> {
  const { name } = migration;
  if (placeOf(target) !== 'throw-away' && !yes) {
    throw new DbkitError(
      'CONFIRMATION_NEEDED',
      `the rollback of ${name} is TypeScript in the journal of ${target.database}: it would run on this machine`,
      { hint: 'check out the branch that has the file; or, if you trust that database, the same command with --yes' },
    );
  }
  const file = join(folder, `.dbkit-${randomBytes(16).toString('hex')}.ts`);
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw gone(name, `bring the file back: its text can not be written beside the others: ${(error as Error).message}`);
  }
  try {
    const [loaded] = await loadMigrations([{ ...migration, file }]);
    if (loaded === undefined) throw new Error(`${name} did not load`);
    return { ...loaded, file: `${name}.ts (from the journal)` };
  } catch (error) {
    if (!(error instanceof DbkitError)) throw error;
    throw new DbkitError(
      'MIGRATION_DELETED',
      `${name} is to be undone, but its file is gone, and its text in the journal can not be run: ${why(error, file)}`,
      { hint: 'check out the branch that has the file and what it imports', cause: error },
    );
  } finally {
    await rm(file, { force: true });
  }
}

/** The first line of what went wrong, without the name that the text had for a moment. */
function why(error: DbkitError, file: string): string {
  const text = error.cause instanceof Error ? error.cause.message : error.message;
  return (text.split('\n')[0] ?? '').replace(/ imported from .*$/, '').replaceAll(file, 'it');
}

/** Of a module, what the last event says that ran: events can not be changed as easily as the journal. */
async function recordedChecksum({ connection, app }: JournalSource, entry: JournalEntry): Promise<string | null> {
  try {
    const { rows } = await connection.query<{ checksum: string }>(
      `select checksum_after as checksum from dbkit.event
       where app = $1 and subject = $2 and checksum_after is not null order by id desc limit 1`,
      [app, entry.name],
    );
    return rows[0]?.checksum ?? null;
  } catch (error) {
    // Not every role may read the events.
    if (sqlstateOf(error) === '42501') return entry.downChecksum;
    throw error;
  }
}

function gone(name: string, hint: string): DbkitError {
  return new DbkitError('MIGRATION_DELETED', `${name} is to be undone, but its file is gone`, { hint });
}
