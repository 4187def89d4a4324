/** What a cluster has of Supabase's roles, read in one statement. */
import type { Connection } from '../connect.ts';
import type { RoleAttribute } from './roles.ts';
import { platformRoles } from './roles.ts';

interface ClusterRole {
  readonly oid: number;
  readonly attributes: readonly RoleAttribute[];
  /** `name=value` as stored, of the settings that hold in every database. */
  readonly settings: readonly string[];
}

interface ClusterMembership {
  readonly member: string;
  readonly role: string;
  readonly admin: boolean;
  /** Null before PostgreSQL 16, which has no such options. */
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

export interface ClusterState {
  readonly superuser: boolean;
  readonly sessionUser: string;
  readonly roles: Readonly<Record<string, ClusterRole>>;
  readonly memberships: readonly ClusterMembership[];
  /** Parameters that `postgres` may set by a grant. */
  readonly parameters: readonly string[];
}

export async function readClusterState(admin: Connection): Promise<ClusterState> {
  const inheritOption = admin.serverVersion >= 160000 ? 'm.inherit_option' : 'null::boolean';
  const setOption = admin.serverVersion >= 160000 ? 'm.set_option' : 'null::boolean';
  const { rows } = await admin.query<{ state: ClusterState }>(
    `select pg_catalog.json_build_object(
  'superuser', pg_catalog.current_setting('is_superuser') = 'on',
  'sessionUser', session_user,
  'roles', (select coalesce(pg_catalog.json_object_agg(r.rolname, pg_catalog.json_build_object(
      'oid', r.oid::bigint,
      'attributes', pg_catalog.array_remove(array[
        case when r.rolsuper then 'superuser' end, case when r.rolcanlogin then 'login' end,
        case when r.rolinherit then 'inherit' end, case when r.rolcreaterole then 'createrole' end,
        case when r.rolcreatedb then 'createdb' end, case when r.rolreplication then 'replication' end,
        case when r.rolbypassrls then 'bypassrls' end], null),
      'settings', coalesce(r.rolconfig, '{}'))), '{}')
    from pg_catalog.pg_roles r where r.rolname = any ($1)),
  'memberships', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('member', u.rolname, 'role', g.rolname,
      'admin', m.admin_option, 'inherit', ${inheritOption}, 'set', ${setOption})), '[]')
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles u on u.oid = m.member
    join pg_catalog.pg_roles g on g.oid = m.roleid
    where u.rolname = any ($1)),
  'parameters', (select coalesce(pg_catalog.json_agg(p.parname), '[]')
    from pg_catalog.pg_parameter_acl p, pg_catalog.aclexplode(p.paracl) a
    where a.privilege_type = 'SET' and a.grantee = (select oid from pg_catalog.pg_roles where rolname = 'postgres'))
) as state`,
    [Object.keys(platformRoles)],
  );
  return (rows[0] as { state: ClusterState }).state;
}
