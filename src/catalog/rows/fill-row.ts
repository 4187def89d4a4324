/** Row by row, where a table did not take all of them together: other answers are tried until one is taken. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { FillState } from './fill-state.ts';
import { insertStatement, returnedColumns, updateStatement } from './insert.ts';
import { guarded } from './insert-guarded.ts';
import type { Made } from './make-rows.ts';
import { candidate } from './make-rows.ts';
import type { Row } from './row.ts';
import { attemptsWorthwhile } from './row.ts';
import type { TablePlan } from './table-plan.ts';
import { passingOf } from './trial.ts';

/** How many rows of one place are written before it is given up. */
const writesWorthwhile = 12;

export async function fillOneByOne(
  state: FillState,
  plan: TablePlan,
  why: string | null,
  withheld: ReadonlySet<string>,
): Promise<{ readonly rows: readonly Row[] } | { readonly failure: string }> {
  const rows: Row[] = [];
  let failure = why;
  for (let row = state.first; row < state.first + state.wanted; row += 1) {
    const tried = await fillOne(state, plan, row, rows, withheld);
    if ('row' in tried) rows.push(tried.row);
    else {
      failure = tried.failure ?? failure;
      // What stopped the first row will stop the others.
      if (rows.length === 0) break;
    }
  }
  return rows.length > 0 ? { rows } : { failure: failure ?? 'no row was found that it takes' };
}

async function fillOne(
  state: FillState,
  plan: TablePlan,
  row: number,
  before: readonly Row[],
  withheld: ReadonlySet<string>,
): Promise<{ readonly row: Row } | { readonly failure: string | null }> {
  let failure: string | null = null;
  let found: Row | null = null;
  for (const stage of stages) {
    const made = candidatesOf(state, plan, row, stage, before, withheld);
    failure ??= made.why;
    const passing = await passingOf(state, plan, made.rows);
    for (const one of passing.slice(0, writesWorthwhile)) {
      const written = await writeOne(state, plan, one, before);
      if ('row' in written) return written;
      failure = written.failure;
      found ??= written.found;
    }
    // One that a trigger made, and that takes nothing of ours.
    if (found !== null) return { row: found };
  }
  return { failure };
}

/** Attempts from … to: a few at first; hundreds only where the server can tell at once which satisfy the conditions. */
const stages = [
  { from: 0, to: 4 },
  { from: 4, to: attemptsWorthwhile },
  { from: attemptsWorthwhile, to: attemptsWorthwhile * 6 },
] as const;

function candidatesOf(
  state: FillState,
  plan: TablePlan,
  row: number,
  stage: (typeof stages)[number],
  before: readonly Row[],
  withheld: ReadonlySet<string>,
): Made {
  const rows: Row[] = [];
  let why: string | null = null;
  let broken: Row | null = null;
  const last = plan.conditions.length === 0 ? Math.min(stage.to, attemptsWorthwhile) : stage.to;
  for (let attempt = stage.from; attempt < last; attempt += 1) {
    const answer = candidate(state, plan, { row, attempt, before, withheld });
    if (answer.ok) rows.push(answer.row);
    else {
      why ??= answer.why;
      broken ??= answer.row;
    }
  }
  // What we took to break a condition, the server may read otherwise.
  return { rows: rows.length === 0 && broken !== null ? [broken] : rows, why };
}

type OneWritten = { readonly row: Row } | { readonly failure: string; readonly found: Row | null };

async function writeOne(state: FillState, plan: TablePlan, one: Row, before: readonly Row[]): Promise<OneWritten> {
  const insert = insertStatement(plan, [one], state.needed(plan.table), { skipping: true });
  const outcome = await state.attempt(guarded(plan, insert, 1));
  if ('failure' in outcome) return { failure: outcome.failure.message, found: null };
  const [written] = plan.rewritten ? [one] : outcome.rows;
  if (written !== undefined) return { row: new Map([...one, ...written]) };
  const there = await overwrite(state, plan, one, before);
  if (there?.updated === true) return { row: there.row };
  const [exclusion] = plan.exclusions;
  const failure =
    exclusion === undefined
      ? 'every row that was tried has a key that is there already'
      : `the exclusion constraint ${exclusion}: every row that was tried is shut out by one that is there`;
  return { failure, found: there?.row ?? null };
}

/** A row that a trigger made, with the key that ours was to have: it gets the rest of ours. */
async function overwrite(
  state: FillState,
  plan: TablePlan,
  row: Row,
  before: readonly Row[],
): Promise<{ readonly row: Row; readonly updated: boolean } | null> {
  const key = (one: Row): string => JSON.stringify(plan.primaryKey.map((name) => one.get(name)));
  if (before.some((one) => key(one) === key(row))) return null;
  const others = plan.columns.map((column) => column.name).filter((name) => !plan.primaryKey.includes(name));
  const returned = [...new Set([...state.needed(plan.table), ...plan.primaryKey])];
  // It may not be changed, or there is nothing to change: then it is a row as it stands.
  const where = plan.primaryKey.map(
    (name, at) =>
      `${quoteIdentifier(name)} = $${at + 1}::pg_catalog.text::${plan.columns.find((column) => column.name === name)?.type}`,
  );
  const find = () =>
    state.attempt([
      {
        sql: `select ${returnedColumns(returned)} from ${plan.table} where ${where.join(' and ')}`,
        values: plan.primaryKey.map((name) => row.get(name) ?? null),
      },
    ]);
  const kept = state.keptIn(plan.table);
  if (kept !== null && plan.primaryKey.length > 0) {
    const there = await find();
    if ('rows' in there && there.rows.some((one) => kept.has(key(one)))) return null;
  }
  const update = updateStatement(plan, row, others, returned);
  const outcome = update === null ? null : await state.attempt([update]);
  const [updated] = outcome !== null && 'rows' in outcome ? outcome.rows : [];
  if (updated !== undefined) return { row: new Map([...row, ...updated]), updated: true };
  if (plan.primaryKey.length === 0) return null;
  const found = await find();
  const [there] = 'rows' in found ? found.rows : [];
  return there === undefined ? null : { row: there, updated: false };
}
