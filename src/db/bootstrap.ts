/** Makes what dbkit, and the platform, expect to find in a database. */
import type { Platform } from '../config/schema.ts';
import type { Connection } from '../postgres/connect.ts';
import { connect } from '../postgres/connect.ts';
import { ensureOwnSchema, ownSchemaSql, ownSchemaVersion, readOwnSchemaVersion } from '../postgres/own-schema.ts';
import { applyPlatform } from '../postgres/platform/apply-platform.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { BootstrapReport } from './report.ts';

export interface BootstrapOptions {
  /** Null: only dbkit's own schema. */
  readonly platform: Platform | null;
  readonly defaultPrivileges: 'legacy' | 'revoked';
  readonly dbkitVersion: string;
}

/** The SQL that an administrator runs where dbkit's role may not create a schema. Needs no connection. */
export function printBootstrap(dbkitVersion: string): BootstrapReport {
  const next = '-- Then let a role use it: dbkit db grants <verb…> --role <role>';
  const sql = `begin;\n\n${ownSchemaSql(dbkitVersion)}\ncommit;\n\n${next}\n`;
  return { target: null, sql, changed: [], unfaithful: [], notes: [] };
}

/**
 * Idempotent. Throws INSUFFICIENT_PRIVILEGE, SCHEMA_TOO_NEW, and PLATFORM_UNFAITHFUL where schemas of the platform's
 * names exist that dbkit did not make; what is merely not as on Supabase is told in the report.
 */
export async function bootstrapDatabase(options: BootstrapOptions, context: VerbContext): Promise<BootstrapReport> {
  const { db } = context;
  const connection = await db.connect('dbkit db bootstrap');
  try {
    const before = await readOwnSchemaVersion(connection);
    const platform =
      options.platform === 'supabase'
        ? await makePlatform(options, connection, context)
        : { changed: [], unfaithful: [], notes: [] };
    await ensureOwnSchema(connection, options.dbkitVersion);
    const own = before === ownSchemaVersion ? [] : [`schema dbkit, version ${ownSchemaVersion}`];
    const target = { ...db.description, platform: options.platform ?? db.description.platform };
    return { target, sql: null, ...platform, changed: [...platform.changed, ...own] };
  } finally {
    await connection.close();
  }
}

/** As the superuser of a server of our own; anywhere else the target's role has to be one. */
async function makePlatform({ defaultPrivileges }: BootstrapOptions, connection: Connection, context: VerbContext) {
  const { adminSettings } = context.db;
  const platform = { platform: 'supabase', defaultPrivileges } as const;
  if (adminSettings === undefined) return applyPlatform(connection, platform);
  if (adminSettings.user === 'postgres') {
    const text = "a server of our own is made as Supabase has it when the config says platform: 'supabase'";
    context.onEvent({ kind: 'warn', text });
  }
  const admin = await connect(adminSettings, { applicationName: 'dbkit db bootstrap', signal: context.signal });
  try {
    return await applyPlatform(admin, platform);
  } finally {
    await admin.close();
  }
}
