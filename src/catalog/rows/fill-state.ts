/** What is known while tables are filled: their plans, the rows that are there, and what was refused. */
import type { Connection, Rows } from '../../postgres/connect.ts';
import { isServerError } from '../../postgres/sql-error.ts';
import type { FillReport } from './fill.ts';
import { returnedColumns } from './insert.ts';
import { planTable } from './plan.ts';
import type { PlanSource } from './plan-source.ts';
import type { Row } from './row.ts';
import type { TablePlan } from './table-plan.ts';
import { isFillable } from './tables.ts';

/** What the server answered a statement that was undone. */
export interface Failure {
  readonly message: string;
  readonly sqlstate: string;
}

export type Outcome = { readonly rows: readonly Row[] } | { readonly failure: Failure };

export class FillState {
  readonly connection: Connection;
  readonly source: PlanSource;
  readonly wanted: number;
  /** Number of the first row. */
  readonly first: number;
  /** The chosen ones and all that they refer to, as far as they can be filled. */
  readonly tables: readonly string[];
  readonly #plans = new Map<string, TablePlan>();
  readonly #rows = new Map<string, readonly Row[]>();
  readonly #filled = new Map<string, number>();
  readonly #refused = new Map<string, string>();
  readonly #needed = new Map<string, Set<string>>();
  readonly #kept = new Map<string, ReadonlySet<string>>();

  constructor(
    connection: Connection,
    source: PlanSource,
    chosen: readonly string[],
    { wanted, first }: { readonly wanted: number; readonly first: number },
  ) {
    this.connection = connection;
    this.source = source;
    this.wanted = wanted;
    this.first = first;
    const tables = new Set<string>();
    const open = [...chosen];
    for (let table = open.pop(); table !== undefined; table = open.pop()) {
      const relation = source.relations.get(table);
      if (relation === undefined || !isFillable(relation) || tables.has(table)) continue;
      tables.add(table);
      for (const reference of this.plan(table).references) {
        open.push(reference.table);
        const needed = this.#needed.get(reference.table) ?? new Set();
        for (const column of reference.referenced) needed.add(column);
        this.#needed.set(reference.table, needed);
      }
    }
    this.tables = [...tables].sort();
  }

  plan(table: string): TablePlan {
    const plan = this.#plans.get(table) ?? planTable(this.source, table);
    this.#plans.set(table, plan);
    return plan;
  }

  /** Columns that other tables refer to. */
  needed(table: string): readonly string[] {
    return [...(this.#needed.get(table) ?? [])];
  }

  rowsOf(table: string): readonly Row[] {
    return this.#rows.get(table) ?? [];
  }

  knows(table: string): boolean {
    return this.#rows.has(table);
  }

  /** Reads what is there already, for tables that nothing was written to. */
  async readRows(table: string): Promise<void> {
    const columns = returnedColumns(this.needed(table));
    const outcome = await this.attempt([{ sql: `select ${columns} from ${table} order by 1 limit 20`, values: [] }]);
    this.#rows.set(table, 'rows' in outcome ? outcome.rows : []);
  }

  /** Remembers the keys that are there, so that no row of theirs is written over. */
  async keep(table: string): Promise<void> {
    const { primaryKey } = this.plan(table);
    if (primaryKey.length === 0) return;
    const outcome = await this.attempt([{ sql: `select ${returnedColumns(primaryKey)} from ${table}`, values: [] }]);
    const keys =
      'rows' in outcome ? outcome.rows.map((row) => JSON.stringify(primaryKey.map((name) => row.get(name)))) : [];
    this.#kept.set(table, new Set(keys));
  }

  /** JSON of the keys that were there, in the order of the primary key; null where none are kept. */
  keptIn(table: string): ReadonlySet<string> | null {
    return this.#kept.get(table) ?? null;
  }

  /** Rows that are going to be there, for tables that refer to each other. */
  plans(table: string, rows: readonly Row[]): void {
    this.#rows.set(table, rows);
  }

  filled(table: string, rows: readonly Row[]): void {
    this.#rows.set(table, rows);
    this.#filled.set(table, rows.length);
  }

  refused(table: string, why: string): void {
    this.#rows.delete(table);
    this.#refused.set(table, why);
  }

  whyRefused(table: string): string | null {
    return this.#refused.get(table) ?? null;
  }

  /** Runs statements under a savepoint: all of them, or nothing of them. The rows are those of the first. */
  async attempt(
    statements: readonly { readonly sql: string; readonly values: readonly unknown[] }[],
  ): Promise<Outcome> {
    const { connection } = this;
    // Sent together: what stands behind one that fails fails as well, and is undone with it.
    const sent = [
      connection.run('savepoint dbkit_table'),
      ...statements.map((statement) =>
        connection.query<Record<string, string | null>>(statement.sql, statement.values),
      ),
      connection.run('release savepoint dbkit_table'),
    ];
    const settled = await Promise.allSettled(sent as readonly Promise<unknown>[]);
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed === undefined) {
      const first = settled[1] as PromiseFulfilledResult<Rows<Record<string, string | null>>>;
      return { rows: first.value.rows.map((row) => new Map(Object.entries(row))) };
    }
    if (!isServerError(failed.reason) || failed.reason.code === '57014') throw failed.reason;
    await connection.run('rollback to savepoint dbkit_table; release savepoint dbkit_table');
    return { failure: { message: describe(failed.reason), sqlstate: failed.reason.code } };
  }

  report(): FillReport {
    return {
      filled: [...this.#filled].map(([table, rows]) => ({ table, rows })).sort(byTable),
      refused: [...this.#refused].map(([table, why]) => ({ table, why })).sort(byTable),
    };
  }
}

function byTable(one: { readonly table: string }, other: { readonly table: string }): number {
  return one.table < other.table ? -1 : 1;
}

function describe(error: Error & { readonly code: string }): string {
  const { constraint, where } = error as { constraint?: string; where?: string };
  const named = constraint === undefined || error.message.includes(constraint) ? '' : ` (${constraint})`;
  const by = /^PL\/pgSQL function (.*?) line/u.exec(where ?? '')?.[1];
  return `${error.message}${named} (${error.code}${by === undefined ? '' : `, said by ${by}`})`;
}
