/** A database of its own for one test, cloned from a template. */
import { randomBytes } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import type { Platform } from '../../src/config/schema.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import { applyPlatform } from '../../src/postgres/platform/apply-platform.ts';
import type { DefaultPrivileges } from '../../src/postgres/platform/default-privileges.ts';
import { bootstrappedTemplate } from './bootstrapped-template.ts';
import type { SharedServer } from './servers.ts';
import { withSession } from './sessions.ts';

export interface TestDatabaseOptions {
  /** Default `postgres`. */
  readonly platform?: Platform;
  /** With what the platform brings (auth, storage, default privileges). Default: true on `supabase`. */
  readonly bootstrapped?: boolean;
  /** Of a bootstrapped database. Default `revoked`. */
  readonly defaultPrivileges?: DefaultPrivileges;
  /** Answers the name of a template of a bootstrapped database that holds more than the platform. */
  readonly from?: (server: SharedServer, defaultPrivileges: DefaultPrivileges) => Promise<string>;
}

export interface TestDatabase {
  readonly name: string;
  /** For a spawned dbkit: `--database-url`. Its role is `postgres`. */
  readonly url: string;
  /** As the bootstrap superuser. */
  readonly adminUrl: string;
  readonly settings: ConnectionSettings;
  readonly adminSettings: ConnectionSettings;
  /** Opens a session as `postgres`; closed with the database. */
  connect(): Promise<Connection>;
  connectAsAdmin(): Promise<Connection>;
  drop(): Promise<void>;
}

/**
 * Makes a database. In a test it is dropped at the end (kept when the test failed and DBKIT_KEEP is set); in a hook such as
 * `beforeAll` the caller drops it.
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const platform = options.platform ?? 'postgres';
  const server = inject('servers')[platform];
  const bootstrapped = platform === 'supabase' && (options.bootstrapped ?? true);
  const defaultPrivileges = options.defaultPrivileges ?? 'revoked';
  const from = options.from ?? bootstrappedTemplate;
  const template = bootstrapped ? await from(server, defaultPrivileges) : 'template0';
  const name = `test_${randomBytes(8).toString('hex')}`;
  // The file strategy copies a template in half the time that logging every page takes.
  await withSession(server.adminSettings, (admin) =>
    admin.run(`create database ${name} template ${template} strategy file_copy`),
  );
  const database = describe(server, name);
  if (bootstrapped) {
    // Owner and grants of the database itself are not part of a clone.
    await withSession(database.adminSettings, (admin) => applyPlatform(admin, { platform }));
  }
  dropAfterTest(database);
  return database;
}

function describe(server: SharedServer, name: string): TestDatabase {
  const settings = { ...server.settings, database: name };
  const adminSettings = { ...server.adminSettings, database: name };
  const opened: Connection[] = [];
  const open = async (as: ConnectionSettings): Promise<Connection> => {
    const connection = await connect(as, { applicationName: 'dbkit test' });
    opened.push(connection);
    return connection;
  };
  return {
    name,
    url: urlOf(settings),
    adminUrl: urlOf(adminSettings),
    settings,
    adminSettings,
    connect: () => open(settings),
    connectAsAdmin: () => open(adminSettings),
    async drop() {
      await Promise.allSettled(opened.map((connection) => connection.close()));
      await withSession(server.adminSettings, (admin) => admin.run(`drop database if exists ${name} with (force)`));
    },
  };
}

function dropAfterTest(database: TestDatabase): void {
  try {
    onTestFinished(async ({ task }) => {
      if (process.env.DBKIT_KEEP !== undefined && task.result?.state === 'fail') {
        console.error(`kept: ${database.url}`);
      } else await database.drop();
    });
  } catch {
    // In a hook there is no test to wait for.
  }
}

/** libpq reads a host that starts with a slash, however it is quoted, as the folder of a Unix socket. */
export function urlOf(settings: ConnectionSettings): string {
  const password = typeof settings.password === 'string' ? `:${encodeURIComponent(settings.password)}` : '';
  const host = encodeURIComponent(settings.host);
  return `postgresql://${encodeURIComponent(settings.user)}${password}@${host}:${settings.port}/${settings.database}`;
}
