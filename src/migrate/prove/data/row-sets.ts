/** Rows of tables as values: projections, differences without regard to order, and how one is told. */
import type { TableContents } from './contents.ts';

/** SQL literals. */
export type Row = readonly string[];

export function project(
  { columns, rows }: Pick<TableContents, 'columns' | 'rows'>,
  names: readonly string[],
): readonly Row[] {
  const indexes = names.map((name) => columns.indexOf(name));
  return (rows ?? []).map((row) => indexes.map((index) => row[index] ?? ''));
}

export function subtract(
  from: readonly Row[],
  other: readonly Row[],
): { missing: readonly Row[]; extra: readonly Row[] } {
  const left = countRows(other);
  const missing = from.filter((row) => !take(left, keyOf(row)));
  const extra = other.filter((row) => take(left, keyOf(row)));
  return { missing, extra };
}

export function countRows(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
}

export function take(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  if (count > 0) counts.set(key, count - 1);
  return count > 0;
}

export function keyOf(row: Row): string {
  return JSON.stringify(row);
}

/** `id=3, note='x'`; long values and long rows are cut. */
export function describeRow(columns: readonly string[], row: Row): string {
  const pairs = columns.map((column, index) => `${column}=${shorten(row[index] ?? '')}`);
  const shown = pairs.slice(0, 6);
  return [...shown, ...(pairs.length > shown.length ? ['…'] : [])].join(', ');
}

/** A literal as a person writes it, cut after forty characters. */
export function shorten(literal: string): string {
  if (/^'-?\d+(?:\.\d+)?'$/.test(literal)) return literal.slice(1, -1);
  const characters = [
    ...literal.replace(/[\n\r\t]/g, (one) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[one] ?? one),
  ];
  return characters.length <= 42 ? characters.join('') : `${characters.slice(0, 40).join('')}…'`;
}
