/** Imports TypeScript migrations and checks their shape: `up`, `down`, `config`. */
import type { Kysely } from 'kysely';
import type { KyselyModule } from '../config/user-kysely.ts';
import { importKyselyOf, importUserModule } from '../config/user-module.ts';
import { DbkitError } from '../errors.ts';
import { irreversibleReason } from './irreversible.ts';
import type { Directives, MigrationFile } from './migration.ts';

export type MigrationFunction = (db: Kysely<unknown>) => Promise<void>;

export interface MigrationModule {
  readonly up: MigrationFunction;
  readonly down: MigrationFunction | null;
  /** The copy that its file imports. */
  readonly kysely: KyselyModule;
}

/** A migration that is ready to run. */
export interface Migration extends MigrationFile {
  /** Null for SQL kinds. */
  readonly module: MigrationModule | null;
}

/** `export const config` of a TypeScript migration, the shape that Kysely 0.30 uses. */
export interface MigrationConfig {
  /** False: each statement by itself, outside a transaction. */
  readonly transaction?: boolean;
  /** What the down loses. */
  readonly lossy?: string;
  /** Lint rules that are accepted here, each as `rule: why`. */
  readonly allow?: readonly string[];
}

/**
 * Loads what is about to run. Throws FILE_INVALID for a file that can not be imported or has no `up`, and DOWN_MISSING
 * once for all files whose rollback is missing, with what to add.
 */
export async function loadMigrations(files: readonly MigrationFile[]): Promise<readonly Migration[]> {
  const migrations = await loadUnchecked(files);
  const missing = migrations.filter(({ missingDown }) => missingDown !== null);
  const [first] = missing;
  if (first === undefined) return migrations;
  throw new DbkitError(
    'DOWN_MISSING',
    `${missing.length === 1 ? `${first.name} has` : `${missing.length} migrations have`} no down; nothing was run`,
    {
      details: missing.map((migration) => `${migration.name}: add ${migration.missingDown}`),
      hint: "what can not be undone says so: -- dbkit:irreversible <why>, or in TypeScript: export const down = irreversible('why')",
      location: missing.length === 1 ? { file: first.file, line: null, column: null } : null,
    },
  );
}

/** The same for what will not be run, but recorded: a missing down is noted only. */
export async function loadUnchecked(files: readonly MigrationFile[]): Promise<readonly Migration[]> {
  const migrations: Migration[] = [];
  let kysely: KyselyModule | null = null;
  for (const file of files) {
    if (file.kind === 'typescript') {
      kysely ??= await importKyselyOf(file.file);
      migrations.push(await loadModule(file, kysely));
    } else migrations.push({ ...file, module: null });
  }
  return migrations;
}

async function loadModule(file: MigrationFile, kysely: KyselyModule): Promise<Migration> {
  let exports: Record<string, unknown>;
  try {
    exports = await importUserModule(file.file, file.up.raw);
  } catch (error) {
    if (!(error instanceof DbkitError)) throw error;
    throw new DbkitError(error.code, `${error.message}; nothing was run`, {
      cause: error.cause,
      location: error.location,
      hint: error.hint ?? 'mend the file',
    });
  }
  const { up, down, config } = exports;
  if (typeof up !== 'function') {
    throw new DbkitError('FILE_INVALID', `${file.file} exports no function "up"`, {
      hint: 'export async function up(db: Kysely<any>): Promise<void> { … }',
      location: { file: file.file, line: null, column: null },
    });
  }
  const why = irreversibleReason(down);
  const reversible = typeof down === 'function' && why === null;
  return {
    ...file,
    directives: { ...readConfig(file.file, config), irreversible: why },
    down: reversible ? file.down : null,
    downText: reversible ? file.downText : null,
    missingDown: reversible || why !== null ? null : `"export async function down(db)" to ${file.file}`,
    module: { up: up as MigrationFunction, down: reversible ? (down as MigrationFunction) : null, kysely },
  };
}

function readConfig(file: string, config: unknown): Directives {
  const invalid = (message: string) =>
    new DbkitError('FILE_INVALID', `${file}: ${message}`, {
      hint: "export const config = { transaction: false, lossy: 'what', allow: ['rule: why'] }",
      location: { file, line: null, column: null },
    });
  if (config === undefined)
    return { transaction: { up: true, down: true }, irreversible: null, lossy: null, allow: [] };
  if (typeof config !== 'object' || config === null) throw invalid('config is not an object');
  const { transaction = true, lossy = null, allow = [], ...unknown } = config as Record<string, unknown>;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw invalid(`config has an unknown key "${extra}"`);
  if (typeof transaction !== 'boolean') throw invalid('config.transaction is not true or false');
  if (lossy !== null && typeof lossy !== 'string') throw invalid('config.lossy is not a text');
  if (!Array.isArray(allow)) throw invalid('config.allow is not a list');
  return {
    transaction: { up: transaction, down: transaction },
    irreversible: null,
    lossy,
    allow: allow.map((one: unknown) => {
      const parts = typeof one === 'string' ? /^([a-z][a-z0-9-]*)\s*:\s*(\S.*)$/.exec(one) : null;
      if (parts === null) throw invalid('config.allow wants texts of the form "rule: why"');
      return { rule: parts[1] ?? '', why: parts[2] ?? '', location: { file, line: null, column: null } };
    }),
  };
}
