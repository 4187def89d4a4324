/**
 * A database that came from an older major (by dump and restore, or by pg_upgrade) is not quite what the same migrations
 * make on the newer one. What the newer major brought, and what nobody changed by hand, is told apart.
 */

import type { Catalog, Constraint, Grant, Membership } from '../../catalog/model.ts';

export interface Upgraded {
  /** `catalog` with what an upgrade leaves otherwise as `fresh` has it. */
  readonly catalog: Catalog;
  /** One line for each kind of it. */
  readonly told: readonly string[];
}

/** `fresh` is what the migrations make on this major; `catalog` may be of a database that is older than it. */
export function alignUpgraded(catalog: Catalog, fresh: Catalog): Upgraded {
  const maintained: string[] = [];
  const named: string[] = [];
  const relations = byKey(fresh.relations, ({ id }) => id);
  const defaults = byKey(fresh.defaultPrivileges, defaultsKey);
  const names = byKey(fresh.constraints.filter(isNotNull), columnOf);
  const implicit = implicitMemberships(catalog, fresh);

  const grantsOf = (name: string, had: readonly Grant[], has: readonly Grant[] | undefined) => {
    const grants = withMaintain(had, has ?? []);
    if (grants !== had) maintained.push(name);
    return grants;
  };
  const aligned: Catalog = {
    ...catalog,
    relations: catalog.relations.map((one) => ({
      ...one,
      grants: grantsOf(one.id, one.grants, relations.get(one.id)?.grants),
    })),
    defaultPrivileges: catalog.defaultPrivileges.map((one) => ({
      ...one,
      grants: grantsOf(
        `default privileges of ${one.role}${one.schema === null ? '' : ` in ${one.schema}`}`,
        one.grants,
        defaults.get(defaultsKey(one))?.grants,
      ),
    })),
    constraints: catalog.constraints.map((one) => {
      const name = isNotNull(one) && isNamedByServer(one) ? names.get(columnOf(one))?.name : undefined;
      if (name === undefined || name === one.name) return one;
      named.push(one.name);
      return { ...one, name };
    }),
    memberships: [...catalog.memberships, ...implicit],
  };
  return {
    catalog: aligned,
    told: [
      ...toldOf('MAINTAIN (17) is not granted along with the other privileges', maintained),
      ...toldOf('NOT NULL constraints (18) have the names that the server gave them', named),
      ...toldOf(
        'ADMIN OPTION of who made a role (16) is missing',
        implicit.map(({ role }) => role),
      ),
    ],
  };
}

/** What GRANT ALL of an older major, and an owner's own privileges, could not hold. */
function withMaintain(had: readonly Grant[], has: readonly Grant[]): readonly Grant[] {
  const more = had.map((grant) => {
    const other = has.find(({ grantee, grantor }) => grantee === grant.grantee && grantor === grant.grantor);
    if (other === undefined) return grant;
    const isOlder =
      other.privileges.includes('MAINTAIN') &&
      !grant.privileges.includes('MAINTAIN') &&
      isSame(without(other.privileges), grant.privileges) &&
      isSame(without(other.grantable), grant.grantable);
    return isOlder ? other : grant;
  });
  return more.every((grant, at) => grant === had[at]) ? had : more;
}

const without = (privileges: readonly string[]) => privileges.filter((one) => one !== 'MAINTAIN');

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

/** Since 16 who may create roles is a member of those it makes; an older major knew no such thing. */
function implicitMemberships(catalog: Catalog, fresh: Catalog): readonly Membership[] {
  const roles = new Set(catalog.roles.map(({ name }) => name));
  return fresh.memberships.filter(
    (one) =>
      roles.has(one.role) &&
      one.admin &&
      one.inherit === false &&
      one.set === false &&
      !catalog.memberships.some(({ role, member }) => role === one.role && member === one.member),
  );
}

function isNotNull({ kind, on }: Constraint): boolean {
  return kind === 'not null' && on === 'table';
}

/** `<table>_<column>_not_null` of how they are called now, and a number where that name was taken. */
function isNamedByServer(one: Constraint): boolean {
  return one.name.replace(/_not_null\d*$/, '') === shortened(nameOf(one.parent), one.columns[0] ?? '');
}

const longest = 63;

/** The server takes bytes off the longer of the two until all fits. */
function shortened(table: string, column: string): string {
  const room = longest - '__not_null'.length;
  const [left, right] = [Buffer.from(table), Buffer.from(column)];
  let [first, second] = [left.length, right.length];
  while (first + second > room) {
    if (first > second) first -= 1;
    else second -= 1;
  }
  return `${clipped(left, first)}_${clipped(right, second)}`;
}

/** Whole characters only. */
function clipped(bytes: Buffer, length: number): string {
  let end = length;
  while (end < bytes.length && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Of an id as the catalog writes it, `schema.table`, each quoted where it must be. */
function nameOf(id: string): string {
  const [, quoted, plain] = /\.(?:"((?:[^"]|"")*)"|([^".]*))$/.exec(id) ?? [];
  return plain ?? quoted?.replaceAll('""', '"') ?? id;
}

function columnOf({ parent, columns }: Constraint): string {
  return `${parent}\0${columns[0] ?? ''}`;
}

function defaultsKey({ role, schema, objects }: Catalog['defaultPrivileges'][number]): string {
  return JSON.stringify([role, schema, objects]);
}

function byKey<T>(list: readonly T[], key: (one: T) => string): ReadonlyMap<string, T> {
  return new Map(list.map((one) => [key(one), one]));
}

function toldOf(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const [shown, left] = [names.slice(0, 3).join(', '), names.length - 3];
  return [`${what}, as an upgrade from an older major leaves it: ${shown}${left > 0 ? ` and ${left} more` : ''}`];
}
