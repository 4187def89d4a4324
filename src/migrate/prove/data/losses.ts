/** What of the rows of one state is not in another: columns are compared by name, rows without regard to order. */
import type { Catalog } from '../../../catalog/model.ts';
import type { Loss } from '../report.ts';
import type { Contents } from './contents.ts';
import type { Row } from './row-sets.ts';
import { countRows, describeRow, keyOf, project, shorten, subtract, take } from './row-sets.ts';

export interface Compared {
  readonly losses: readonly Loss[];
  readonly notes: readonly string[];
  /** Tables of which it can not be told whether rows are gone: they are others, and too many. */
  readonly unsure: readonly string[];
}

export interface CompareOptions {
  readonly by: Loss['by'];
  /** Of the first state; for the keys of its rows. */
  readonly catalog: Catalog;
  /** Rows that the up made itself, by table: a second up makes them anew. */
  readonly own?: ReadonlyMap<string, readonly Row[]>;
}

/** A table or column that the second state does not have is left to the comparison of catalogs. */
export function findLosses(before: Contents, after: Contents, options: CompareOptions): Compared {
  const losses: Loss[] = [];
  const notes: string[] = [];
  const unsure: string[] = [];
  for (const [table, was] of before.tables) {
    const is = after.tables.get(table);
    if (is === undefined || (was.hash === is.hash && was.columns.join('\0') === is.columns.join('\0'))) continue;
    if (was.rows === null || is.rows === null) {
      const rows = was.count - is.count;
      const example = `of ${was.count} rows ${is.count} are left`;
      if (rows > 0) losses.push({ table, column: null, rows, example, by: options.by });
      else unsure.push(table);
      continue;
    }
    const shared = was.columns.filter((column) => is.columns.includes(column));
    const wasRows = project(was, shared);
    const isRows = project(is, shared);
    const own = options.own?.get(table) ?? [];
    const ownRows = project({ ...was, rows: own }, shared);
    const { missing, extra } = subtract(wasRows, isRows);
    const gone = subtract(missing, ownRows).missing;
    const remade = missing.length - gone.length;
    if (remade > 0) notes.push(`${remade} of the rows that the up makes in ${table} are others the second time`);
    else if (options.by === 'down and up' && gone.length === 0 && extra.length > 0)
      notes.push(`a second up leaves ${extra.length} more rows in ${table}: ${describeRow(shared, extra[0] ?? [])}`);
    if (gone.length > 0) losses.push(...explain({ table, shared, gone, extra, wasRows, isRows }, options));
  }
  for (const [sequence, value] of before.sequences) {
    const now = after.sequences.get(sequence);
    if (value === null || now === undefined || (now !== null && now >= value)) continue;
    notes.push(`sequence ${sequence} goes back from ${value} to ${now ?? 'its start'} (${options.by})`);
  }
  return { losses, notes, unsure };
}

/** The rows of the second state that the first does not have, by table; of tables that are in both with the same columns or not. */
export function newRows(before: Contents, after: Contents): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, readonly Row[]>();
  for (const [table, is] of after.tables) {
    const was = before.tables.get(table);
    if (is.rows === null || is.count === 0 || was?.hash === is.hash) continue;
    const shared = was === undefined ? [] : is.columns.filter((column) => was.columns.includes(column));
    const old = was === undefined ? new Map<string, number>() : countRows(project(was, shared));
    const projected = project(is, shared);
    const fresh = is.rows.filter((_, index) => !take(old, keyOf(projected[index] ?? [])));
    if (fresh.length > 0) found.set(table, fresh);
  }
  return found;
}

