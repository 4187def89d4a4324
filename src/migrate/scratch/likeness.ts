/** What is read of a target so that a scratch database can be like it. Never writes to the target. */
import type { Connection } from '../../postgres/connect.ts';
import { recognisePlatform } from '../../postgres/platform/recognise.ts';
import type { DatabaseLocale } from '../../postgres/scratch-database.ts';
import { versionOf } from '../../postgres/scratch-needs.ts';
import type { ExecutingRole, RoleAttributes } from '../../postgres/scratch-role.ts';
import { readExecutingRole } from '../../postgres/scratch-role.ts';

export interface OtherRole extends RoleAttributes {
  readonly name: string;
  /** The executing role is a member. */
  readonly member: boolean;
}

export interface Likeness {
  readonly version: string;
  readonly major: number;
  readonly database: string;
  readonly locale: DatabaseLocale;
  readonly role: ExecutingRole;
  /** The cluster's roles but for the executing one and the predefined ones. */
  readonly roles: readonly OtherRole[];
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly schema: string }[];
  readonly defaultPrivileges: 'legacy' | 'revoked' | null;
}

/**
 * Catalog only, as any role. `runs`: the role that runs the migrations from now on, or the one that ran them, where the two
 * may be told apart.
 */
export async function readLikeness(connection: Connection, runs: 'now' | 'before' = 'now'): Promise<Likeness> {
  const migrating = await readMigratingRole(connection, runs);
  const [platform, role, database, extensions, roles] = await Promise.all([
    recognisePlatform(connection),
    readExecutingRole(connection, migrating),
    readDatabase(connection),
    connection.query<{ name: string; version: string; schema: string }>(
      `select e.extname::text as name, e.extversion as version, n.nspname::text as schema
       from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
       where e.extname <> 'plpgsql' order by e.extname::text collate "C"`,
    ),
    connection.query<OtherRole>(
      `select rolname::text as name, rolsuper as superuser, rolcreaterole as "createRole", rolcreatedb as "createDatabase",
         rolbypassrls as "bypassRowSecurity", rolinherit as inherit, rolreplication as replication,
         pg_catalog.pg_has_role($1::name, oid, 'MEMBER') and not (select rolsuper from pg_catalog.pg_roles where rolname = $1) as member
       from pg_catalog.pg_roles
       where rolname !~ '^pg_' and rolname <> $1 order by rolname::text collate "C"`,
      [migrating],
    ),
  ]);
  return {
    version: versionOf(connection),
    major: Math.floor(connection.serverVersion / 10_000),
    ...database,
    role,
    roles: roles.rows,
    extensions: extensions.rows,
    defaultPrivileges: platform.defaultPrivileges,
  };
}

/**
 * The session's role, unless it may only read the journal: then the one that may write it, rather one that was given the
 * right than the owner, and rather that than a superuser. A superuser may have had others run the migrations before.
 */
async function readMigratingRole(connection: Connection, runs: 'now' | 'before'): Promise<string> {
  const { rows } = await connection.query<{
    session: string;
    writer: string | null;
    superuser: boolean;
    there: boolean;
  }>(
    `select current_user::text as session, j.oid is not null as there,
       pg_catalog.current_setting('is_superuser') = 'on' as superuser,
       case when not pg_catalog.has_table_privilege(j.oid, 'INSERT') then (
         select r.rolname::text
         from pg_catalog.aclexplode(coalesce(j.relacl, pg_catalog.acldefault('r', j.relowner))) a
         join pg_catalog.pg_roles r on r.oid = a.grantee
         where a.privilege_type = 'INSERT'
         order by r.rolsuper, r.oid = j.relowner, r.rolname::text collate "C" limit 1
       ) end as writer
     from (select) as one
     left join (pg_catalog.pg_class j join pg_catalog.pg_namespace n on n.oid = j.relnamespace and n.nspname = 'dbkit')
       on j.relname = 'journal'`,
  );
  const found = rows[0];
  if (runs === 'before' && found?.superuser === true && found.there) {
    const ran = await connection.query<{ role: string }>(
      `select e.executing_role as role from dbkit.event e join pg_catalog.pg_roles r on r.rolname = e.executing_role
       where e.event = 'up' order by e.id desc limit 1`,
    );
    if (ran.rows[0] !== undefined) return ran.rows[0].role;
  }
  return found?.writer ?? found?.session ?? '';
}

/** Name and locale of the session's database. */
export async function readDatabase(
  connection: Connection,
): Promise<{ readonly database: string; readonly locale: DatabaseLocale }> {
  // The column has changed its name with PostgreSQL 17; the provider `b` came with it.
  const column = connection.serverVersion >= 170_000 ? 'datlocale' : 'daticulocale';
  const { rows } = await connection.query<DatabaseLocale & { database: string }>(
    `select datname::text as database,
       case datlocprovider when 'b' then 'builtin' when 'i' then 'icu' else 'libc' end as provider,
       datcollate::text as collate, datctype::text as ctype, ${column}::text as locale
     from pg_catalog.pg_database where datname = pg_catalog.current_database()`,
  );
  const { database, ...locale } = rows[0] as DatabaseLocale & { database: string };
  return { database, locale };
}

/** `builtin C.UTF-8`, `libc de_DE.UTF-8`. */
export function localeWords({ provider, locale, collate }: DatabaseLocale): string {
  return `${provider} ${locale ?? collate}`;
}
