/** Roles, their memberships and settings, and the database itself. */
import type { Catalog, Membership, Role } from '../model.ts';
import type { ReadContext } from './context.ts';
import { withoutSecret } from './context.ts';
import { byCodePoint, sortedBy } from './names.ts';

export const roleSql = `select oid, rolname as name, rolsuper as superuser, rolinherit as inherit, rolcreaterole as create_role,
  rolcreatedb as create_database, rolcanlogin as can_login, rolreplication as replication, rolbypassrls as bypass,
  rolconnlimit as connection_limit, rolvaliduntil::text as valid_until
from pg_catalog.pg_roles`;

export interface RoleRow {
  readonly oid: number;
  readonly name: string;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly create_role: boolean;
  readonly create_database: boolean;
  readonly can_login: boolean;
  readonly replication: boolean;
  readonly bypass: boolean;
  readonly connection_limit: number;
  readonly valid_until: string | null;
}

export const settingSql = `select s.setdatabase <> 0 as here, s.setrole as role, s.setconfig as settings
from pg_catalog.pg_db_role_setting s
where s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))`;

export interface SettingRow {
  readonly here: boolean;
  readonly role: number;
  readonly settings: readonly string[];
}

export const membershipSql = (major: number) => `select roleid as role, member, grantor, admin_option as admin,
  ${major >= 16 ? 'inherit_option as inherit, set_option as set' : 'null::boolean as inherit, null::boolean as set'}
from pg_catalog.pg_auth_members`;

export interface MembershipRow {
  readonly role: number;
  readonly member: number;
  readonly grantor: number;
  readonly admin: boolean;
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

export const databaseSql = `select oid, datdba as owner, coalesce(datacl, pg_catalog.acldefault('d', datdba))::text as acl
from pg_catalog.pg_database where datname = pg_catalog.current_database()`;

export interface DatabaseRow {
  readonly oid: number;
  readonly owner: number;
  readonly acl: string;
}

/** Roles that come with the server are named by others and not listed: nobody can make one that begins so. */
export const isPredefined = (name: string): boolean => name.startsWith('pg_');

export function rolesOf(
  rows: readonly RoleRow[],
  settings: readonly SettingRow[],
  { names }: ReadContext,
): readonly Role[] {
  const byRole = new Map<number, string[]>();
  for (const { here, role, settings: list } of settings) {
    const told = list.map((setting) => `${here ? 'database: ' : ''}${withoutSecret(setting)}`);
    byRole.set(role, [...(byRole.get(role) ?? []), ...told]);
  }
  const roles = rows
    .filter(({ name }) => !isPredefined(name))
    .map(
      (row): Role => ({
        name: row.name,
        superuser: row.superuser,
        inherit: row.inherit,
        createRole: row.create_role,
        createDatabase: row.create_database,
        canLogin: row.can_login,
        replication: row.replication,
        bypassRowSecurity: row.bypass,
        connectionLimit: row.connection_limit,
        validUntil: isoTime(row.valid_until),
        settings: (byRole.get(row.oid) ?? []).sort(byCodePoint),
        comment: names.comment('role', row.oid),
      }),
    );
  return sortedBy(roles, ({ name }) => name);
}

/** The server prints in UTC: `2030-01-01 00:00:00+00`. */
function isoTime(text: string | null): string | null {
  if (text === null) return null;
  return text.replace(/^(\S+) (\S+)\+00$/, '$1T$2Z');
}

export function membershipsOf(rows: readonly MembershipRow[], { names }: ReadContext): readonly Membership[] {
  const memberships = rows
    .map(
      (row): Membership => ({
        role: names.role(row.role),
        member: names.role(row.member),
        grantor: names.role(row.grantor),
        admin: row.admin,
        inherit: row.inherit,
        set: row.set,
      }),
    )
    .filter(({ role, member }) => !(isPredefined(role) && isPredefined(member)));
  return sortedBy(memberships, ({ role, member, grantor }) => `${role}\0${member}\0${grantor}`);
}

export function databaseOf(
  [row]: readonly DatabaseRow[],
  settings: readonly SettingRow[],
  { names, grants }: ReadContext,
): Catalog['database'] {
  const own = settings.filter(({ here, role }) => here && role === 0).flatMap(({ settings: list }) => list);
  return {
    owner: names.role(row?.owner ?? 0),
    grants: grants(row?.acl ?? null),
    settings: own.map(withoutSecret).sort(byCodePoint),
    comment: ownComment(names.comment('database', row?.oid ?? 0)),
  };
}

/** What initdb and dbkit say of the databases they make is not the application's. */
function ownComment(comment: string | null): string | null {
  const isMakers = comment === 'default administrative connection database' || comment?.startsWith('dbkit: ');
  return isMakers === true ? null : comment;
}
