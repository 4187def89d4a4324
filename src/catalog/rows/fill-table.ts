/** Fills one table that stands in no circle. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { FillState, Outcome } from './fill-state.ts';
import type { Statement } from './insert.ts';
import { insertStatement, updateStatement } from './insert.ts';
import { chooseReferences } from './references.ts';
import type { Row, RowAnswer } from './row.ts';
import { attemptsWorthwhile, makeRow } from './row.ts';
import type { TablePlan } from './table-plan.ts';
import { passingOf } from './trial.ts';
import { nothingTaken } from './unique.ts';

const none: ReadonlySet<string> = new Set();
const nothingFixed: Row = new Map();

/** How many rows of one place are written before it is given up. */
const writesWorthwhile = 12;

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

interface Made {
  readonly rows: readonly Row[];
  /** Why there are not as many as wanted. */
  readonly why: string | null;
}

function makeRows(state: FillState, plan: TablePlan, withheld: ReadonlySet<string>): Made {
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

function merged(made: readonly Row[], returned: readonly Row[]): readonly Row[] {
  return made.map((row, at) => new Map([...row, ...(returned[at] ?? [])]));
}

async function write(state: FillState, plan: TablePlan, rows: readonly Row[]): Promise<Outcome> {
  const insert = insertStatement(plan, rows, state.needed(plan.table));
  return state.attempt(guarded(plan, insert, rows.length));
}

/** Around what is written: row security that holds for the owner too, and checks that wait for the end. */
function guarded(plan: TablePlan, insert: Statement, count: number): readonly Statement[] {
  const statements = plan.columns.length === 0 ? Array.from({ length: count }, () => insert) : [insert];
  if (plan.initiallyDeferred.length > 0) {
    const schema = /^(?:"(?:[^"]|"")*"|[^".]+)/u.exec(plan.table)?.[0] ?? '';
    const names = plan.initiallyDeferred.map((name) => `${schema}.${quoteIdentifier(name)}`).join(', ');
    statements.push({ sql: `set constraints ${names} immediate`, values: [] });
    statements.push({ sql: `set constraints ${names} deferred`, values: [] });
  }
  return statements;
}

async function fillOneByOne(
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
  const candidates: Row[] = [];
  let failure: string | null = null;
  let broken: Row | null = null;
  // The server tells of hundreds at once which satisfy the conditions.
  const tries = plan.conditions.length === 0 ? attemptsWorthwhile : attemptsWorthwhile * 6;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const answer = candidate(state, plan, { row, attempt, before, withheld });
    if (answer.ok) candidates.push(answer.row);
    else {
      failure ??= answer.why;
      broken ??= answer.row;
    }
  }
  // What we took to break a condition, the server may read otherwise.
  if (candidates.length === 0 && broken !== null) candidates.push(broken);
  const passing = await passingOf(state, plan, candidates);
  for (const one of passing.slice(0, writesWorthwhile)) {
    const outcome = await state.attempt(
      guarded(plan, insertStatement(plan, [one], state.needed(plan.table), { skipping: true }), 1),
    );
    if ('failure' in outcome) {
      failure = outcome.failure.message;
      continue;
    }
    const [written] = plan.rewritten ? [one] : outcome.rows;
    if (written !== undefined) return { row: new Map([...one, ...written]) };
    const updated = await overwrite(state, plan, one, before);
    if (updated !== null) return { row: updated };
    const [exclusion] = plan.exclusions;
    failure =
      exclusion === undefined
        ? 'every row that was tried has a key that is there already'
        : `the exclusion constraint ${exclusion}: every row that was tried is shut out by one that is there`;
  }
  return { failure };
}

/** A row that a trigger made, with the key that ours was to have: it gets the rest of ours. */
async function overwrite(state: FillState, plan: TablePlan, row: Row, before: readonly Row[]): Promise<Row | null> {
  const key = (one: Row): string => JSON.stringify(plan.primaryKey.map((name) => one.get(name)));
  if (before.some((one) => key(one) === key(row))) return null;
  const others = plan.columns.map((column) => column.name).filter((name) => !plan.primaryKey.includes(name));
  const returned = [...new Set([...state.needed(plan.table), ...plan.primaryKey])];
  const update = updateStatement(plan, row, others, returned);
  const outcome = update === null ? null : await state.attempt([update]);
  const [updated] = outcome !== null && 'rows' in outcome ? outcome.rows : [];
  if (updated !== undefined) return new Map([...row, ...updated]);
  if (plan.primaryKey.length === 0) return null;
  // It may not be changed, or there is nothing to change: then it is a row as it stands.
  const where = plan.primaryKey.map(
    (name, at) =>
      `${quoteIdentifier(name)} = $${at + 1}::pg_catalog.text::${plan.columns.find((column) => column.name === name)?.type}`,
  );
  const names = returned.map((name) => `${quoteIdentifier(name)}::pg_catalog.text as ${quoteIdentifier(name)}`);
  const found = await state.attempt([
    {
      sql: `select ${names.join(', ')} from ${plan.table} where ${where.join(' and ')}`,
      values: plan.primaryKey.map((name) => row.get(name) ?? null),
    },
  ]);
  return ('rows' in found ? found.rows[0] : undefined) ?? null;
}
