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

/** Catalog only, as any role. */
export async function readLikeness(connection: Connection): Promise<Likeness> {
  const [platform, role, database, extensions, roles] = await Promise.all([
    recognisePlatform(connection),
    readExecutingRole(connection),
    readDatabase(connection),
    connection.query<{ name: string; version: string; schema: string }>(
      `select e.extname::text as name, e.extversion as version, n.nspname::text as schema
       from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
       where e.extname <> 'plpgsql' order by e.extname::text collate "C"`,
    ),
    connection.query<OtherRole>(
      `select rolname::text as name, rolsuper as superuser, rolcreaterole as "createRole", rolcreatedb as "createDatabase",
         rolbypassrls as "bypassRowSecurity", rolinherit as inherit, rolreplication as replication,
         pg_catalog.pg_has_role(current_user, oid, 'MEMBER') and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as member
       from pg_catalog.pg_roles
       where rolname !~ '^pg_' and rolname <> current_user order by rolname::text collate "C"`,
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
