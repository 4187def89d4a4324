/** One row of a table, a pure function of (seed, table, column, row) and of what the row refers to. */

import type { Condition } from './constraints/condition.ts';
import type { Facts } from './constraints/facts.ts';
import { noFacts } from './constraints/facts.ts';
import { gather } from './constraints/gather.ts';
import { drawOf } from './draw.ts';
import { columnsIn } from './expression/expression.ts';
import { simplify, truthOf } from './expression/simplify.ts';
import type { ColumnPlan, TablePlan } from './table-plan.ts';
import { makeValue } from './types/make-value.ts';

/** Texts by the names of the columns. */
export type Row = ReadonlyMap<string, string | null>;

export interface RowRequest {
  readonly row: number;
  /** From 0: each is another answer to the same question. */
  readonly attempt: number;
  /** Columns whose values are given: by what they refer to. */
  readonly fixed: Row;
  /** Columns that are to have the value of another column of the same row. */
  readonly copies: ReadonlyMap<string, string>;
}

export type RowAnswer =
  | { readonly ok: true; readonly row: Row }
  /** The column for which nothing was found, or the condition that the row breaks. */
  | { readonly ok: false; readonly why: string; readonly row: Row | null };

/** Attempts after which nothing new is to be expected. */
export const attemptsWorthwhile = 40;
const redrawsWorthwhile = 24;

export function makeRow(plan: TablePlan, request: RowRequest): RowAnswer {
  const known = new Map<string, string | null>(request.fixed);
  const conditions = conditionsFor(plan, request);
  for (const column of plan.columns) {
    if (known.has(column.name) || request.copies.has(column.name)) continue;
    const facts = factsOf(column, conditions, known, request);
    const about = conditions.filter((condition) => condition.columns.has(column.name));
    const value = cellOf(column, facts, request);
    if (value === undefined) {
      return {
        ok: false,
        why: cannot(
          column,
          about.map(({ name }) => name),
        ),
        row: null,
      };
    }
    known.set(column.name, value);
    // What can be computed here need not wait for another attempt at the whole row.
    for (let again = 1; again < redrawsWorthwhile && brokenBy(about, known) !== null; again += 1) {
      const other = cellOf(column, facts, { ...request, attempt: request.attempt + again * 1009 });
      if (other !== undefined) known.set(column.name, other);
    }
  }
  for (const [column, from] of request.copies) known.set(column, known.get(from) ?? null);
  const broken = brokenBy(conditions, known);
  return broken === null
    ? { ok: true, row: known }
    : { ok: false, why: `no row was found that satisfies ${broken.name}`, row: known };
}

function brokenBy(conditions: readonly Condition[], known: Row): Condition | null {
  return conditions.find((condition) => truthOf(simplify(condition.expression, known)) === false) ?? null;
}

function cannot(column: ColumnPlan, conditions: readonly string[]): string {
  let type = column.valueType;
  while (type.kind === 'domain') type = type.base;
  if (type.kind === 'unknown') return `column ${column.name}: no value of the type ${column.type} is known`;
  const why = conditions.length === 0 ? column.type : conditions.join(', ');
  return `column ${column.name}: no value was found that satisfies ${why}`;
}

function conditionsFor(plan: TablePlan, request: RowRequest): readonly Condition[] {
  const leaf = plan.leaves[(request.row + request.attempt) % Math.max(1, plan.leaves.length)];
  return leaf === undefined ? plan.conditions : [...plan.conditions, ...leaf.conditions];
}

function factsOf(
  column: ColumnPlan,
  conditions: readonly Condition[],
  known: ReadonlyMap<string, string | null>,
  request: RowRequest,
): Facts {
  const facts = noFacts();
  // The first branch of `x is null or …` says least: row 0 begins with the last.
  const choose = (n: number): number => (n - 1 + request.row + request.attempt) % n;
  for (const condition of conditions) {
    if (!condition.columns.has(column.name)) continue;
    const left = simplify(condition.expression, known);
    if (columnsIn(left).has(column.name)) gather(left, column.name, facts, choose);
  }
  return facts;
}

/** Undefined: none was found. */
function cellOf(column: ColumnPlan, facts: Facts, request: RowRequest): string | null | undefined {
  const { row, attempt } = request;
  if (facts.impossible) return undefined;
  if (facts.nullness === 'null') return column.nullable ? null : undefined;
  const mayBeNull = column.nullable && facts.nullness !== 'not null';
  if (mayBeNull && isNull(column, request)) return null;
  if (column.counted && facts.upper.length === 0) return String(counted(column, facts) + BigInt(row + attempt * 1000));
  const draw = drawOf(column.key, row, attempt);
  if (
    column.defaultText !== null &&
    !column.inKey &&
    nothingSaid(facts) &&
    (attempt === 1 || (attempt === 0 && row === 0))
  ) {
    return column.defaultText;
  }
  if (attempt >= 3 && column.tries.length > 0 && draw.below(2) === 0) {
    const text = column.tries[draw.below(column.tries.length)];
    const chance = draw.below(4);
    if (text !== undefined && chance < 2) return text;
    // Most conditions that are not understood hold for some small number.
    const small = String(draw.below(41));
    if (chance === 2 && column.valueType.kind === 'ordered' && column.valueType.axis.parse(small) !== null)
      return small;
  }
  const plain = row === 0 || column.inKey || attempt === 1 || attempt === 2 || attempt % 2 === 1;
  const value = makeValue(column.valueType, facts, draw, { row, attempt, plain });
  return value ?? (mayBeNull ? null : undefined);
}

/** A column that may be null is so in a third of the rows, never in the first. */
function isNull(column: ColumnPlan, { row, attempt }: RowRequest): boolean {
  if (attempt === 0) return row > 0 && (row + (column.key.low >>> 0)) % 3 === 0;
  if (attempt === 1) return true;
  return attempt > 2 && drawOf(column.key, row, attempt + 100_000).below(3) === 0;
}

function nothingSaid(facts: Facts): boolean {
  return facts.oneOf === null && facts.not.length === 0 && facts.lower.length === 0 && facts.upper.length === 0;
}

function counted(column: ColumnPlan, facts: Facts): bigint {
  const start = column.type === 'smallint' ? 10_001n : 1_000_001n;
  const least = facts.lower.map(({ text }) => (/^-?\d+$/u.test(text) ? BigInt(text) + 1n : start));
  return least.reduce((most, one) => (one > most ? one : most), start);
}
