/** Brings a cluster's roles to what Supabase has: reads, compares, and writes only what differs. */
import { DbkitError } from '../../errors.ts';
import type { Connection } from '../connect.ts';
import { quoteIdentifier } from '../quote.ts';
import type { ClusterState } from './cluster-state.ts';
import { readClusterState } from './cluster-state.ts';
import { recognisePlatform } from './recognise.ts';
import type { PlatformReport } from './report.ts';
import { notesFor, superuserPostgres } from './report.ts';
import type { Membership, RoleAttribute } from './roles.ts';
import {
  platformMemberships,
  platformRoles,
  platformSettings,
  revokedMemberships,
  roleAttributes,
  settableParameters,
} from './roles.ts';

interface Change {
  readonly what: string;
  readonly sql: string;
}

/**
 * Creates and alters the roles of Supabase on the whole cluster of `admin`, a superuser's session outside of a
 * transaction. Changes nothing on a real Supabase. Throws INSUFFICIENT_PRIVILEGE when `admin` is no superuser.
 */
export async function bootstrapRoles(admin: Connection): Promise<PlatformReport> {
  const major = Math.floor(admin.serverVersion / 10000);
  const notes = notesFor(major);
  if ((await recognisePlatform(admin)).hosted) return { changed: [], unfaithful: [], notes: [] };
  const before = await readClusterState(admin);
  let changes = planRoles(before, major);
  if (changes.length > 0) {
    if (!before.superuser) throw notSuperuser(before.sessionUser);
    // Roles belong to the cluster, advisory locks to a database: the catalog itself is what all of them share.
    await admin.run('begin; lock table pg_catalog.pg_authid in share row exclusive mode');
    try {
      changes = planRoles(await readClusterState(admin), major);
      await admin.run([...changes.map((change) => change.sql), 'commit'].join(';\n'));
    } catch (error) {
      await admin.run('rollback');
      throw error;
    }
  }
  const kept = keepsSuperuser(await readClusterState(admin));
  return { changed: changes.map((change) => change.what), unfaithful: kept ? [superuserPostgres] : [], notes };
}

export function notSuperuser(user: string): DbkitError {
  return new DbkitError('INSUFFICIENT_PRIVILEGE', `${user} is no superuser, so it cannot make the roles of Supabase`, {
    hint: 'connect as the superuser that the server was made with, or let dbkit start a server: --target embedded',
  });
}

/** The bootstrap superuser cannot be demoted since PostgreSQL 16, and nobody saws at the branch they sit on. */
function keepsSuperuser({ roles, sessionUser }: ClusterState): boolean {
  const bootstrapSuperuserOid = 10;
  const postgres = roles.postgres;
  if (postgres === undefined || !postgres.attributes.includes('superuser')) return false;
  return postgres.oid === bootstrapSuperuserOid || sessionUser === 'postgres';
}

function planRoles(state: ClusterState, major: number): readonly Change[] {
  const kept = keepsSuperuser(state);
  const skipped = (role: string) => kept && role === 'postgres';
  return [
    ...Object.entries(platformRoles).flatMap(([role, attributes]) =>
      skipped(role) ? [] : planRole(role, attributes, state),
    ),
    ...platformMemberships(major).flatMap((membership) =>
      skipped(membership.member) ? [] : planMembership(membership, state, major),
    ),
    ...revokedMemberships
      .filter(({ member, role }) => state.memberships.some((one) => one.member === member && one.role === role))
      .map(({ member, role }) => ({
        what: `${role} taken from ${member}`,
        sql: `revoke ${quoteIdentifier(role)} from ${quoteIdentifier(member)}`,
      })),
    ...platformSettings
      .filter((one) => !state.roles[one.role]?.settings.includes(`${one.name}=${one.stored}`))
      .map((one) => ({
        what: `setting ${one.name} of ${one.role}`,
        sql: `alter role ${quoteIdentifier(one.role)} set ${one.name} = ${one.value}`,
      })),
    ...(kept ? [] : planParameters(state)),
  ];
}

function planRole(role: string, wanted: readonly RoleAttribute[], { roles }: ClusterState): readonly Change[] {
  const now = roles[role]?.attributes;
  const clause = (all: readonly RoleAttribute[]) =>
    all.map((attribute) => (wanted.includes(attribute) ? attribute : `no${attribute}`)).join(' ');
  if (now === undefined) {
    return [{ what: `role ${role}`, sql: `create role ${quoteIdentifier(role)} ${clause(roleAttributes)}` }];
  }
  const wrong = roleAttributes.filter((attribute) => now.includes(attribute) !== wanted.includes(attribute));
  if (wrong.length === 0) return [];
  return [{ what: `role ${role}: ${clause(wrong)}`, sql: `alter role ${quoteIdentifier(role)} ${clause(wrong)}` }];
}

function planMembership(wanted: Membership, state: ClusterState, major: number): readonly Change[] {
  const { member, role, admin } = wanted;
  // A NOINHERIT member reaches the role by SET ROLE only; what PostgreSQL 16 defaults to, said aloud.
  const inherit = platformRoles[member]?.includes('inherit') ?? true;
  const there = state.memberships.some(
    (one) =>
      one.member === member &&
      one.role === role &&
      (one.admin || !admin) &&
      (major < 16 || (one.inherit === inherit && one.set === true)),
  );
  if (there) return [];
  const options = major < 16 ? '' : ` with admin ${admin}, inherit ${inherit}, set true`;
  return [
    {
      what: `${member} in ${role}`,
      sql: `grant ${quoteIdentifier(role)} to ${quoteIdentifier(member)}${options}`,
    },
  ];
}

function planParameters({ parameters }: ClusterState): readonly Change[] {
  const missing = settableParameters.filter((name) => !parameters.includes(name));
  if (missing.length === 0) return [];
  return [
    {
      what: `${missing.length} parameters that postgres may set`,
      sql: `grant set on parameter ${missing.join(', ')} to postgres`,
    },
  ];
}
