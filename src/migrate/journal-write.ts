/** Writes the record of migrations in `dbkit.journal` and `dbkit.event`: begun, done, undone, mended. */
import { DbkitError } from '../errors.ts';
import type { Connection, Rows } from '../postgres/connect.ts';
import { sqlstateOf } from '../postgres/own-schema.ts';
import type { JournalState, Step } from './journal.ts';
import type { NewEvent, Provenance } from './journal-event.ts';
import { eventColumns, eventParameters, eventValues } from './journal-event.ts';
import type { MigrationKind } from './migration.ts';

/** What the journal keeps of the files of a migration. */
interface FileEntry {
  readonly upChecksum: string;
  readonly upNormalized: string;
  readonly downChecksum: string | null;
  readonly downNormalized: string | null;
  readonly downText: string | null;
  readonly irreversible: string | null;
  readonly lossy: string | null;
}

/** What is recorded of an up. */
export interface NewEntry extends FileEntry {
  readonly app: string;
  readonly name: string;
  readonly kind: MigrationKind;
  readonly state: JournalState;
  readonly transactional: boolean;
  readonly dbkitVersion: string;
}

/** In the order of the columns `up_checksum` to `lossy`. */
function fileValues(entry: FileEntry): unknown[] {
  return [
    entry.upChecksum,
    entry.upNormalized,
    entry.downChecksum,
    entry.downNormalized,
    entry.downText,
    entry.irreversible,
    entry.lossy,
  ];
}

/**
 * Inserts the row of a migration. Done first in its transaction: a second run that wants the same one waits on the
 * primary key, and fails when the first commits.
 */
