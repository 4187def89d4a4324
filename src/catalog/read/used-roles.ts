/** A cluster may hold the roles of many applications: here those that one database speaks of. */
import type { Catalog, Grant } from '../model.ts';
import { isPredefined } from './roles.ts';

/**
 * Keeps roles that own something, hold or gave a grant, or are named by a policy, a default privilege or a user mapping;
 * and of what belongs to the cluster what concerns them: memberships, grants on parameters.
 */
export function withUsedRoles(catalog: Catalog): Catalog {
  const used = usedRoles(catalog);
  const concerns = (role: string) => used.has(role) || isPredefined(role);
  return {
    ...catalog,
    roles: catalog.roles.filter(({ name }) => used.has(name)),
    memberships: catalog.memberships.filter(({ role, member }) => concerns(role) && concerns(member)),
    others: catalog.others.filter(
      (one) => !isParameter(one) || one.grants.some(({ grantee, grantor }) => grantee !== grantor && used.has(grantee)),
    ),
  };
}

const isParameter = ({ kind }: Mentions) => kind === 'parameter';

function usedRoles(catalog: Catalog): ReadonlySet<string> {
  const used = new Set<string>();
  const seen = new Set<readonly Grant[]>();
  const { memberships: _memberships, roles: _roles, ...lists } = catalog;
  for (const list of Object.values(lists)) {
    for (const object of (Array.isArray(list) ? list : [list]) as Mentions[]) {
      if (!isParameter(object)) addRolesOf(object, used, seen);
    }
  }
  return used;
}

interface Mentions {
  readonly owner?: string | null;
  readonly grants?: readonly Grant[];
  readonly roles?: readonly string[];
  readonly role?: string;
  readonly kind?: string;
}

/** Equal access lists are one array: each is looked at once. */
function addRolesOf(object: Mentions, used: Set<string>, seen: Set<readonly Grant[]>): void {
  if (typeof object.owner === 'string') used.add(object.owner);
  if (object.role !== undefined) used.add(object.role);
  for (const role of object.roles ?? []) used.add(role);
  if (object.grants === undefined || seen.has(object.grants)) return;
  seen.add(object.grants);
  for (const { grantee, grantor } of object.grants) {
    used.add(grantee);
    used.add(grantor);
  }
}
