/** What a row refers to: rows of other tables that are there, or earlier rows of its own. */
import { drawOf } from './draw.ts';
import type { Row } from './row.ts';
import type { Reference, TablePlan } from './table-plan.ts';

export interface ReferencesRequest {
  readonly row: number;
  readonly attempt: number;
  /** Rows of the tables that are referred to, with at least the columns that are; of the own table those so far. */
  readonly rowsOf: (table: string) => readonly Row[];
  /** Columns that are decided before. */
  readonly fixed: Row;
  /** References that stay null for now. */
  readonly withheld: ReadonlySet<string>;
}

export type ReferencesAnswer =
  | { readonly ok: true; readonly fixed: Row; readonly copies: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reference: Reference };

export function chooseReferences(plan: TablePlan, request: ReferencesRequest): ReferencesAnswer {
  const fixed = new Map<string, string | null>(request.fixed);
  const copies = new Map<string, string>();
  for (const [index, reference] of plan.references.entries()) {
    const found = wantsNull(plan, reference, request) ? null : findRow(plan, reference, index, request, fixed);
    if (found !== null) {
      for (const [at, column] of reference.columns.entries()) {
        fixed.set(column, found.get(reference.referenced[at] ?? '') ?? null);
      }
    } else if (!leaveNull(plan, reference, fixed)) {
      // With no earlier row, the first of its table can only refer to itself.
      if (reference.table !== plan.table) return { ok: false, reference };
      for (const [at, column] of reference.columns.entries()) {
        const of = reference.referenced[at] ?? '';
        if (column !== of && !fixed.has(column)) copies.set(column, of);
      }
    }
  }
  return { ok: true, fixed, copies };
}

function findRow(
  plan: TablePlan,
  reference: Reference,
  index: number,
  request: ReferencesRequest,
  fixed: Row,
): Row | null {
  const rows = request.rowsOf(reference.table);
  if (rows.length === 0) return null;
  const own = reference.table === plan.table;
  const start = startOf(plan, reference, index, request, rows.length, own);
  for (let step = 0; step < rows.length; step += 1) {
    const row = rows[(start + step) % rows.length];
    if (row === undefined || reference.referenced.some((name) => (row.get(name) ?? null) === null)) continue;
    const agrees = reference.columns.every((column, at) => {
      const decided = fixed.get(column);
      return decided === undefined || decided === row.get(reference.referenced[at] ?? '');
    });
    if (agrees) return row;
  }
  return null;
}

/** Row after row another one, and another one for each reference; anywhere once that was not right. */
function startOf(
  plan: TablePlan,
  reference: Reference,
  index: number,
  request: ReferencesRequest,
  count: number,
  own: boolean,
): number {
  if (request.attempt > 2) {
    const key = plan.columns.find((column) => column.name === reference.columns[0])?.key ?? { high: 1, low: 1 };
    return drawOf(key, request.row, request.attempt).below(count);
  }
  return own ? count - 1 : (request.row + (request.attempt === 1 ? 0 : index)) % count;
}

function nullableOf(plan: TablePlan, reference: Reference): readonly string[] {
  return reference.columns.filter((name) => plan.columns.find((column) => column.name === name)?.nullable === true);
}

/** True: null where it may be; MATCH FULL asks for all of them or none. */
function leaveNull(plan: TablePlan, reference: Reference, fixed: Map<string, string | null>): boolean {
  const nullable = nullableOf(plan, reference).filter(
    (name) => fixed.get(name) === undefined || fixed.get(name) === null,
  );
  if (nullable.length === 0 || (reference.full && nullable.length < reference.columns.length)) return false;
  for (const name of nullable) fixed.set(name, null);
  return true;
}

function wantsNull(plan: TablePlan, reference: Reference, request: ReferencesRequest): boolean {
  if (request.withheld.has(reference.name)) return true;
  const [first] = nullableOf(plan, reference);
  if (first === undefined) return false;
  const key = plan.columns.find((column) => column.name === first)?.key;
  if (request.attempt === 0) return request.row > 0 && (request.row + ((key?.low ?? 0) >>> 0)) % 3 === 0;
  return request.attempt % 3 === 1;
}
