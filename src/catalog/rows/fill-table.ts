/** Fills one table that stands in no circle. */
import { fillOneByOne } from './fill-row.ts';
import type { FillState, Outcome } from './fill-state.ts';
import { insertStatement } from './insert.ts';
import { guarded } from './insert-guarded.ts';
import { makeRows } from './make-rows.ts';
import type { Row } from './row.ts';
import type { TablePlan } from './table-plan.ts';

const none: ReadonlySet<string> = new Set();

/** `withheld`: references that stay null for now. */
export async function fillTable(state: FillState, table: string, withheld = none): Promise<void> {
  const plan = state.plan(table);
  const obstacle = await obstacleOf(state, plan, withheld);
  if (obstacle !== null) return state.refused(table, obstacle);
  const made = makeRows(state, plan, withheld);
  if (made.rows.length > 0) {
    const outcome = await write(state, plan, made.rows);
    if ('rows' in outcome) return state.filled(table, merged(made.rows, outcome.rows));
  }
  const rows = await fillOneByOne(state, plan, made.why, withheld);
  if ('failure' in rows) return state.refused(table, rows.failure);
  state.filled(table, rows.rows);
}

/** What makes any try useless, by name. */
async function obstacleOf(state: FillState, plan: TablePlan, withheld: ReadonlySet<string>): Promise<string | null> {
  const relation = state.source.relations.get(plan.table);
  if (relation?.kind === 'partitioned table' && plan.leaves.length === 0) return 'it has no partition to take rows';
  for (const reference of plan.references) {
    if (reference.table === plan.table || withheld.has(reference.name)) continue;
    if (!state.knows(reference.table)) await state.readRows(reference.table);
    if (state.rowsOf(reference.table).length > 0) continue;
    const mayBeNull = reference.columns.some((name) => plan.columns.find((column) => column.name === name)?.nullable);
    if (mayBeNull) continue;
    const why = state.whyRefused(reference.table);
    const reason = why === null ? 'which has none' : `which was refused: ${why}`;
    return `${reference.name} asks for rows of ${reference.table}, ${reason}`;
  }
  return null;
}

function merged(made: readonly Row[], returned: readonly Row[]): readonly Row[] {
  return made.map((row, at) => new Map([...row, ...(returned[at] ?? [])]));
}

async function write(state: FillState, plan: TablePlan, rows: readonly Row[]): Promise<Outcome> {
  const insert = insertStatement(plan, rows, state.needed(plan.table));
  return state.attempt(guarded(plan, insert, rows.length));
}
