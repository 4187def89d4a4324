/** What really happened when migrations ran on a scratch database, statement by statement: what `lint` judges. */
import type { Catalog } from '../../catalog/model.ts';
import type { Location } from '../../errors.ts';
import type { Direction, MigrationFile } from '../migration.ts';

/** In the words of LOCK TABLE, the weakest first. */
export const lockModes = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

export type LockMode = (typeof lockModes)[number];

/** A lock on a relation that was there before the migration. */
export interface LockTaken {
  /** Id as in the catalog: `public.orders`. */
  readonly relation: string;
  /** The strongest that this statement took and the transaction did not hold before. */
  readonly mode: LockMode;
  /** What nobody else can do meanwhile. */
  readonly blocks: 'reads and writes' | 'writes' | 'schema changes' | 'nothing';
  /** How many statements of the transaction follow while it is held, the statement itself not counted. */
  readonly heldForStatements: number;
}

export interface RecordedStatement {
  /** In its migration and direction, from 1. */
  readonly ordinal: number;
  /** As it was sent; secrets blanked. */
  readonly sql: string;
  /** Where it stands in the file; of TypeScript the line that sent it, where that is known. */
  readonly location: Location | null;
  /**
   * Parse trees of libpg-query, one a statement of `sql`: `{ AlterTableStmt: { … } }`. Behind that of a DO block those of
   * the statements in it. Empty when it can not be parsed.
   */
  readonly parsed: readonly Readonly<Record<string, unknown>>[];
  readonly transactional: boolean;
  readonly durationMs: number;
  /**
   * Sorted by relation. Indexes and the sequences of columns only where their lock is stronger than that on their table.
   * Of a statement outside a transaction they are known by what it is: nobody can look in its midst.
   */
  readonly locks: readonly LockTaken[];
  /** Ids of relations, there before, whose storage was written anew (relfilenode changed); TRUNCATE is not among them. */
  readonly rewritten: readonly string[];
  /** Ids of relations, there before, that were read whole under a lock which blocks writes or more; not those in `rewritten`. */
  readonly scanned: readonly string[];
  /** Indexes built on relations that were there before. */
  readonly indexesBuilt: readonly {
    readonly relation: string;
    /** Id: `public.by_total`. */
    readonly index: string;
    readonly concurrently: boolean;
  }[];
  /**
   * Constraints of relations, there before, whose rows were checked, under whatever lock. `constraint` is its name; of a
   * NOT NULL before PostgreSQL 18, which has none, `<column> not null`.
   */
  readonly validated: readonly { readonly relation: string; readonly constraint: string }[];
  /** Warnings and notices of the server. */
  readonly notices: readonly string[];
}

/** One direction of one migration, with the database around it. */
export interface RecordedRun {
  readonly file: MigrationFile;
  readonly direction: Direction;
  readonly statements: readonly RecordedStatement[];
  readonly before: Catalog;
  readonly after: Catalog;
}

/** What a migration itself failed with. */
export interface FailedRun {
  /** `up again`: the up after the down. */
  readonly step: 'up' | 'down' | 'up again';
  readonly message: string;
  readonly location: Location | null;
  readonly sqlstate: string | null;
}

/** A migration with its way there and, where it has one, back. */
export interface RecordedMigration {
  readonly file: MigrationFile;
  /** Of one that failed as far as it came. */
  readonly up: RecordedRun;
  /** From `up.after`. Null when it has none, was not asked for or failed. */
  readonly down: RecordedRun | null;
  readonly failed: FailedRun | null;
}
