/** Makes what dbkit, and the platform, expect to find in a database. */
import type { Platform } from '../config/schema.ts';
import type { Connection } from '../postgres/connect.ts';
import { connect } from '../postgres/connect.ts';
import { acquireEmbeddedServer } from '../postgres/embedded/acquire.ts';
import { ensureOwnSchema, ownSchemaSql, ownSchemaVersion, readOwnSchemaVersion } from '../postgres/own-schema.ts';
import { applyPlatform } from '../postgres/platform/apply-platform.ts';
import type { EmbeddedServerOptions } from '../postgres/server.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { BootstrapReport } from './report.ts';

export interface BootstrapOptions {
  /** Null: only dbkit's own schema. */
  readonly platform: Platform | null;
  readonly defaultPrivileges: 'legacy' | 'revoked';
  readonly dbkitVersion: string;
  /** How to reach the embedded server's superuser, when that is the target. */
  readonly embedded: EmbeddedServerOptions;
}

/** The SQL that an administrator runs where dbkit's role may not create a schema. Needs no connection. */
export function printBootstrap(dbkitVersion: string): BootstrapReport {
  const sql = `begin;\n\n${ownSchemaSql(dbkitVersion)}\ncommit;\n`;
  return { target: null, sql, changed: [], unfaithful: [], notes: [] };
}

/** Idempotent. Throws INSUFFICIENT_PRIVILEGE; PLATFORM_UNFAITHFUL never: the report says what is not as on Supabase. */
export async function bootstrapDatabase(options: BootstrapOptions, { db }: VerbContext): Promise<BootstrapReport> {
  const connection = await db.connect('dbkit db bootstrap');
  try {
    const before = await readOwnSchemaVersion(connection);
    const platform =
      options.platform === 'supabase'
        ? await asAdministrator(options, connection, db.description, (admin) =>
            applyPlatform(admin, { platform: 'supabase', defaultPrivileges: options.defaultPrivileges }),
          )
        : { changed: [], unfaithful: [], notes: [] };
    await ensureOwnSchema(connection, options.dbkitVersion);
    const own = before === ownSchemaVersion ? [] : [`schema dbkit, version ${ownSchemaVersion}`];
    return { target: db.description, sql: null, ...platform, changed: [...platform.changed, ...own] };
  } finally {
    await connection.close();
  }
}

async function asAdministrator<T>(
  { embedded }: BootstrapOptions,
  connection: Connection,
  { kind, database }: VerbContext['db']['description'],
  work: (admin: Connection) => Promise<T>,
): Promise<T> {
  if (kind !== 'embedded') return work(connection);
  const server = await acquireEmbeddedServer(embedded);
  try {
    const admin = await connect(server.adminSettings(database), { applicationName: 'dbkit db bootstrap' });
    try {
      return await work(admin);
    } finally {
      await admin.close();
    }
  } finally {
    await server.release();
  }
}
