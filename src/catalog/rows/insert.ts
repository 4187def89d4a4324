/** The statements that write rows and try conditions. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Row } from './row.ts';
import type { ColumnPlan, TablePlan } from './table-plan.ts';

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** `skipping`: rows whose key is there already are passed over. */
export function insertStatement(
  plan: TablePlan,
  rows: readonly Row[],
  returned: readonly string[],
  { skipping = false, first = 1 }: { readonly skipping?: boolean; readonly first?: number } = {},
): Statement {
  const names = plan.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const conflict = plan.rewritten || !skipping ? '' : ' on conflict do nothing';
  const returning = plan.rewritten ? '' : ` returning ${returnedColumns(returned)}`;
  if (plan.columns.length === 0) {
    return { sql: `insert into ${plan.table} default values${conflict}${returning}`, values: [] };
  }
  const casts = plan.columns.map((column, at) => `r.c${at}::${column.type}`).join(', ');
  return {
    sql: `insert into ${plan.table} (${names}) overriding system value select ${casts} from ${rowSource(plan, first)}${conflict}${returning}`,
    values: valuesOf(plan.columns, rows),
  };
}

export function returnedColumns(names: readonly string[]): string {
  if (names.length === 0) return '1';
  return names.map((name) => `${quoteIdentifier(name)}::pg_catalog.text as ${quoteIdentifier(name)}`).join(', ');
}

function rowSource(plan: TablePlan, first: number): string {
  const lists = plan.columns.map((_, at) => `pg_catalog.unnest($${first + at}::pg_catalog.text[])`).join(', ');
  const names = plan.columns.map((_, at) => `c${at}`).join(', ');
  return `rows from (${lists}) with ordinality as r(${names}, n)`;
}

function valuesOf(columns: readonly ColumnPlan[], rows: readonly Row[]): readonly unknown[] {
  return columns.map((column) => rows.map((row) => row.get(column.name) ?? null));
}

/** Gives the row of this key the other values; null where the table has no key, or nothing else. */
export function updateStatement(
  plan: TablePlan,
  row: Row,
  columns: readonly string[],
  returned: readonly string[],
): Statement | null {
  if (plan.primaryKey.length === 0 || columns.length === 0) return null;
  const values: (string | null)[] = [];
  const assign = (name: string): string => {
    const type = plan.columns.find((column) => column.name === name)?.type ?? 'text';
    values.push(row.get(name) ?? null);
    return `${quoteIdentifier(name)} = $${values.length}::pg_catalog.text::${type}`;
  };
  const set = columns.map(assign).join(', ');
  const where = plan.primaryKey.map(assign).join(' and ');
  const returning = plan.rewritten ? '' : ` returning ${returnedColumns(returned)}`;
  return { sql: `update ${plan.table} set ${set} where ${where}${returning}`, values };
}

/** One row an answer, in the order of the candidates: `ok0`, `ok1`… whether the condition is not false. */
export function trialStatement(plan: TablePlan, rows: readonly Row[]): Statement | null {
  const conditions = plan.conditions.map((condition, at) => `((${condition.text}) is not false) as ok${at}`);
  if (conditions.length === 0 || plan.columns.length === 0) return null;
  const columns = plan.columns.map((column, at) => `r.c${at}::${column.type} as ${quoteIdentifier(column.name)}`);
  // Conditions may name the whole row.
  const name = /(?:"(?:[^"]|"")*"|[^".]+)$/u.exec(plan.table)?.[0] ?? 't';
  return {
    sql: `select ${conditions.join(', ')} from (select ${columns.join(', ')}, r.n as "dbkit row number" from ${rowSource(plan, 1)}) as ${name} order by "dbkit row number"`,
    values: valuesOf(plan.columns, rows),
  };
}
