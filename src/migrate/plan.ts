/** What a run would do, without doing it: reads the journal, and compiles TypeScript against no database. */
import type { Connection } from '../postgres/connect.ts';
import { blankSecrets, splitStatements } from '../postgres/sql-text.ts';
import type { TargetDescription, VerbContext } from '../postgres/target.ts';
import { sha256 } from './checksum.ts';
import { readMigrationFolder } from './folder.ts';
import { readJournal } from './journal.ts';
import type { TableStats } from './lint/estimate.ts';
import { loadChosen } from './load-chosen.ts';
import type { Migration } from './module.ts';
import type { MigrateOptions } from './options.ts';
import { orderRecord } from './order-record.ts';
import type { RecordWith } from './plan-recording.ts';
import type { PlannedMigration, PlanReport } from './report.ts';
import { runModule } from './run/module-runner.ts';
import type { RunStep } from './run/session.ts';
import type { MigrationScratch } from './scratch/migration-scratch.ts';
import type { Request, Selected } from './select.ts';
import { select } from './select.ts';
import type { MigrationState } from './state.ts';
import { compareWithJournal } from './state.ts';

/** Throws what `migrateUp` and its sisters would throw before they run. */
export async function planMigrations(
  options: MigrateOptions & {
    readonly request: Request;
    readonly allowUnordered?: boolean;
    /** For what the steps really do; absent: they are only read. */
    readonly openScratch?: (() => Promise<MigrationScratch>) | undefined;
    /** Sizes for what is told of them: for how long they are locked. */
    readonly stats?: TableStats | null;
  },
  { db }: VerbContext,
): Promise<PlanReport> {
  const files = options.files ?? (await readMigrationFolder(options.folder));
  const connection = await db.connect('dbkit migrate plan');
  try {
    const states = compareWithJournal(files, await readJournal(connection, options.app));
    const record = await orderRecord(states, options.folder);
    const chosen = select(states, options.request, {
      allowUnordered: options.allowUnordered ?? false,
      proven: (state) => record?.provenHere(state, states) ?? false,
    });
    const plan = await buildPlan(connection, chosen, states, db.description, options);
    return options.openScratch === undefined || chosen.length === 0
      ? plan.report
      : await withRecording(plan, states, options, {
          openScratch: options.openScratch,
          stats: options.stats ?? null,
        });
  } finally {
    await connection.close();
  }
}

/** The plan of what was chosen. */
async function buildPlan(
  connection: Connection,
  chosen: readonly Selected[],
  states: readonly MigrationState[],
  target: TargetDescription,
  { app, folder }: Pick<MigrateOptions, 'app' | 'folder'>,
): Promise<Built> {
  const loaded = await loadChosen(chosen, states, { connection, app, folder, target, yes: false });
  const migrations: PlannedMigration[] = [];
  for (const { migration, direction } of loaded) {
    const { transaction, lossy, irreversible } = migration.directives;
    migrations.push({
      name: migration.name,
      direction,
      kind: migration.kind,
      transactional: transaction[direction],
      lossy,
      irreversible,
      recorded: null,
      ...(await compile(migration, direction)),
    });
  }
  const notes = migrations.length === 0 ? ['nothing to do'] : [];
  return { report: { target, migrations, hash: planHash(states, chosen, target), notes }, steps: loaded };
}

interface Built {
  readonly report: PlanReport;
  readonly steps: readonly RunStep[];
}

async function withRecording(
  { report, steps }: Built,
  states: readonly MigrationState[],
  options: MigrateOptions,
  how: RecordWith,
): Promise<PlanReport> {
  const { recordPlan } = await import('./plan-recording.ts');
  const recording = await recordPlan(steps, states, options, how);
  const migrations = report.migrations.map((migration, index) => {
    const recorded = recording.steps?.[index];
    if (recorded === undefined) return migration;
    return { ...migration, recorded, statements: recorded.map(({ sql }) => sql), incomplete: null };
  });
  return { ...report, migrations, notes: [...report.notes, ...(recording.note === null ? [] : [recording.note])] };
}

/** Over target, journal and files: equal as long as the same would run in the same place. */
export function planHash(
  states: readonly MigrationState[],
  chosen: readonly Selected[],
  { host, port, database, marker, environment }: TargetDescription,
): string {
  const journal = states.flatMap(({ entry }) => entry ?? []).sort((a, b) => a.appliedOrder - b.appliedOrder);
  return sha256(
    JSON.stringify([
      { host, port, database, marker, environment },
      journal.map((entry) => [entry.name, entry.state, entry.upChecksum, entry.downChecksum]),
      chosen.map(({ state, direction }) => [
        state.name,
        direction,
        state.file?.up.raw ?? null,
        state.file?.down?.raw ?? null,
      ]),
    ]),
  ).slice(0, 16);
}

async function compile(
  migration: Migration,
  direction: 'up' | 'down',
): Promise<Pick<PlannedMigration, 'statements' | 'incomplete'>> {
  const script = migration.sql?.[direction];
  if (script !== undefined && script !== null) {
    return { statements: splitStatements(script.text).map(({ text }) => blankSecrets(text)), incomplete: null };
  }
  if (migration.module?.[direction] == null) return { statements: [], incomplete: null };
  const statements: string[] = [];
  const nothing = async () => {};
  try {
    await runModule(migration, direction, {
      transactions: { begin: nothing, commit: nothing, rollback: nothing },
      execute: async (sql) => {
        statements.push(blankSecrets(sql));
        return { rows: [] };
      },
    });
    return { statements, incomplete: null };
  } catch (error) {
    return {
      statements,
      incomplete: `it needs the answer of a query to go on: ${(error as Error).message.split('\n')[0]}`,
    };
  }
}
