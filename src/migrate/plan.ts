/** What a run would do, without doing it: reads the journal, and compiles TypeScript against no database. */
import type { Connection } from '../postgres/connect.ts';
import { splitStatements } from '../postgres/sql-text.ts';
import type { TargetDescription, VerbContext } from '../postgres/target.ts';
import { sha256 } from './checksum.ts';
import { readMigrationFolder } from './folder.ts';
import { readJournal } from './journal.ts';
import type { Migration } from './module.ts';
import { loadMigrations } from './module.ts';
import type { MigrateOptions } from './options.ts';
import type { PlannedMigration, PlanReport } from './report.ts';
import { runModule } from './run/module-runner.ts';
import type { Request, Selected } from './select.ts';
import { select } from './select.ts';
import { compareWithJournal } from './state.ts';

/** Throws what `migrateUp` and its sisters would throw before they run. */
export async function planMigrations(
  options: MigrateOptions & { readonly request: Request; readonly allowUnordered?: boolean },
  { db }: VerbContext,
): Promise<PlanReport> {
  const files = await readMigrationFolder(options.folder);
  const connection = await db.connect('dbkit migrate plan');
  try {
    const states = compareWithJournal(files, await readJournal(connection, options.app));
    const chosen = select(states, options.request, { allowUnordered: options.allowUnordered ?? false });
    return await buildPlan(connection, chosen, db.description, options.app);
  } finally {
    await connection.close();
  }
}

/** The plan of what was chosen, and its hash over target, journal and files. */
export async function buildPlan(
  connection: Connection,
  chosen: readonly Selected[],
  target: TargetDescription,
  app: string,
): Promise<PlanReport> {
  const journal = await readJournal(connection, app);
  const withFile = chosen.filter(({ state }) => state.file !== null);
  const loaded = await loadMigrations(withFile.flatMap(({ state }) => state.file ?? []));
  const byName = new Map(loaded.map((migration) => [migration.name, migration]));
  const migrations: PlannedMigration[] = [];
  for (const { state, direction } of chosen) {
    const migration = byName.get(state.name);
    const compiled =
      migration === undefined
        ? { statements: [], incomplete: 'its file is gone: the text that the journal keeps will run' }
        : await compile(migration, direction);
    migrations.push({
      name: state.name,
      direction,
      kind: migration?.kind ?? state.entry?.kind ?? 'sql',
      transactional: migration?.directives.transaction[direction] ?? state.entry?.transactional ?? true,
      lossy: migration?.directives.lossy ?? state.entry?.lossy ?? null,
      irreversible: migration?.directives.irreversible ?? state.entry?.irreversible ?? null,
      ...compiled,
    });
  }
  const { host, port, database, marker, environment } = target;
  const hash = sha256(
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
  return { target, migrations, hash, notes: migrations.length === 0 ? ['nothing to do'] : [] };
}

async function compile(
  migration: Migration,
  direction: 'up' | 'down',
): Promise<Pick<PlannedMigration, 'statements' | 'incomplete'>> {
  const script = migration.sql?.[direction];
  if (script !== undefined && script !== null) {
    return { statements: splitStatements(script.text).map(({ text }) => text), incomplete: null };
  }
  if (migration.module?.[direction] == null) return { statements: [], incomplete: null };
  const statements: string[] = [];
  const nothing = async () => {};
  try {
    await runModule(migration, direction, {
      transactions: { begin: nothing, commit: nothing, rollback: nothing },
      execute: async (sql) => {
        statements.push(sql);
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
