/** Who may do what: privileges as clients hold them, directly, through PUBLIC or as members of another role. */
import type { Catalog, Grant, Policy, Relation } from '../../../catalog/model.ts';
import type { LintContext } from '../rule.ts';

/** Names that a client acts under: its roles, what these are members of, and `public`. */
export function clientNames(catalog: Catalog, context: LintContext): ReadonlySet<string> {
  const names = new Set(context.clientRoles);
  for (const name of names) {
    for (const { role, member, inherit } of catalog.memberships) {
      if (member === name && inherit !== false) names.add(role);
    }
  }
  return new Set([...names, 'public']);
}

/** The privileges that clients hold of these grants. */
export function clientPrivileges(
  grants: readonly Grant[],
  catalog: Catalog,
  context: LintContext,
): ReadonlySet<string> {
  const names = clientNames(catalog, context);
  return new Set(grants.filter(({ grantee }) => names.has(grantee)).flatMap(({ privileges }) => privileges));
}

/** Served to clients, and they hold a privilege on it or on a column. */
export function isReachable(relation: Relation, catalog: Catalog, context: LintContext): boolean {
  if (!context.exposedSchemas.includes(relation.schema) || context.clientRoles.length === 0) return false;
  if (clientPrivileges(relation.grants, catalog, context).size > 0) return true;
  return catalog.columns.some(
    (column) => column.relation === relation.id && clientPrivileges(column.grants, catalog, context).size > 0,
  );
}

/** True when a policy holds for somebody that a client is. */
export function isForClients(policy: Policy, catalog: Catalog, context: LintContext): boolean {
  const names = clientNames(catalog, context);
  return policy.roles.some((role) => names.has(role));
}

/** `policy own_rows on public.orders`. */
export function policyName(policy: Policy): string {
  return `policy ${policy.name} on ${policy.relation}`;
}
