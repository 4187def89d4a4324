/** A cluster may hold the roles of many applications: here those that one database speaks of. */
import type { Catalog, Grant } from '../model.ts';

/** Keeps roles that own something, hold or gave a grant, or are named by a policy, a default privilege or a user mapping. */
export function withUsedRoles(catalog: Catalog): Catalog {
  const used = usedRoles(catalog);
  return {
    ...catalog,
    roles: catalog.roles.filter(({ name }) => used.has(name)),
    memberships: catalog.memberships.filter(({ role, member }) => used.has(role) && used.has(member)),
  };
}

function usedRoles(catalog: Catalog): ReadonlySet<string> {
  const used = new Set<string>();
  const seen = new Set<readonly Grant[]>();
  for (const list of Object.values(catalog)) {
    for (const object of Array.isArray(list) ? list : [list]) addRolesOf(object as Mentions, used, seen);
  }
  return used;
}

interface Mentions {
  readonly owner?: string | null;
  readonly grants?: readonly Grant[];
  readonly roles?: readonly string[];
  readonly role?: string;
  readonly member?: string;
}

/** Equal access lists are one array: each is looked at once. */
function addRolesOf(object: Mentions, used: Set<string>, seen: Set<readonly Grant[]>): void {
  if (typeof object.owner === 'string') used.add(object.owner);
  // A membership names roles, too, and uses none.
  if (object.role !== undefined && object.member === undefined) used.add(object.role);
  for (const role of object.roles ?? []) used.add(role);
  if (object.grants === undefined || seen.has(object.grants)) return;
  seen.add(object.grants);
  for (const { grantee, grantor } of object.grants) {
    used.add(grantee);
    used.add(grantor);
  }
}
