/** Asks the server which rows satisfy conditions that only it understands; nothing is written for it. */
import type { FillState } from './fill-state.ts';
import { trialStatement } from './insert.ts';
import type { Row } from './row.ts';
import type { TablePlan } from './table-plan.ts';

/** Those that pass, in their order; all of them where the server can not say, one where none does. */
export async function passingOf(
  state: FillState,
  plan: TablePlan,
  candidates: readonly Row[],
): Promise<readonly Row[]> {
  const verdicts = await tryRows(state, plan, candidates);
  if (verdicts === null) return candidates;
  const passing = candidates.filter((_, at) => verdicts[at]?.every(Boolean));
  if (passing[0] !== undefined && passing[0] === candidates[0]) return passing;
  const mixed = [...withoutBroken(plan, candidates, verdicts), ...recombined(plan, candidates, verdicts)];
  const second = await tryRows(state, plan, mixed);
  const better = mixed.filter((_, at) => second?.[at]?.every(Boolean));
  // Those with most in them first, as what is not there can not be seen to be lost.
  const all = [...passing, ...better].sort((one, other) => nullsIn(one) - nullsIn(other));
  // The one that is refused says why.
  return all.length > 0 ? all : candidates.slice(0, 1);
}

function nullsIn(row: Row): number {
  return [...row.values()].filter((value) => value === null).length;
}

/** Statements that are spent on finding the rows on which a condition fails with an error. */
const statementsWorthwhile = 40;

/** Of each row what the server says of each condition; null where there is nothing to ask. */
async function tryRows(
  state: FillState,
  plan: TablePlan,
  rows: readonly Row[],
  spent = { statements: 0 },
): Promise<readonly (readonly boolean[])[] | null> {
  const trial = trialStatement(plan, rows);
  if (trial === null || rows.length === 0) return null;
  spent.statements += 1;
  const outcome = await state.attempt([trial]);
  if ('failure' in outcome) {
    // A number too large, a text that is no date: half of the rows may still be told.
    if (rows.length === 1 || spent.statements >= statementsWorthwhile) return rows.map(() => [false]);
    const half = Math.ceil(rows.length / 2);
    const first = await tryRows(state, plan, rows.slice(0, half), spent);
    const second = await tryRows(state, plan, rows.slice(half), spent);
    return [...(first ?? []), ...(second ?? [])];
  }
  return outcome.rows.map((row) => plan.conditions.map((_, at) => (row.get(`ok${at}`) as unknown) === true));
}

/** What may be null and stands in a broken condition is left out; all else of the row stays. */
function withoutBroken(
  plan: TablePlan,
  rows: readonly Row[],
  verdicts: readonly (readonly boolean[])[],
): readonly Row[] {
  return rows.map((row, at) => {
    const left = new Map(row);
    for (const [index, condition] of plan.conditions.entries()) {
      if (verdicts[at]?.[index] !== false) continue;
      for (const column of plan.columns) {
        if (column.nullable && !column.inKey && condition.columns.has(column.name)) left.set(column.name, null);
      }
    }
    return left;
  });
}

/** Conditions about one column alone are met apart: each column takes a value that was good in some row. */
function recombined(plan: TablePlan, rows: readonly Row[], verdicts: readonly (readonly boolean[])[]): readonly Row[] {
  const good = new Map<string, readonly (string | null)[]>();
  for (const column of plan.columns) {
    const alone = plan.conditions.flatMap((condition, at) =>
      condition.columns.size === 1 && condition.columns.has(column.name) ? [at] : [],
    );
    if (alone.length === 0) continue;
    const fine = rows.filter((_, row) => alone.every((at) => verdicts[row]?.[at]));
    if (fine.length > 0) good.set(column.name, [...new Set(fine.map((row) => row.get(column.name) ?? null))]);
  }
  return rows.map((row, at) => {
    const mixed = new Map(row);
    for (const [name, values] of good) mixed.set(name, values[at % values.length] ?? null);
    return mixed;
  });
}
