/** Rows of a table that do not collide with each other, before anything is written. */
import type { FillState } from './fill-state.ts';
import { chooseReferences } from './references.ts';
import type { Row, RowAnswer } from './row.ts';
import { attemptsWorthwhile, makeRow } from './row.ts';
import type { TablePlan } from './table-plan.ts';
import { nothingTaken } from './unique.ts';

const nothingFixed: Row = new Map();

export interface Made {
  readonly rows: readonly Row[];
  /** Why there are not as many as wanted. */
  readonly why: string | null;
}

export function makeRows(state: FillState, plan: TablePlan, withheld: ReadonlySet<string>): Made {
  const taken = nothingTaken(plan);
  const rows: Row[] = [];
  let why: string | null = null;
  for (let row = state.first; row < state.first + state.wanted; row += 1) {
    for (let attempt = 0; attempt < attemptsWorthwhile; attempt += 1) {
      const answer = candidate(state, plan, { row, attempt, before: rows, withheld });
      if (!answer.ok) {
        why ??= answer.why;
        continue;
      }
      const collision = taken.collides(answer.row);
      if (collision !== null) {
        why ??= `no further row was found that ${collision} lets pass`;
        continue;
      }
      rows.push(answer.row);
      break;
    }
  }
  return { rows, why };
}

export interface CandidateRequest {
  readonly row: number;
  readonly attempt: number;
  /** Rows of the same table so far. */
  readonly before: readonly Row[];
  readonly withheld: ReadonlySet<string>;
  /** Columns that are decided. */
  readonly fixed?: Row;
}

export function candidate(state: FillState, plan: TablePlan, request: CandidateRequest): RowAnswer {
  const { row, attempt, before, withheld, fixed = nothingFixed } = request;
  const rowsOf = (table: string): readonly Row[] => (table === plan.table ? before : state.rowsOf(table));
  const chosen = chooseReferences(plan, { row, attempt, rowsOf, fixed, withheld });
  if (!chosen.ok) {
    const { name, table } = chosen.reference;
    return { ok: false, why: `no row of ${table} was found that ${name} lets pass`, row: null };
  }
  return makeRow(plan, { row, attempt, fixed: chosen.fixed, copies: chosen.copies });
}