/** Rows that the up made and its down leaves, in tables that were there before; one sentence a table. */
export function leftRows(before: Contents, up: Contents, down: Contents): readonly string[] {
  const made = newRows(before, up);
  const more = newRows(before, down);
  return [...made].flatMap(([table, rows]) => {
    const [was, is, left] = [up.tables.get(table), down.tables.get(table), more.get(table)];
    if (!before.tables.has(table) || was === undefined || is === undefined || left === undefined) return [];
    const shared = was.columns.filter((column) => is.columns.includes(column));
    const counts = countRows(project({ columns: is.columns, rows: left }, shared));
    const found = project({ columns: was.columns, rows }, shared).filter((row) => take(counts, keyOf(row)));
    const [first] = found;
    if (first === undefined) return [];
    return `the down leaves ${found.length} of the rows that the up makes in ${table}: ${describeRow(shared, first)}`;
  });
}

interface Changed {
  readonly table: string;
  readonly shared: readonly string[];
  readonly gone: readonly Row[];
  /** Rows that only the second state has. */
  readonly extra: readonly Row[];
  readonly wasRows: readonly Row[];
  readonly isRows: readonly Row[];
}

/** Values that another row of the same key has lost, by column; else whole rows. */
function explain({ table, shared, gone, extra, wasRows, isRows }: Changed, { by, catalog }: CompareOptions): Loss[] {
  const key = keyColumns(catalog, table, shared);
  const keyText = (row: Row) => keyOf(key.map((index) => row[index] ?? ''));
  const byKey = new Map(key.length === 0 ? [] : extra.map((row) => [keyText(row), row]));
  const columns = new Map<number, { rows: number; example: string }>();
  const whole: Row[] = [];
  for (const row of gone) {
    const now = byKey.get(keyText(row));
    const differing = shared.flatMap((_, index) => (now !== undefined && now[index] !== row[index] ? [index] : []));
    if (differing.length === 0) whole.push(row);
    for (const index of differing) {
      const name = describeRow(
        key.map((at) => shared[at] ?? ''),
        key.map((at) => row[at] ?? ''),
      );
      const example = `row ${name} had ${shorten(row[index] ?? '')}, has ${shorten(now?.[index] ?? '')} now`;
      const counted = columns.get(index);
      columns.set(index, { rows: (counted?.rows ?? 0) + 1, example: counted?.example ?? example });
    }
  }
  const told = [...columns].map(([index, { rows, example }]): Loss => {
    return { table, column: shared[index] ?? null, rows, example, by };
  });
  if (whole.length === 0) return told;
  const keyless = key.length === 0 ? lostColumns(shared, wasRows, isRows, whole) : [];
  const [first = []] = whole;
  if (keyless.length === 0)
    return [...told, { table, column: null, rows: whole.length, example: `row ${describeRow(shared, first)}`, by }];
  return [
    ...told,
    ...keyless.map((index): Loss => {
      const others = shared.filter((_, at) => at !== index);
      const name = describeRow(
        others,
        first.filter((_, at) => at !== index),
      );
      const example = `row ${name} had ${shorten(first[index] ?? '')}`;
      return { table, column: shared[index] ?? null, rows: whole.length, example, by };
    }),
  ];
}

/** Without a key: the columns without which every row is still there. */
function lostColumns(
  shared: readonly string[],
  was: readonly Row[],
  is: readonly Row[],
  gone: readonly Row[],
): readonly number[] {
  if (gone.length === 0 || is.length < was.length) return [];
  const suspects = shared.flatMap((_, index) => {
    const pick = (rows: readonly Row[]) => rows.map((row) => [row[index] ?? '']);
    return subtract(pick(was), pick(is)).missing.length > 0 ? [index] : [];
  });
  if (suspects.length === 0 || suspects.length === shared.length) return [];
  const rest = (rows: readonly Row[]) => rows.map((row) => row.filter((_, index) => !suspects.includes(index)));
  return subtract(rest(was), rest(is)).missing.length === 0 ? suspects : [];
}

function keyColumns(catalog: Catalog, table: string, shared: readonly string[]): readonly number[] {
  const key = catalog.constraints.find(({ parent, kind }) => parent === table && kind === 'primary key');
  const indexes = (key?.columns ?? []).map((column) => shared.indexOf(column));
  return indexes.includes(-1) ? [] : indexes;
}
