/** Reads the record of applied migrations in `dbkit.journal`. */
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
  case when state <> 'applied' then statements end as statements,
  pg_catalog.to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "finishedAt"`;

/** Most rows have no statements to tell of: nothing is sent for them. */
type Row = Omit<JournalEntry, 'statements'> & { readonly statements: readonly string[] | null };

/** What an app has applied, in the order in which it was; empty where dbkit's schema does not exist yet. */
export async function readJournal(connection: Connection, app: string): Promise<readonly JournalEntry[]> {
  const read = await readIfPresent(() =>
    connection.query<Row>(`select ${columns} from dbkit.journal where app = $1 order by applied_order`, [app]),
  );
  return (read?.rows ?? []).map((row) => ({ ...row, statements: row.statements ?? [] }));
}

/** The text of a down as it was recorded when the up ran, or null. */
export async function readDownText(connection: Connection, app: string, name: string): Promise<string | null> {
  const { rows } = await connection.query<{ text: string | null }>(
    'select down_text as text from dbkit.journal where app = $1 and name = $2',
    [app, name],
  );
  return rows[0]?.text ?? null;
}
