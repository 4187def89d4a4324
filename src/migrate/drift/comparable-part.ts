/** The part of two catalogs that a difference of migrations can lie in: not the cluster's roles, not other applications. */
import type { Catalog, Grant } from '../../catalog/model.ts';

/**
 * Roles belong to the whole cluster, and who may log in is not the migrations' affair: only roles that the migrations
 * themselves made are compared. `before` are those that were there before they ran.
 */
export function withRolesOf(catalog: Catalog, made: ReadonlySet<string>): Catalog {
  return {
    ...catalog,
    roles: catalog.roles.filter(({ name }) => made.has(name)),
    memberships: catalog.memberships.filter(({ role, member }) => made.has(role) && member !== role),
  };
}

/**
 * Of a database that other applications share: what hangs on objects that the files make, and those objects themselves.
 * Any other object may be one of theirs. `left` counts the tables, views and functions that are not compared.
 */
export function ofSharedDatabase(
  actual: Catalog,
  expected: Catalog,
): { readonly catalog: Catalog; readonly left: number } {
  const relations = idsOf(expected.relations);
  const types = idsOf(expected.types);
  const known = { relations, types, sequences: idsOf(expected.sequences), routines: idsOf(expected.routines) };
  const schemas = namesOf(expected.schemas);
  const onRelation = ({ relation }: { readonly relation: string }) => relations.has(relation);
  const catalog: Catalog = {
    ...actual,
    schemas: actual.schemas.filter(({ name }) => schemas.has(name)),
    extensions: among(actual.extensions, namesOf(expected.extensions)),
    types: actual.types.filter(({ id }) => known.types.has(id)),
    relations: actual.relations.filter(({ id }) => relations.has(id)),
    columns: actual.columns.filter(onRelation),
    constraints: actual.constraints.filter(({ parent }) => relations.has(parent) || types.has(parent)),
    indexes: actual.indexes.filter(onRelation),
    // The sequence of a column that was added by hand goes with its table.
    sequences: actual.sequences.filter(
      ({ id, ownedBy }) => known.sequences.has(id) || [...relations].some((one) => ownedBy?.startsWith(`${one}.`)),
    ),
    routines: actual.routines.filter(({ id }) => known.routines.has(id)),
    triggers: actual.triggers.filter(onRelation),
    rules: actual.rules.filter(onRelation),
    policies: actual.policies.filter(onRelation),
    statistics: actual.statistics.filter(onRelation),
    defaultPrivileges: actual.defaultPrivileges.filter(({ role, schema, objects }) =>
      expected.defaultPrivileges.some((one) => one.role === role && one.schema === schema && one.objects === objects),
    ),
    publications: among(actual.publications, namesOf(expected.publications)),
    eventTriggers: among(actual.eventTriggers, namesOf(expected.eventTriggers)),
    foreignDataWrappers: among(actual.foreignDataWrappers, namesOf(expected.foreignDataWrappers)),
    foreignServers: among(actual.foreignServers, namesOf(expected.foreignServers)),
    userMappings: actual.userMappings.filter(({ server }) => namesOf(expected.foreignServers).has(server)),
    others: actual.others.filter(({ kind, id }) => expected.others.some((one) => one.kind === kind && one.id === id)),
  };
  const left = actual.relations.length - catalog.relations.length + actual.routines.length - catalog.routines.length;
  return { catalog, left };
}

/** The catalog as if the role `from` had the name `to`: a scratch database on somebody's server belongs to another role. */
export function withRoleNamed(catalog: Catalog, from: string, to: string): Catalog {
  if (from === to) return catalog;
  const named = (role: string) => (role === from ? to : role);
  const roleKeys = new Set(['owner', 'grantee', 'grantor', 'member', 'role']);
  return JSON.parse(
    JSON.stringify(catalog, (key, value: unknown) => {
      if (typeof value === 'string' && roleKeys.has(key)) return named(value);
      if (key === 'grants') {
        return (value as readonly Grant[])
          .map((grant) => ({ ...grant, grantee: named(grant.grantee), grantor: named(grant.grantor) }))
          .sort((a, b) => order(a.grantee, b.grantee) || order(a.grantor, b.grantor));
      }
      if (key === 'roles' && Array.isArray(value) && typeof value[0] === 'string') {
        return (value as string[]).map(named).sort(order);
      }
      return value;
    }),
  ) as Catalog;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function idsOf(list: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(list.map(({ id }) => id));
}

function namesOf(list: readonly { readonly name: string }[]): ReadonlySet<string> {
  return new Set(list.map(({ name }) => name));
}

function among<T extends { readonly name: string }>(list: readonly T[], names: ReadonlySet<string>): readonly T[] {
  return list.filter(({ name }) => names.has(name));
}
