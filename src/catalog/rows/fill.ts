/** Fills tables with rows that satisfy their constraints; what can not be filled is refused by name. */
import type { Connection } from '../../postgres/connect.ts';
import { isServerError } from '../../postgres/sql-error.ts';
import type { Catalog } from '../model.ts';
import { fillCircle } from './circle.ts';
import { FillState } from './fill-state.ts';
import { fillTable } from './fill-table.ts';
import { forceAgain, liftForced } from './forced.ts';
import { inOrder } from './order.ts';
import { planSource } from './plan-source.ts';
import { ownTables } from './tables.ts';

export interface FillOptions {
  readonly seed: string;
  readonly rows: number;
  /** Relation ids; default all tables that are the role's own. */
  readonly tables?: readonly string[];
  /** Number of the first row, from 0 (default): rows of other numbers are other rows. Above 0 no row that is there is changed. */
  readonly firstRow?: number;
  readonly signal?: AbortSignal;
}

export interface FillReport {
  readonly filled: readonly { readonly table: string; readonly rows: number }[];
  readonly refused: readonly { readonly table: string; readonly why: string }[];
}

/**
 * Writes `rows` rows to each table, its triggers firing, in the caller's transaction or in one of its own.
 *
 * A table is filled as a whole or not at all; tables that the chosen ones refer to are filled as well
 * where they have no row. The same seed and catalog give the same rows, and what is added beside a column changes nothing in it.
 */
export async function fillTables(connection: Connection, catalog: Catalog, options: FillOptions): Promise<FillReport> {
  const own = await begin(connection);
  try {
    const report = await fillAll(connection, catalog, options);
    await connection.run(own ? 'commit' : 'release savepoint dbkit_rows');
    return report;
  } catch (error) {
    if (connection.lost === null) {
      await connection.run(own ? 'rollback' : 'rollback to savepoint dbkit_rows; release savepoint dbkit_rows');
    }
    throw error;
  }
}

/** True: there was no transaction, and now there is ours. */
async function begin(connection: Connection): Promise<boolean> {
  try {
    await connection.run('savepoint dbkit_rows');
    return false;
  } catch (error) {
    if (!isServerError(error) || error.code !== '25P01') throw error;
    await connection.run('begin');
    return true;
  }
}

async function fillAll(connection: Connection, catalog: Catalog, options: FillOptions): Promise<FillReport> {
  const source = planSource(catalog, options.seed);
  const chosen = options.tables ?? (await ownTables(connection, catalog));
  const state = new FillState(connection, source, chosen, { wanted: options.rows, first: options.firstRow ?? 0 });
  const groups = inOrder(state.tables, (table) => state.plan(table).references.map((reference) => reference.table));
  const lifted = await liftForced(state);
  // Whoever adds rows wants those that are there as they are.
  if ((options.firstRow ?? 0) > 0) for (const table of state.tables) await state.keep(table);
  for (const group of groups) {
    options.signal?.throwIfAborted();
    const [table = ''] = group;
    if (group.length === 1 && !chosen.includes(table)) {
      await state.readRows(table);
      if (state.rowsOf(table).length > 0) continue;
    }
    if (group.length === 1) await fillTable(state, table);
    else await fillCircle(state, group);
  }
  await forceAgain(state, lifted);
  return state.report();
}
