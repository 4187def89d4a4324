/**
 * Tables that refer to each other in a circle: all in one statement, as the server checks references at its end. Where
 * that is refused, what may be null is so at first, and is filled by an UPDATE.
 */
import type { FillState } from './fill-state.ts';
import { fillTable } from './fill-table.ts';
import { insertStatement, updateStatement } from './insert.ts';
import { candidate } from './make-rows.ts';
import { inOrder } from './order.ts';
import type { Row } from './row.ts';
import { makeRow } from './row.ts';
import type { Reference, TablePlan } from './table-plan.ts';
import { nothingTaken } from './unique.ts';

const none: ReadonlySet<string> = new Set();
const attempts = 3;

export async function fillCircle(state: FillState, group: readonly string[]): Promise<void> {
  await readReferred(state, group);
  let failure: string | null = null;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const made = makeAll(state, group, attempt);
    if (typeof made === 'string') {
      failure ??= made;
      continue;
    }
    const outcome = await state.attempt([oneStatement(state, group, made)]);
    if ('rows' in outcome) {
      for (const table of group) state.filled(table, made.get(table) ?? []);
      return;
    }
    failure = outcome.failure.message;
  }
  for (const table of group) state.plans(table, []);
  await fillInSteps(state, group, failure ?? '');
}

async function readReferred(state: FillState, group: readonly string[]): Promise<void> {
  for (const { table } of group.flatMap((one) => state.plan(one).references)) {
    if (!group.includes(table) && !state.knows(table)) await state.readRows(table);
  }
}

/** A text says why not. */
function makeAll(state: FillState, group: readonly string[], attempt: number): Map<string, readonly Row[]> | string {
  const keys = new Map<string, Row[]>();
  for (const table of group) state.plans(table, []);
  for (const table of group) {
    const rows = Array.from({ length: state.wanted }, (_, at) =>
      keyRow(state, group, table, { row: state.first + at, attempt }),
    );
    keys.set(table, rows);
  }
  for (const table of group) state.plans(table, keys.get(table) ?? []);
  const made = new Map<string, readonly Row[]>();
  for (const table of group) {
    const plan = state.plan(table);
    const taken = nothingTaken(plan);
    const rows: Row[] = [];
    for (const [at, fixed] of (keys.get(table) ?? []).entries()) {
      const row = state.first + at;
      const answer = candidate(state, plan, { row, attempt, before: rows, withheld: none, fixed });
      if (!answer.ok) return `${table}: ${answer.why}`;
      const collision = taken.collides(answer.row);
      if (collision !== null) return `${table}: no further row was found that ${collision} lets pass`;
      rows.push(answer.row);
    }
    made.set(table, rows);
  }
  return made;
}

interface Place {
  readonly row: number;
  readonly attempt: number;
}

/** The columns of a row that others refer to, before the row is made. */
function keyRow(state: FillState, group: readonly string[], table: string, place: Place): Row {
  const names = state.needed(table);
  return new Map(names.map((name) => [name, keyValue(state, group, table, name, place, [])]));
}

/** Row n of a table refers to row n of the next: so the way ends where a column refers to nothing, or at its own start. */
function keyValue(
  state: FillState,
  group: readonly string[],
  table: string,
  column: string,
  place: Place,
  seen: readonly Cell[],
): string | null {
  const reference = state.plan(table).references.find((one) => one.columns.includes(column));
  const loop = seen.findIndex((one) => one.table === table && one.column === column);
  if (reference === undefined || loop >= 0) {
    // Wherever one came in, the value is that of the first of the loop by name.
    const cells = loop < 0 ? [{ table, column }] : seen.slice(loop);
    const [first = { table, column }] = [...cells].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    const answer = makeRow(state.plan(first.table), { ...place, fixed: new Map(), copies: new Map() });
    return answer.row?.get(first.column) ?? null;
  }
  const of = reference.referenced[reference.columns.indexOf(column)] ?? '';
  if (group.includes(reference.table)) {
    return keyValue(state, group, reference.table, of, place, [...seen, { table, column }]);
  }
  const rows = state.rowsOf(reference.table);
  return rows[place.row % Math.max(1, rows.length)]?.get(of) ?? null;
}

interface Cell {
  readonly table: string;
  readonly column: string;
}

function nameOf({ table, column }: Cell): string {
  return JSON.stringify([table, column]);
}

function oneStatement(
  state: FillState,
  group: readonly string[],
  made: ReadonlyMap<string, readonly Row[]>,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [];
  const parts = group.map((table) => {
    const part = insertStatement(state.plan(table), made.get(table) ?? [], [], { first: values.length + 1 });
    values.push(...part.values);
    return part.sql;
  });
  const [last = '', ...others] = parts.reverse();
  return { sql: `with ${others.map((sql, at) => `w${at} as (${sql})`).join(', ')} ${last}`, values };
}

async function fillInSteps(state: FillState, group: readonly string[], failure: string): Promise<void> {
  const inside = (reference: Reference): boolean => group.includes(reference.table);
  const required = (table: string): readonly string[] => {
    const plan = state.plan(table);
    return plan.references
      .filter((reference) => inside(reference) && !mayBeNull(plan, reference))
      .map(({ table: other }) => other);
  };
  for (const part of inOrder(group, required)) {
    if (part.length > 1) {
      const names = part.join(', ');
      for (const table of part) {
        state.refused(table, `${names} refer to each other, and no reference among them may be null: ${failure}`);
      }
      continue;
    }
    const [table = ''] = part;
    const plan = state.plan(table);
    const withheld = plan.references.filter((one) => inside(one) && one.table !== table && mayBeNull(plan, one));
    await fillTable(state, table, new Set(withheld.map(({ name }) => name)));
  }
  for (const table of group) await mend(state, table, group);
}

function mayBeNull(plan: TablePlan, reference: Reference): boolean {
  const nullable = reference.columns.filter((name) => plan.columns.find((column) => column.name === name)?.nullable);
  return reference.full ? nullable.length === reference.columns.length : nullable.length > 0;
}

/** What was left null gets its value, where the table lets it be changed. */
async function mend(state: FillState, table: string, group: readonly string[]): Promise<void> {
  const plan = state.plan(table);
  for (const reference of plan.references) {
    if (!group.includes(reference.table) || reference.table === table || !mayBeNull(plan, reference)) continue;
    const parents = state.rowsOf(reference.table);
    for (const [at, row] of state.rowsOf(table).entries()) {
      const parent = parents[at % Math.max(1, parents.length)];
      if (parent === undefined || reference.columns.some((name) => plan.primaryKey.includes(name))) continue;
      const whole = new Map(row);
      for (const [part, name] of reference.columns.entries()) {
        whole.set(name, parent.get(reference.referenced[part] ?? '') ?? null);
      }
      const update = updateStatement(plan, whole, reference.columns, []);
      if (update !== null) await state.attempt([update]);
    }
  }
}
