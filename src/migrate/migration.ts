/** A migration as its files say it, before anything is imported or run. */
import type { Location } from '../errors.ts';
import type { Checksum } from './checksum.ts';

export type MigrationKind = 'typescript' | 'sql' | 'dbmate' | 'baseline';

export type Direction = 'up' | 'down';

/** A text to run, and where it lies: `text` starts at `offset` of `source`, which is the whole file. */
export interface SqlScript {
  readonly file: string;
  readonly source: string;
  readonly text: string;
  readonly offset: number;
}

export interface MigrationFile {
  /** File name without its ending: the identity in the journal, and what orders. */
  readonly name: string;
  readonly version: string;
  readonly kind: MigrationKind;
  /** Absolute path of the file that holds `up`. */
  readonly file: string;
  readonly up: Checksum;
  /** Null when there is no down, or it says that it is irreversible. */
  readonly down: Checksum | null;
  /** Of SQL kinds; null for TypeScript. */
  readonly sql: { readonly up: SqlScript; readonly down: SqlScript | null } | null;
  /** Source of the down, as it goes into the journal. */
  readonly downText: string | null;
  /** What to add where the down is missing; null when there is one, when none is owed, and for TypeScript. */
  readonly missingDown: string | null;
  readonly directives: Directives;
  /** The file is gone: this is what the journal kept, for the down. */
  readonly fromJournal?: true;
}

/** What a file says about itself; of TypeScript files known only once they are imported. */
export interface Directives {
  /** False: statement by statement, outside a transaction. */
  readonly transaction: Readonly<Record<Direction, boolean>>;
  /** Reason, or null. */
  readonly irreversible: string | null;
  /** What is lost by the down, or null. */
  readonly lossy: string | null;
  readonly allow: readonly AllowDirective[];
}

/** A lint rule that is accepted here. */
export interface AllowDirective {
  readonly rule: string;
  readonly why: string;
  /** Where it is written. */
  readonly location: Location;
}

export const noDirectives: Directives = {
  transaction: { up: true, down: true },
  irreversible: null,
  lossy: null,
  allow: [],
};