export function insertEntry(connection: Connection, entry: NewEntry): Promise<unknown> {
  return write(
    connection,
    `insert into dbkit.journal (app, name, kind, state, transactional, up_checksum, up_normalized,
       down_checksum, down_normalized, down_text, irreversible, lossy, dbkit_version)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [entry.app, entry.name, entry.kind, entry.state, entry.transactional, ...fileValues(entry), entry.dbkitVersion],
  );
}

export interface RanStatements {
  readonly hashes: readonly string[];
  readonly texts: readonly string[] | null;
}

/**
 * Inserts the row of an up that is done in this very transaction, and its event, in one statement. A second run of the
 * same migration fails on the primary key, and is rolled back. To parse it takes the server longer than to run it:
 * `keptAs` is the name of a prepared statement, where the session may have one.
 */
export function insertApplied(
  connection: Connection,
  entry: NewEntry,
  by: Provenance,
  event: NewEvent,
  ran: RanStatements,
  keptAs?: string | undefined,
): Promise<unknown> {
  return write(connection, appliedSql, appliedValues(entry, by, event, ran), keptAs);
}

/** What `insertApplied` sends, for whoever sends it among other statements; its parameters are `appliedValues`. */
export const appliedSql = `with event as (insert into dbkit.event (${eventColumns}) values (${eventValues}))
     insert into dbkit.journal (app, name, dbkit_version, kind, state, transactional, up_checksum, up_normalized,
       down_checksum, down_normalized, down_text, irreversible, lossy, statements, statement_texts,
       started_at, finished_at, duration_ms)
     select $1, $3, $10, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22::text[], $23::text[],
       pg_catalog.transaction_timestamp(), at, extract(epoch from at - pg_catalog.transaction_timestamp()) * 1000
     from pg_catalog.clock_timestamp() at`;

export function appliedValues(entry: NewEntry, by: Provenance, event: NewEvent, ran: RanStatements): unknown[] {
  return [
    ...eventParameters(entry.app, by, event),
    entry.kind,
    entry.state,
    entry.transactional,
    ...fileValues(entry),
    [...ran.hashes],
    ran.texts,
  ];
}

/** Marks an up as applied and appends its event, in one statement. */
export function finishUp(
  connection: Connection,
  app: string,
  by: Provenance,
  event: NewEvent,
  ran: RanStatements | null,
): Promise<unknown> {
  return write(
    connection,
    `with event as (insert into dbkit.event (${eventColumns}) values (${eventValues}))
     update dbkit.journal
     set state = 'applied', direction = 'up', step = null, finished_at = pg_catalog.clock_timestamp(),
         duration_ms = extract(epoch from pg_catalog.clock_timestamp() - started_at) * 1000,
         statements = coalesce($12::text[], statements), statement_texts = coalesce($13::text[], statement_texts)
     where app = $1 and name = $3`,
    [...eventParameters(app, by, event), ran === null ? null : [...ran.hashes], ran?.texts ?? null],
  );
}

/** Removes the row of a migration that was undone and appends the event, in one statement. */
export function finishDown(connection: Connection, app: string, by: Provenance, event: NewEvent): Promise<unknown> {
  return write(
    connection,
    `with event as (insert into dbkit.event (${eventColumns}) values (${eventValues}))
     delete from dbkit.journal where app = $1 and name = $3`,
    eventParameters(app, by, event),
  );
}

/** Locks the row of an applied migration for its down; false when it is not there, or not applied, any more. */
export async function claimForDown(
  connection: Connection,
  app: string,
  name: string,
  transactional: boolean,
): Promise<boolean> {
  const { rowCount } = await write(
    connection,
    `update dbkit.journal
     set state = 'running', direction = 'down', transactional = $3, started_at = pg_catalog.clock_timestamp(), statements = '{}',
         step = case when $3 then null else '{"done":0,"underWay":null}'::jsonb end
     where app = $1 and name = $2 and state = 'applied'`,
    [app, name, transactional],
  );
  return rowCount === 1;
}

/** A statement that is done, as it is appended to the row. */
export interface DoneStatement {
  readonly hash: string;
  /** Null: only hashes are kept. */
  readonly text: string | null;
}

/** Records how far a migration without a transaction came. */
export function recordStep(
  connection: Connection,
  app: string,
  name: string,
  state: JournalState,
  step: Step,
  done: DoneStatement | null,
): Promise<unknown> {
  return write(
    connection,
    `update dbkit.journal
     set state = $3, step = $4::jsonb,
         statements = case when $5::text is null then statements else statements || $5::text end,
         statement_texts = case when $6::text is null then statement_texts else coalesce(statement_texts, '{}') || $6::text end
     where app = $1 and name = $2`,
    [app, name, state, JSON.stringify(step), done?.hash ?? null, done?.text ?? null],
  );
}

/** Takes the checksums of the files as they are now; what `repair` does after an accepted edit. */
export function updateChecksums(
  connection: Connection,
  entry: FileEntry & Pick<NewEntry, 'app' | 'name'>,
): Promise<unknown> {
  return write(
    connection,
    `update dbkit.journal
     set up_checksum = $3, up_normalized = $4, down_checksum = $5, down_normalized = $6, down_text = $7, irreversible = $8, lossy = $9
     where app = $1 and name = $2`,
    [entry.app, entry.name, ...fileValues(entry)],
  );
}

/** Removes a row without running anything; what `repair --forget` does. */
export function deleteEntry(connection: Connection, app: string, name: string): Promise<unknown> {
  return write(connection, 'delete from dbkit.journal where app = $1 and name = $2', [app, name]);
}

async function write(
  connection: Connection,
  sql: string,
  values: readonly unknown[],
  keptAs?: string | undefined,
): Promise<Rows<unknown>> {
  try {
    return await connection.query(sql, values, keptAs);
  } catch (error) {
    throw refusedRecord(error);
  }
}

/** INSUFFICIENT_PRIVILEGE for a record that the server refused, which is not the migration's fault; else the error. */
export function refusedRecord(error: unknown): unknown {
  if (sqlstateOf(error) !== '42501') return error;
  return new DbkitError('INSUFFICIENT_PRIVILEGE', `this role may not write the journal: ${(error as Error).message}`, {
    hint: 'let an administrator run the output of: dbkit db grants migrate --role <this role>',
    cause: error,
  });
}
