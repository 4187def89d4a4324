/**
 * The schema `dbkit` inside a target: its version, its forward migrations, and the marker.
 *
 * Nothing in it is granted to anyone and row-level security is on: under Supabase's default privileges a journal in
 * `public` could be deleted by `anon`.
 */
import { DbkitError } from '../errors.ts';
import type { Connection } from './connect.ts';
import { forwardMigrations } from './own-schema-sql.ts';

/** The version that this dbkit writes. */
export const ownSchemaVersion = forwardMigrations.length;

const insufficientPrivilege = '42501';
const absent = new Set(['42P01', '3F000', '42703']);

/** SQLSTATE of an error, or null. */
export function sqlstateOf(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** Runs a read; null when the schema `dbkit`, the table or the column does not exist yet. */
export async function readIfPresent<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    const sqlstate = sqlstateOf(error);
    if (sqlstate !== null && absent.has(sqlstate)) return null;
    throw error;
  }
}

/** The version of the schema `dbkit` in this database, or null where there is none. */
export async function readOwnSchemaVersion(connection: Connection): Promise<number | null> {
  const read = await readIfPresent(() =>
    connection.query<{ version: number | null }>('select pg_catalog.max(version) as version from dbkit.schema_version'),
  );
  return read?.rows[0]?.version ?? null;
}

/** The SQL that brings an empty database, or one at `from`, to this version; for `dbkit db bootstrap --print`. */
export function ownSchemaSql(dbkitVersion: string, from = 0): string {
  return forwardMigrations
    .slice(from)
    .map((sql, index) => {
      const version = from + index + 1;
      const record = `insert into dbkit.schema_version (version, dbkit_version) values (${version}, '${dbkitVersion.replaceAll("'", "''")}');`;
      return `-- dbkit schema, version ${version}\n${sql.trim()}\n${record}\n`;
    })
    .join('\n');
}

/**
 * Creates the schema `dbkit` or brings it forward, in one transaction. Does nothing where it is current.
 * Throws SCHEMA_TOO_NEW, INSUFFICIENT_PRIVILEGE.
 */
export async function ensureOwnSchema(connection: Connection, dbkitVersion: string): Promise<void> {
  const found = await readOwnSchemaVersion(connection);
  refuseNewer(found);
  if (found === ownSchemaVersion) return;
  try {
    await connection.run('begin');
    await connection.run(`select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('dbkit:schema', 0))`);
    await connection.run('savepoint look');
    const now = await readOwnSchemaVersion(connection);
    await connection.run('rollback to savepoint look');
    refuseNewer(now);
    if (now !== ownSchemaVersion) await connection.run(ownSchemaSql(dbkitVersion, now ?? 0));
    await connection.run('commit');
  } catch (error) {
    if (connection.lost === null) await connection.run('rollback');
    if (sqlstateOf(error) !== insufficientPrivilege) throw error;
    throw new DbkitError(
      'INSUFFICIENT_PRIVILEGE',
      `this role may not create the schema "dbkit": ${(error as Error).message}`,
      {
        hint: 'let an administrator run the output of: dbkit db bootstrap --print, then of: dbkit db grants <verb> --role <this role>',
        cause: error,
      },
    );
  }
}

/** Throws SCHEMA_TOO_NEW when the schema was written by a newer dbkit, which this one may read and not write. */
export function refuseNewer(found: number | null): void {
  if (found === null || found <= ownSchemaVersion) return;
  throw new DbkitError(
    'SCHEMA_TOO_NEW',
    `the schema "dbkit" in this database is at version ${found}; this dbkit knows ${ownSchemaVersion}`,
    {
      hint: 'use the newer dbkit that wrote it: npm install --save-dev dbkit@latest',
    },
  );
}

/**
 * Name of the environment stored in the database, or null. Throws INSUFFICIENT_PRIVILEGE where row security hides it: the
 * tables have no policies but those that `dbkit db grants` makes.
 */
export async function readMarker(connection: Connection): Promise<string | null> {
  const read = await readIfPresent(() =>
    connection.query<{ environment: string | null; hidden: boolean }>(
      `select (select environment from dbkit.marker) as environment,
         pg_catalog.row_security_active('dbkit.marker') and not exists (
           select from pg_catalog.pg_policy p
           where p.polrelid = 'dbkit.marker'::pg_catalog.regclass and exists (
             select from pg_catalog.unnest(p.polroles) r where r = 0 or pg_catalog.pg_has_role(r, 'USAGE'))
         ) as hidden`,
    ),
  );
  if (read?.rows[0]?.hidden === true) {
    throw new DbkitError('INSUFFICIENT_PRIVILEGE', 'row security hides what is in the schema "dbkit" from this role', {
      hint: 'let an administrator run the output of: dbkit db grants <verb> --role <this role>',
    });
  }
  return read?.rows[0]?.environment ?? null;
}

/** Stores the environment's name; the schema must exist. */
export async function writeMarker(connection: Connection, environment: string): Promise<void> {
  await connection.query(
    `insert into dbkit.marker (environment) values ($1)
     on conflict (only_row) do update set environment = excluded.environment, marked_at = excluded.marked_at, marked_by = excluded.marked_by`,
    [environment],
  );
}
