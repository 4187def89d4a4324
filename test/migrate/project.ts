/** A folder of migrations and a database to run them on, through the library. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DbkitError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/events.ts';
import type { RunOptions } from '../../src/migrate/options.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import type { Target, TargetDescription, VerbContext } from '../../src/postgres/target.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestDatabase, TestDatabaseOptions } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';

export interface Project {
  readonly folder: string;
  readonly db: TestDatabase;
  readonly sql: Connection;
  readonly events: ProgressEvent[];
  readonly options: RunOptions;
  readonly context: VerbContext;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(name: string): Promise<void>;
  /** A folder whose config names the migrations: for the command line. */
  commandLineFolder(config?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Names of the tables in `public`, sorted. */
  tables(): Promise<readonly string[]>;
}

export interface ProjectOptions extends TestDatabaseOptions {
  readonly description?: Partial<TargetDescription>;
  readonly settings?: Partial<ConnectionSettings>;
}

export async function migrationProject(
  files: Readonly<Record<string, string>>,
  options: ProjectOptions = {},
): Promise<Project> {
  const db = await testDatabase(options);
  const folder = temporaryFolder('migrations');
  const events: ProgressEvent[] = [];
  const settings = { ...db.settings, ...options.settings };
  const project: Project = {
    folder,
    db,
    sql: await db.connect(),
    events,
    options: {
      folder,
      app: 'default',
      lockTimeoutMs: 3_000,
      statementTimeoutMs: null,
      keepText: false,
      waitMs: 30_000,
      provenance: { actor: 'ann', commit: 'c0ffee', runUrl: null, planHash: null, dbkitVersion: '0.0.0-test' },
    },
    context: {
      db: {
        ...targetOn(settings, options.description),
        ...(options.platform === 'supabase' ? { adminSettings: db.adminSettings } : {}),
      },
      signal: new AbortController().signal,
      onEvent: (event) => void events.push(event),
      now: () => new Date('2026-01-02T03:04:05Z'),
    },
    async write(more) {
      for (const [name, text] of Object.entries(more)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
    },
    remove: (name) => rm(join(folder, name)),
    async commandLineFolder(config = {}) {
      const root = temporaryFolder('project');
      await writeFile(join(root, 'dbkit.config.json'), JSON.stringify({ ...config, migrations: folder }));
      return root;
    },
    async tables() {
      const { rows } = await project.sql.query<{ name: string }>(
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
      );
      return rows.map(({ name }) => name);
    },
  };
  await project.write(files);
  return project;
}

export function targetOn(settings: ConnectionSettings, description: Partial<TargetDescription> = {}): Target {
  return {
    description: {
      kind: 'scratch',
      environment: null,
      protected: false,
      host: settings.host,
      port: settings.port,
      database: settings.database,
      role: settings.user,
      marker: null,
      source: 'test',
      serverVersion: '18',
      platform: 'postgres',
      ...description,
    },
    settings,
    connect: (applicationName, onNotice) => connect(settings, { applicationName, onNotice }),
    close: async () => {},
  };
}

/** The error of work that is expected to fail with one of ours. */
export async function failureOf(work: Promise<unknown>): Promise<DbkitError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DbkitError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** A pair that stops half way until `openGate` lets it go on. */
export function gatedPair(version: string, table: string): Record<string, string> {
  return {
    [`${version}_${table}.up.sql`]: `create table ${table} (id bigint primary key);
do $$ begin while not exists (select from public.gate) loop perform pg_catalog.pg_sleep(0.01); end loop; end $$;
`,
    [`${version}_${table}.down.sql`]: `drop table ${table};\n`,
  };
}

/** Resolves when some session runs a statement that holds `text`. */
export async function untilRunning(sql: Connection, text: string): Promise<void> {
  for (;;) {
    const { rows } = await sql.query(
      `select from pg_stat_activity where state = 'active' and strpos(query, $1) > 0 and pid <> pg_backend_pid()
       and datname = current_database()`,
      [text],
    );
    if (rows.length > 0) return;
    await sleep(10);
  }
}

/** A pair of SQL files that make and drop a table. */
export function tablePair(version: string, table: string): Record<string, string> {
  return {
    [`${version}_${table}.up.sql`]: `create table ${table} (id bigint primary key);\n`,
    [`${version}_${table}.down.sql`]: `drop table ${table};\n`,
  };
}

/** A TypeScript migration that makes and drops a table. */
export function tableModule(version: string, table: string): Record<string, string> {
  return {
    [`${version}_${table}.ts`]: `import type { Kysely } from 'kysely';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('${table}').addColumn('id', 'bigint', (column) => column.primaryKey()).execute();
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('${table}').execute();
}
`,
  };
}
