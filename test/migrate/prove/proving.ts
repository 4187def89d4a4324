/** Proofs of pairs that are written down as text, on one database after the other or on one for all. */
import { join } from 'node:path';
import type { Platform, PostgresMajor } from '../../../src/config/schema.ts';
import { toMigration } from '../../../src/migrate/migration-file.ts';
import type { Migration } from '../../../src/migrate/module.ts';
import type { MigrateOptions } from '../../../src/migrate/options.ts';
import type { ProvingGround } from '../../../src/migrate/prove/prove.ts';
import { madeUpRows } from '../../../src/migrate/prove/row-maker.ts';
import type { Stage } from '../../../src/migrate/prove/stage.ts';
import { openStage } from '../../../src/migrate/prove/stage.ts';
import type { Connection } from '../../../src/postgres/connect.ts';
import { connect } from '../../../src/postgres/connect.ts';
import type { ConnectionSettings } from '../../../src/postgres/connection-settings.ts';
import { startThrowawayServer } from '../../../src/postgres/embedded/throwaway.ts';
import { ensureOwnSchema } from '../../../src/postgres/own-schema.ts';
import type { VerbContext } from '../../../src/postgres/target.ts';
import { withSession } from '../../harness/sessions.ts';
import type { TestDatabaseOptions } from '../../harness/test-database.ts';
import { testDatabase } from '../../harness/test-database.ts';
import { targetOn } from '../project.ts';

const provenance = { actor: null, commit: null, runUrl: null, planHash: null, dbkitVersion: '0.0.0-test' };

export function migrateOptions(folder: string): MigrateOptions {
  return {
    folder,
    app: 'default',
    lockTimeoutMs: 3_000,
    statementTimeoutMs: null,
    keepText: false,
    waitMs: 0,
    provenance,
  };
}

/** A pair of SQL files that nobody wrote to a disk. */
export function pair(name: string, up: string, down: string): Migration {
  const texts = new Map([
    [`${name}.up.sql`, up],
    [`${name}.down.sql`, down],
  ]);
  const file = toMigration('/nowhere', `${name}.up.sql`, texts);
  if (file === null) throw new Error(`${name} is no migration`);
  return { ...file, module: null };
}

function contextOf(
  settings: ConnectionSettings,
  adminSettings: ConnectionSettings,
  platform: Platform = 'postgres',
): VerbContext {
  return {
    db: { ...targetOn(settings, { platform }), adminSettings },
    signal: new AbortController().signal,
    onEvent: () => {},
    now: () => new Date('2026-01-02T03:04:05Z'),
  };
}

export interface Proving {
  readonly stage: Stage;
  /** As the superuser. */
  readonly sql: Connection;
  close(): Promise<void>;
}

interface ProvingOptions {
  readonly rows: boolean;
  /** Roles of other tests are none of a proof that compares them all. */
  readonly ownServer?: boolean;
  readonly major?: PostgresMajor;
  readonly projectRoot?: string;
}

/** A stage on a database of its own, for a whole file. */
export async function provingStage(options: ProvingOptions): Promise<Proving> {
  const { rows, ownServer = false, major = 18, projectRoot } = options;
  const place = ownServer ? await onOwnServer(major, projectRoot) : await onSharedServer();
  await withSession(place.context.db.settings, (session) => ensureOwnSchema(session, provenance.dbkitVersion));
  const roles = ownServer ? 'all' : 'used';
  const stage = await openStage(place.context, {
    migrate: migrateOptions('/nowhere'),
    roles,
    rows: rows ? madeUpRows : null,
  });
  const sql = await connect(place.context.db.adminSettings ?? place.context.db.settings, { applicationName: 'test' });
  return {
    stage,
    sql,
    async close() {
      await sql.close();
      await stage.close();
      await place.end();
    },
  };
}

interface Place {
  readonly context: VerbContext;
  end(): Promise<void>;
}

async function onOwnServer(major: PostgresMajor, projectRoot: string | undefined): Promise<Place> {
  const { signal } = new AbortController();
  const server = await startThrowawayServer({
    major,
    platform: 'postgres',
    onEvent: () => {},
    signal,
    ...(projectRoot === undefined ? {} : { projectRoot }),
  });
  return {
    context: contextOf(server.settings('postgres'), server.adminSettings('postgres')),
    end: () => server.release(),
  };
}

async function onSharedServer(): Promise<Place> {
  const db = await testDatabase();
  return { context: contextOf(db.settings, db.adminSettings), end: () => db.drop() };
}

/** Each scratch database is one of the shared server. `opened` counts them. */
export function testGround(options: TestDatabaseOptions = {}): ProvingGround & { opened: number } {
  const platform = options.platform ?? 'postgres';
  const ground = {
    opened: 0,
    roles: 'used' as const,
    conditions: ['test', platform],
    async open() {
      ground.opened += 1;
      const db = await testDatabase(options);
      await withSession(db.settings, (session) => ensureOwnSchema(session, provenance.dbkitVersion));
      return { context: contextOf(db.settings, db.adminSettings, platform), stubs: [], close: () => db.drop() };
    },
  };
  return ground;
}

export function proofsIn(root: string): string {
  return join(root, '.dbkit', 'proofs');
}
