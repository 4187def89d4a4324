/** The record of applied migrations in `dbkit.journal`, and what happened to them in `dbkit.event`. */
import type { Connection } from '../postgres/connect.ts';
import { readIfPresent } from '../postgres/own-schema.ts';
import type { Direction, MigrationKind } from './migration.ts';

export type JournalState = 'running' | 'applied' | 'failed';

/** Of a migration without a transaction: how far it came. */
export interface Step {
  /** Statements that are done and stand. */
  readonly done: number;
  /** The statement under way, when it could not carry its own record. */
  readonly underWay: UnderWay | null;
}

export interface UnderWay {
  readonly hash: string;
  readonly text: string;
  readonly backendPid: number;
  readonly backendStart: string;
}

export interface JournalEntry {
  readonly name: string;
  /** Grows with each application; what came last is undone first. */
  readonly appliedOrder: number;
  readonly kind: MigrationKind;
  readonly state: JournalState;
  readonly direction: Direction;
  readonly transactional: boolean;
  readonly upChecksum: string;
  readonly upNormalized: string;
  readonly downChecksum: string | null;
  readonly downNormalized: string | null;
  readonly irreversible: string | null;
  readonly lossy: string | null;
  /** Hashes of the statements that are done, of a migration that was begun; else empty. */
  readonly statements: readonly string[];
  readonly step: Step | null;
  /** ISO 8601 in UTC. */
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
}

const columns = `name, applied_order::float8 as "appliedOrder", kind, state, direction, transactional,
  up_checksum as "upChecksum", up_normalized as "upNormalized",
  down_checksum as "downChecksum", down_normalized as "downNormalized",
  irreversible, lossy, step, duration_ms as "durationMs",
  case when state = 'applied' then '{}' else statements end as statements,
  pg_catalog.to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "finishedAt"`;

/** What an app has applied, in the order in which it was; empty where dbkit's schema does not exist yet. */
export async function readJournal(connection: Connection, app: string): Promise<readonly JournalEntry[]> {
  const read = await readIfPresent(() =>
    connection.query<JournalEntry>(`select ${columns} from dbkit.journal where app = $1 order by applied_order`, [app]),
  );
  return read?.rows ?? [];
}

/** The text of a down as it was recorded when the up ran, or null. */
export async function readDownText(connection: Connection, app: string, name: string): Promise<string | null> {
  const { rows } = await connection.query<{ text: string | null }>(
    'select down_text as text from dbkit.journal where app = $1 and name = $2',
    [app, name],
  );
  return rows[0]?.text ?? null;
}

/** What is recorded before the first statement of an up. */
export interface NewEntry {
  readonly app: string;
  readonly name: string;
  readonly kind: MigrationKind;
  readonly state: JournalState;
  readonly transactional: boolean;
  readonly upChecksum: string;
  readonly upNormalized: string;
  readonly downChecksum: string | null;
  readonly downNormalized: string | null;
  readonly downText: string | null;
  readonly irreversible: string | null;
  readonly lossy: string | null;
  readonly dbkitVersion: string;
}

/**
 * Inserts the row of a migration. Done first in its transaction: a second run that wants the same one waits on the
 * primary key, and fails when the first commits.
 */
export function insertEntry(connection: Connection, entry: NewEntry): Promise<unknown> {
  return connection.query(
    `insert into dbkit.journal (app, name, kind, state, transactional, up_checksum, up_normalized,
       down_checksum, down_normalized, down_text, irreversible, lossy, dbkit_version)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      entry.app,
      entry.name,
      entry.kind,
      entry.state,
      entry.transactional,
      entry.upChecksum,
      entry.upNormalized,
      entry.downChecksum,
      entry.downNormalized,
      entry.downText,
      entry.irreversible,
      entry.lossy,
      entry.dbkitVersion,
    ],
  );
}

/** Who ran what from where; goes into every event. */
export interface Provenance {
  readonly actor: string | null;
  readonly commit: string | null;
  readonly runUrl: string | null;
  readonly planHash: string | null;
  readonly dbkitVersion: string;
}

export interface NewEvent {
  readonly event: string;
  readonly subject: string | null;
  readonly checksumBefore: string | null;
  readonly checksumAfter: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

const eventColumns = `app, event, subject, actor, commit, run_url, plan_hash, checksum_before, checksum_after, dbkit_version, detail`;
const eventValues = '$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb';

function eventParameters(app: string, by: Provenance, event: NewEvent): unknown[] {
  return [
    app,
    event.event,
    event.subject,
    by.actor,
    by.commit,
    by.runUrl,
    by.planHash,
    event.checksumBefore,
    event.checksumAfter,
    by.dbkitVersion,
    JSON.stringify(event.detail),
  ];
}

/** Appends an event. */
export function insertEvent(connection: Connection, app: string, by: Provenance, event: NewEvent): Promise<unknown> {
  return connection.query(
    `insert into dbkit.event (${eventColumns}) values (${eventValues})`,
    eventParameters(app, by, event),
  );
}

export interface RanStatements {
  readonly hashes: readonly string[];
  readonly texts: readonly string[] | null;
}

/** Marks an up as applied and appends its event, in one statement. */
export function finishUp(
  connection: Connection,
  app: string,
  by: Provenance,
  event: NewEvent,
  ran: RanStatements | null,
): Promise<unknown> {
  return connection.query(
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
  return connection.query(
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
  const { rowCount } = await connection.query(
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
  return connection.query(
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
  entry: Pick<
    NewEntry,
    | 'app'
    | 'name'
    | 'upChecksum'
    | 'upNormalized'
    | 'downChecksum'
    | 'downNormalized'
    | 'downText'
    | 'irreversible'
    | 'lossy'
  >,
): Promise<unknown> {
  return connection.query(
    `update dbkit.journal
     set up_checksum = $3, up_normalized = $4, down_checksum = $5, down_normalized = $6, down_text = $7, irreversible = $8, lossy = $9
     where app = $1 and name = $2`,
    [
      entry.app,
      entry.name,
      entry.upChecksum,
      entry.upNormalized,
      entry.downChecksum,
      entry.downNormalized,
      entry.downText,
      entry.irreversible,
      entry.lossy,
    ],
  );
}

/** Removes a row without running anything; what `repair --forget` does. */
export function deleteEntry(connection: Connection, app: string, name: string): Promise<unknown> {
  return connection.query('delete from dbkit.journal where app = $1 and name = $2', [app, name]);
}
