/** Makes one database of a bootstrapped cluster look like a fresh Supabase project. */
import { DbkitError } from '../../errors.ts';
import type { Connection } from '../connect.ts';
import { quoteIdentifier, quoteLiteral } from '../quote.ts';
import { authSchema } from './auth.ts';
import { notSuperuser } from './bootstrap-roles.ts';
import type { DefaultPrivileges } from './default-privileges.ts';
import { platformDefaultPrivileges, publicDefaultPrivileges } from './default-privileges.ts';
import { createExtensions, graphqlPlaceholder, platformExtensions } from './extensions.ts';
import { realtimePublication, realtimeSchema } from './realtime.ts';
import type { RecognisedPlatform } from './recognise.ts';
import { recognisePlatform, standInMark } from './recognise.ts';
import type { PlatformReport } from './report.ts';
import { notesFor, superuserPostgres } from './report.ts';
import { databaseOwnership, schemas } from './schemas.ts';
import { storageFunctions } from './storage-functions.ts';
import { storageLists } from './storage-lists.ts';
import { storageTables } from './storage-tables.ts';

/** Raised when the objects of the stand-in change. */
export const standInVersion = 1;

export interface DatabaseBootstrap {
  /** Of what postgres creates in public. Absent: `revoked` in a new stand-in, unchanged in one that exists. */
  readonly defaultPrivileges?: DefaultPrivileges | undefined;
}

interface DatabaseState {
  readonly superuser: boolean;
  readonly user: string;
  readonly database: string;
  readonly owned: boolean;
  readonly postgres_superuser: boolean | null;
  readonly schemas: readonly string[];
  readonly available: readonly string[];
  readonly installed: readonly string[];
}

/**
 * Makes schemas, tables, functions, grants and default privileges in the database of `admin`, a superuser's session
 * outside of a transaction; all or nothing, in one transaction. The roles have to be there (bootstrapRoles).
 * Changes nothing on a real Supabase. Throws INSUFFICIENT_PRIVILEGE without a superuser, PLATFORM_UNFAITHFUL when
 * schemas of the same names exist that dbkit did not make.
 */
export async function bootstrapDatabase(admin: Connection, options: DatabaseBootstrap = {}): Promise<PlatformReport> {
  const before = await recognisePlatform(admin);
  if (before.hosted) return { changed: [], unfaithful: [], notes: [] };
  const state = await readDatabaseState(admin);
  const planned = plan(before, state, options);
  if (planned.length > 0) {
    if (!state.superuser) throw notSuperuser(state.user);
    await admin.run('begin; set local client_min_messages = error; select pg_catalog.pg_advisory_xact_lock(7091720)');
    try {
      // Two commands may have read an empty database; the one that waited finds it made.
      const changes = plan(await recognisePlatform(admin), await readDatabaseState(admin), options);
      await admin.run([...changes.map((change) => change.sql), 'commit'].join('\n'));
      return report(changes, state, before, admin);
    } catch (error) {
      await admin.run('rollback');
      throw error;
    }
  }
  return report([], state, before, admin);
}

/** Asked before the roles are made, which belong to the whole cluster. Throws PLATFORM_UNFAITHFUL. */
export async function refuseForeignSchemas(admin: Connection): Promise<void> {
  const { hosted, standIn } = await recognisePlatform(admin);
  if (hosted || standIn !== null) return;
  const state = await readDatabaseState(admin);
  if (state.schemas.length > 0) throw foreignSchemas(state);
}

async function readDatabaseState(admin: Connection): Promise<DatabaseState> {
  const { rows } = await admin.query<DatabaseState>(
    `select pg_catalog.current_setting('is_superuser') = 'on' as superuser, session_user::text as user,
  d.datname::text as database, pg_catalog.pg_get_userbyid(d.datdba) = 'postgres' as owned,
  (select rolsuper from pg_catalog.pg_roles where rolname = 'postgres') as postgres_superuser,
  array(select nspname::text from pg_catalog.pg_namespace where nspname = any ($1) order by 1) as schemas,
  array(select name::text from pg_catalog.pg_available_extensions where name = any ($2)) as available,
  array(select extname::text from pg_catalog.pg_extension where extname = any ($2)) as installed
from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
    [['auth', 'storage', 'realtime'], platformExtensions],
  );
  return (rows as [DatabaseState])[0];
}

interface Change {
  readonly what: string;
  readonly sql: string;
}

function plan(found: RecognisedPlatform, state: DatabaseState, options: DatabaseBootstrap): readonly Change[] {
  const ownership = {
    what: `database ${state.database}: owner and grants`,
    sql: databaseOwnership(quoteIdentifier(state.database)),
  };
  const as = (role: string, sql: string) => `set local role ${role};\n${sql}`;
  const privileges = (mode: DefaultPrivileges) => ({
    what: `default privileges in public: ${mode}`,
    sql: as('supabase_admin', publicDefaultPrivileges(mode)),
  });
  if (found.standIn !== null) {
    const mode = options.defaultPrivileges;
    return [
      ...(state.owned ? [] : [ownership]),
      ...(mode === undefined || mode === found.defaultPrivileges ? [] : [privileges(mode)]),
    ];
  }
  if (state.schemas.length > 0) throw foreignSchemas(state);
  const extensions = platformExtensions.filter((name) => state.available.includes(name));
  return [
    { ...ownership, sql: as('supabase_admin', ownership.sql) },
    { what: 'schemas', sql: schemas },
    { what: 'default privileges of the platform', sql: platformDefaultPrivileges },
    privileges(options.defaultPrivileges ?? 'revoked'),
    { what: `extensions ${extensions.join(', ')}`, sql: createExtensions(extensions) },
    { what: 'graphql_public', sql: graphqlPlaceholder },
    { what: 'schema auth', sql: as('supabase_auth_admin', authSchema) },
    { what: 'schema storage', sql: as('supabase_storage_admin', storageTables + storageFunctions + storageLists) },
    { what: 'schema realtime', sql: as('supabase_realtime_admin', realtimeSchema) },
    { what: 'publication supabase_realtime', sql: as('supabase_admin', realtimePublication) },
    { what: 'mark', sql: `comment on schema auth is ${quoteLiteral(standInMark(standInVersion))};` },
  ];
}

function foreignSchemas(state: DatabaseState): DbkitError {
  const names = state.schemas.join(', ');
  return new DbkitError(
    'PLATFORM_UNFAITHFUL',
    `database ${state.database} has schemas that dbkit did not make: ${names}`,
    {
      hint: 'bootstrap an empty database; nothing was changed',
    },
  );
}

function report(
  changes: readonly Change[],
  state: DatabaseState,
  { standIn }: RecognisedPlatform,
  admin: Connection,
): PlatformReport {
  const missing = platformExtensions.filter(
    (name) => !state.available.includes(name) && !state.installed.includes(name),
  );
  return {
    changed: changes.map((change) => change.what),
    unfaithful: [
      ...(standIn !== null && standIn < standInVersion ? [olderStandIn(standIn)] : []),
      ...(state.postgres_superuser === true ? [superuserPostgres] : []),
      ...missing.map(
        (name) => `extension ${name} is not available on this server, so schema extensions lacks its functions`,
      ),
    ],
    notes: notesFor(Math.floor(admin.serverVersion / 10000)),
  };
}

const olderStandIn = (version: number) =>
  `the stand-in was made by an older dbkit (version ${version}, now ${standInVersion}); dbkit db reset makes it anew`;
