/**
 * The library: the verbs, and what user files are written with. Reaches no command line.
 *
 * Each verb is loaded when it is first called, so that a config or a migration that imports from here costs nothing.
 */
import type { CatalogDiff } from './catalog/difference.ts';
import type { Catalog } from './catalog/model.ts';
import type { OnEvent } from './events.ts';
import type { VerbContext } from './postgres/target.ts';

export type { CatalogDiff, Difference } from './catalog/difference.ts';
export type { Catalog } from './catalog/model.ts';
export { defineConfig } from './config/define.ts';
export type { DbkitConfig, EnvironmentConfig, Platform, PostgresMajor, ResolvedConfig } from './config/schema.ts';
export { DbkitError, type ErrorCode, type ExitCode, type Location, type SqlFailure } from './errors.ts';
export type { OnEvent, ProgressEvent } from './events.ts';
export { irreversible } from './migrate/irreversible.ts';
export type { MigrationConfig } from './migrate/module.ts';
export type { MigrateOptions, RunOptions } from './migrate/options.ts';
export type { PartialRunReport, PlanReport, RunReport, StatusReport } from './migrate/report.ts';
export type { Target, TargetDescription, VerbContext } from './postgres/target.ts';

type MigrateRoom = typeof import('./migrate/migrate.ts');

/** Applies pending migrations. Throws DbkitError; its `result` holds what stands. */
export const migrateUp: MigrateRoom['migrateUp'] = async (...given) =>
  (await import('./migrate/migrate.ts')).migrateUp(...given);

/** Undoes applied migrations, the last first. */
export const migrateDown: MigrateRoom['migrateDown'] = async (...given) =>
  (await import('./migrate/migrate.ts')).migrateDown(...given);

/** Goes up or down until a migration is the last one applied. */
export const migrateTo: MigrateRoom['migrateTo'] = async (...given) =>
  (await import('./migrate/migrate.ts')).migrateTo(...given);

/** Undoes the last migrations and applies them again. */
export const migrateRedo: MigrateRoom['migrateRedo'] = async (...given) =>
  (await import('./migrate/migrate.ts')).migrateRedo(...given);

/** What is applied and what is not. */
export const migrationStatus: typeof import('./migrate/status.ts').migrationStatus = async (...given) =>
  (await import('./migrate/status.ts')).migrationStatus(...given);

/** What a run would do, with its SQL and a hash. */
export const planMigrations: typeof import('./migrate/plan.ts').planMigrations = async (...given) =>
  (await import('./migrate/plan.ts')).planMigrations(...given);

/** The whole catalog of the database that a session is in, read in one snapshot. */
export const readCatalog: typeof import('./catalog/read.ts').readCatalog = async (...given) =>
  (await import('./catalog/read.ts')).readCatalog(...given);

/** `<model>:<major>:<hash>` of a catalog; of another model or major it says nothing about another one. */
export const fingerprint = async (catalog: Catalog): Promise<string> =>
  (await import('./catalog/fingerprint.ts')).fingerprint(catalog);

/** What two catalogs of one major differ in, in words and in SQL. Throws RangeError for two majors. */
export const diffCatalogs = async (before: Catalog, after: Catalog): Promise<CatalogDiff> =>
  (await import('./catalog/diff.ts')).diffCatalogs(before, after);

export interface WithTargetOptions {
  /** `postgresql://…`, or `env:NAME`. Absent: chosen as on the command line. */
  readonly url?: string;
  /** Name of an environment of the config. */
  readonly env?: string;
  /** Folder of the config; default: the working directory. */
  readonly cwd?: string;
  /** Variables that may name a target: `process.env`, or a set of your own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

/**
 * Opens a target by the rules of the command line, and closes it after `work`.
 *
 *     await withTarget({ environment: process.env }, (context) => migrationStatus({ folder, app: 'default' }, context));
 *
 * Throws CONFIG_INVALID, TARGET_MISSING, TARGET_AMBIGUOUS, UNREACHABLE, and what `work` throws.
 */
export async function withTarget<T>(
  options: WithTargetOptions,
  work: (context: VerbContext) => Promise<T>,
): Promise<T> {
  const { cwd = process.cwd(), environment, signal = new AbortController().signal, onEvent = () => {} } = options;
  const { loadConfig } = await import('./config/load.ts');
  const { readEnvFile } = await import('./config/env-file.ts');
  const { chooseTarget } = await import('./config/choose-target.ts');
  const { openTarget } = await import('./postgres/open-target.ts');
  const { ownVersion } = await import('./config/own-package.ts');
  const config = await loadConfig({ cwd });
  const flags = { databaseUrl: options.url, env: options.env };
  const choice = chooseTarget({ flags, environment, envFile: readEnvFile(config.root), config, writes: true });
  const db = await openTarget(choice, { config, signal, onEvent, environment, dbkitVersion: ownVersion() });
  try {
    return await work({ db, signal, onEvent, now: () => new Date() });
  } finally {
    await db.close();
  }
}
