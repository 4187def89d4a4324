/** Whether a database is a Supabase, a stand-in of ours, or neither. Reads the catalog only, as any role. */
import type { Platform } from '../../config/schema.ts';
import type { Connection } from '../connect.ts';

/** The live lists of supautils; null where the library is not loaded. */
export interface Supautils {
  readonly privilegedRole: string;
  /** Names as configured; a star behind one allows the privileged role to change its settings and memberships. */
  readonly reservedRoles: readonly string[];
  readonly reservedMemberships: readonly string[];
  /** `schema.table` by role. */
  readonly policyGrants: Readonly<Record<string, readonly string[]>>;
  readonly dropTriggerGrants: Readonly<Record<string, readonly string[]>>;
  readonly privilegedExtensions: readonly string[];
}

export interface RecognisedPlatform {
  readonly platform: Platform;
  /** A real Supabase: hosted, self-hosted, or made by its command line. Nothing of it may be bootstrapped. */
  readonly hosted: boolean;
  /** Version of the stand-in that dbkit made in this database. */
  readonly standIn: number | null;
  /** What new objects of `postgres` in public give to the API roles; null without the API roles. */
  readonly defaultPrivileges: 'legacy' | 'revoked' | null;
  readonly supautils: Supautils | null;
}

const settings = [
  'privileged_role',
  'reserved_roles',
  'reserved_memberships',
  'policy_grants',
  'drop_trigger_grants',
  'privileged_extensions',
] as const;

interface Signs {
  readonly api_roles: boolean;
  readonly users: boolean;
  readonly services: boolean;
  readonly mark: string | null;
  readonly exposed: boolean;
  readonly supautils: Readonly<Record<(typeof settings)[number], string | null>>;
}

/** The comment on schema auth that says who made it. */
export const standInMark = (version: number): string =>
  `Stand-in for the schema of Supabase, made by dbkit, version ${version}`;
const markPattern = /made by dbkit, version (\d+)$/;

export async function recognisePlatform(connection: Connection): Promise<RecognisedPlatform> {
  const { rows } = await connection.query<Signs>(signs);
  const [row] = rows as [Signs];
  const supautils = parseSupautils(row.supautils);
  const version = row.users ? markPattern.exec(row.mark ?? '')?.[1] : undefined;
  const supabase = row.api_roles && row.users;
  return {
    platform: supabase ? 'supabase' : 'postgres',
    hosted: supautils !== null || (supabase && version === undefined && row.services),
    standIn: version === undefined ? null : Number(version),
    defaultPrivileges: row.api_roles ? (row.exposed ? 'legacy' : 'revoked') : null,
    supautils,
  };
}

const signs = `
select (select pg_catalog.count(*) = 3 from pg_catalog.pg_roles
         where rolname in ('anon', 'authenticated', 'service_role')) as api_roles,
  exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'auth' and c.relname = 'users') as users,
  -- made by the storage service, and by the image that every Supabase starts from
  exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'storage' and c.relname = 'migrations')
  and exists (select from pg_catalog.pg_roles where rolname = 'supabase_admin') as services,
  (select pg_catalog.obj_description(n.oid, 'pg_namespace') from pg_catalog.pg_namespace n
    where n.nspname = 'auth') as mark,
  exists (select from pg_catalog.pg_default_acl d
            join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
            cross join pg_catalog.aclexplode(d.defaclacl) a
           where n.nspname = 'public' and d.defaclobjtype = 'r' and a.privilege_type = 'SELECT'
             and pg_catalog.pg_get_userbyid(d.defaclrole) = 'postgres'
             and pg_catalog.pg_get_userbyid(a.grantee) = 'anon') as exposed,
  pg_catalog.json_build_object(${settings
    .map((name) => `'${name}', pg_catalog.current_setting('supautils.${name}', true)`)
    .join(', ')}) as supautils`;

function parseSupautils(raw: Signs['supautils']): Supautils | null {
  if (settings.every((name) => (raw[name] ?? '') === '')) return null;
  const list = (text: string | null) =>
    (text ?? '')
      .split(',')
      .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
      .filter((name) => name !== '');
  return {
    privilegedRole: raw.privileged_role ?? '',
    reservedRoles: list(raw.reserved_roles),
    reservedMemberships: list(raw.reserved_memberships),
    policyGrants: parseGrants(raw.policy_grants),
    dropTriggerGrants: parseGrants(raw.drop_trigger_grants),
    privilegedExtensions: list(raw.privileged_extensions),
  };
}

/** A JSON object of lists; anything else counts as nothing granted. */
function parseGrants(text: string | null): Readonly<Record<string, readonly string[]>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text || '{}');
  } catch {
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  return Object.fromEntries(
    Object.entries(parsed).filter(
      ([, tables]) => Array.isArray(tables) && tables.every((one) => typeof one === 'string'),
    ),
  );
}
