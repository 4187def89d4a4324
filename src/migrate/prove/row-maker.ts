/** Where the rows of a proof come from. */
import type { Catalog } from '../../catalog/model.ts';
import type { Connection } from '../../postgres/connect.ts';

export interface RowsAsked {
  readonly seed: string;
  /** Relation ids. */
  readonly tables: readonly string[];
  /** How often rows were asked for before: those of another time are other rows. */
  readonly time: number;
  readonly signal: AbortSignal;
}

/** What came of it; a table that is in neither list was left as it is. */
export interface RowsMade {
  readonly filled: readonly { readonly table: string; readonly rows: number }[];
  readonly refused: readonly { readonly table: string; readonly why: string }[];
}

/** Adds rows to the tables; rows that are there stay. */
export type RowMaker = (connection: Connection, catalog: Catalog, asked: RowsAsked) => Promise<RowsMade>;

/** Enough that a column with two kinds of values shows both. */
const rowsEach = 3;

export const madeUpRows: RowMaker = async (connection, catalog, asked) => {
  const { fillTables } = await import('../../catalog/rows/fill.ts');
  const { seed, tables, time, signal } = asked;
  return fillTables(connection, catalog, { seed, tables, rows: rowsEach, firstRow: time * rowsEach, signal });
};
