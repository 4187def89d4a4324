import { expect, test } from 'vitest';
import type { Catalog, Constraint } from '../../catalog/model.ts';
import { alignUpgraded } from './upgraded.ts';

const empty = { relations: [], defaultPrivileges: [], constraints: [], memberships: [], roles: [] };

const catalogOf = (parts: object) => ({ ...empty, ...parts }) as unknown as Catalog;

const grant = (...privileges: string[]) => ({ grantee: 'app', grantor: 'owner', privileges, grantable: [] });

const table = (...grants: object[]) => catalogOf({ relations: [{ id: 'public.t', grants }] });

const notNull = (parent: string, column: string, name: string): Partial<Constraint> => ({
  parent,
  on: 'table',
  kind: 'not null',
  columns: [column],
  name,
});

const constraints = (...list: object[]) => catalogOf({ constraints: list });

test('MAINTAIN alone may be missing; one that was granted, or was all there was, is a difference', () => {
  const fresh = table(grant('MAINTAIN', 'SELECT'));
  const { catalog, told } = alignUpgraded(table(grant('SELECT')), fresh);
  expect(catalog).toEqual(fresh);
  expect(told).toHaveLength(1);
  const same = (found: Catalog, made: Catalog) =>
    expect(alignUpgraded(found, made)).toEqual({ catalog: found, told: [] });
  same(fresh, table(grant('SELECT')));
  same(table(), table(grant('MAINTAIN')));
  same(table(grant('INSERT', 'SELECT')), fresh);
});

test('default privileges are held against those of the same role, schema and kind', () => {
  const of = (schema: string | null, ...privileges: string[]) => ({
    role: 'owner',
    schema,
    objects: 'tables',
    grants: [grant(...privileges)],
  });
  const fresh = catalogOf({ defaultPrivileges: [of(null, 'SELECT'), of('s', 'MAINTAIN', 'SELECT')] });
  const older = catalogOf({ defaultPrivileges: [of(null, 'SELECT'), of('s', 'SELECT')] });
  expect(alignUpgraded(older, fresh).catalog).toEqual(fresh);
});

const long = 'a'.repeat(60);

test.for([
  ['public.part', 'id', 'whole_id_not_null', 'part_id_not_null'],
  ['public.renamed', 'id', 'before_id_not_null', 'renamed_id_not_null'],
  ['public.renamed', 'id', 'before_id_not_null', 'renamed_id_not_null1'],
  ['"S.x"."My ""t"""', 'Ä', 'x', 'My "t"_Ä_not_null'],
  [`public.${long}`, 'id', 'x', `${'a'.repeat(51)}_id_not_null`],
  [`public.${long}`, 'b'.repeat(40), 'x', `${'a'.repeat(27)}_${'b'.repeat(26)}_not_null`],
  [`public.${'ä'.repeat(30)}`, 'ü'.repeat(25), 'x', `${'ä'.repeat(13)}_${'ü'.repeat(13)}_not_null`],
] as const)('NOT NULL on %s.%s: %s as the files make it, %s after an upgrade', ([parent, column, made, found]) => {
  const fresh = constraints(notNull(parent, column, made));
  expect(alignUpgraded(constraints(notNull(parent, column, found)), fresh).catalog).toEqual(fresh);
  const byHand = constraints(notNull(parent, column, 'by_hand'));
  expect(alignUpgraded(byHand, fresh).catalog).toEqual(byHand);
});

test('who made a role is its member since 16, and was not before', () => {
  const member = { role: 'made', member: 'owner', grantor: 'postgres', admin: true, inherit: false, set: false };
  const fresh = catalogOf({ roles: [{ name: 'made' }], memberships: [member] });
  const older = catalogOf({ roles: [{ name: 'made' }] });
  expect(alignUpgraded(older, fresh).catalog).toEqual(fresh);
  const given = catalogOf({ roles: [{ name: 'made' }], memberships: [{ ...member, inherit: true }] });
  expect(alignUpgraded(older, given).catalog).toEqual(older);
});
