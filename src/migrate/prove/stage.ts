/** A scratch database with the sessions of a proof: one that migrates, one that reads the catalog, one for rows. */
import type { Catalog } from '../../catalog/model.ts';
import { readCatalog } from '../../catalog/read.ts';
import { ofApplication } from '../../catalog/scope.ts';
import type { Connection } from '../../postgres/connect.ts';
import { connect } from '../../postgres/connect.ts';
import type { VerbContext } from '../../postgres/target.ts';
import type { MigrateOptions } from '../options.ts';
import type { RunStep } from '../run/session.ts';
import type { ScratchRun } from '../run-on-scratch.ts';
import { withScratchRun } from '../run-on-scratch.ts';
import { tablesToFill, withTheirParents } from './data/changed-tables.ts';
import type { Contents } from './data/contents.ts';
import { readContents } from './data/contents.ts';
import type { RowMaker } from './row-maker.ts';

/** What the scratch database holds at a moment. */
export interface State {
  readonly catalog: Catalog;
  readonly contents: Contents;
}

/** Why tables have no rows, by relation id. */
export type Refusals = Map<string, string>;

export interface Stage {
  /** False: tables stay as migrations leave them, and what is in them is not looked at. */
  withRows: boolean;
  run(steps: readonly RunStep[]): Promise<void>;
  look(known: Contents | null): Promise<State>;
  contents(known: Contents | null): Promise<Contents>;
  /**
   * Gives rows to those of the tables that are an application's; null: to all that have none. The state afterwards has
   * another catalog where triggers made objects of the rows.
   */
  fill(state: State, tables: readonly string[] | null, seed: string): Promise<State>;
  readonly refusals: Refusals;
  readonly serverVersion: string;
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly migrate: MigrateOptions;
  /** Roles belong to the whole server: only on one of our own they are all compared. */
  readonly roles: 'all' | 'used';
  /** Null: without rows. */
  readonly rows: RowMaker | null;
}

/** Opens the sessions on a scratch database; the database itself is the caller's. */
export async function openStage(context: VerbContext, options: StageOptions): Promise<Stage> {
  const end = Promise.withResolvers<void>();
  const opened: Connection[] = [];
  let ended: Promise<void> = Promise.resolve();
  try {
    const run = await new Promise<ScratchRun>((resolve, reject) => {
      // The run lives inside of a callback, and this stage for as long as somebody wants it.
      ended = withScratchRun(context, options.migrate, async (scratchRun) => {
        resolve(scratchRun);
        await end.promise;
      });
      ended.catch(reject);
    });
    const reader = await openReader(context);
    opened.push(reader);
    const beside = await openReader(context);
    opened.push(beside);
    const rows = await openReader(context);
    opened.push(rows);
    // As the role that migrates: what a trigger makes of a row belongs to it, as in life.
    const writer = await context.db.connect('dbkit prove');
    opened.push(writer);
    return asStage(context, options, { run, reader, beside, rows, writer, close });
  } catch (error) {
    await close();
    throw error;
  }

  async function close(): Promise<void> {
    end.resolve();
    await Promise.allSettled([ended, ...opened.map((connection) => connection.close())]);
  }
}

interface Sessions {
  readonly run: ScratchRun;
  readonly reader: Connection;
  /** Reads half of the catalog: while one looks, nobody else works here. */
  readonly beside: Connection;
  /** Reads what is in the tables. */
  readonly rows: Connection;
  readonly writer: Connection;
  close(): Promise<void>;
}

/** As the superuser where there is one to be had: nothing may be hidden from a proof. */
async function openReader({ db, signal }: VerbContext): Promise<Connection> {
  const connection = await connect(db.adminSettings ?? db.settings, { applicationName: 'dbkit prove', signal });
  // Rows that a policy hides are an error, and not rows that are not there.
  await connection.run(
    `set row_security = off; set lock_timeout = '10s'; set datestyle = 'ISO, YMD'; set timezone = 'UTC'`,
  );
  return connection;
}

function asStage(context: VerbContext, options: StageOptions, sessions: Sessions): Stage {
  const { run, reader, beside, rows, writer, close } = sessions;
  const refusals: Refusals = new Map();
  // From 1: rows that migrations made stay as they are.
  let time = 1;
  const { signal, db } = context;
  const { platform, serverVersion } = db.description;
  const stage: Stage = {
    withRows: options.rows !== null,
    close,
    refusals,
    signal,
    serverVersion,
    run: run.run,
    contents: async (known) => (stage.withRows ? readContents(rows, known) : nothing),
    async look(known) {
      const reading = [readCatalog(reader, { roles: options.roles, beside }), stage.contents(known)] as const;
      // Neither is left behind on its session when the other fails.
      await Promise.allSettled(reading);
      const [catalog, contents] = await Promise.all(reading);
      return { catalog, contents };
    },
    async fill(state, tables, seed) {
      const { catalog, contents } = state;
      if (options.rows === null || !stage.withRows) return state;
      const grown = tables === null ? null : withTheirParents(tables, catalog);
      const wanted = tablesToFill(catalog, ofApplication(catalog, platform)).filter(
        (id) => grown?.includes(id) ?? (contents.tables.get(id)?.count ?? 0) === 0,
      );
      if (wanted.length === 0) return state;
      const before = await objectsOf(rows);
      const { refused } = await options.rows(writer, catalog, { seed, tables: wanted, time, signal });
      time += 1;
      for (const id of wanted) refusals.delete(id);
      for (const { table, why } of refused) refusals.set(table, why);
      const filled =
        (await objectsOf(rows)) === before
          ? { catalog, contents: await stage.contents(contents) }
          : await stage.look(contents);
      for (const id of wanted)
        if (!refusals.has(id) && filled.contents.tables.get(id)?.count === 0)
          refusals.set(id, 'rows were written to it, and none stayed: a trigger or a rule takes them');
      return filled;
    },
  };
  return stage;
}

const nothing: Contents = { tables: new Map(), sequences: new Map(), unreadable: new Map() };

/** A text that changes when something is made or dropped: relations, routines, types, triggers, constraints. */
async function objectsOf(connection: Connection): Promise<string> {
  const sums = ['class', 'proc', 'type', 'trigger', 'constraint', 'policy'].map(
    (name) =>
      `(select pg_catalog.count(*) || ' ' || coalesce(pg_catalog.max(oid::text::bigint), 0) from pg_catalog.pg_${name})`,
  );
  const sql = `select pg_catalog.concat_ws(', ', ${sums.join(', ')}) as objects`;
  const { rows } = await connection.query<{ objects: string }>(sql, [], 'dbkit_objects');
  return rows[0]?.objects ?? '';
}
