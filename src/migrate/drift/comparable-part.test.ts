import { expect, test } from 'vitest';
import type { Catalog } from '../../catalog/model.ts';
import { withRoleNamed } from './comparable-part.ts';

test('a role has its other name wherever a catalog names it', () => {
  const named = (role: string) =>
    ({
      memberships: [{ role, member: 'ann', grantor: role, admin: false, inherit: true, set: true }],
      userMappings: [{ server: 'far', role, options: [] }],
      policies: [{ relation: 'public.orders', name: 'own', roles: [role] }],
      defaultPrivileges: [{ role, schema: null, objects: 'tables', grants: [] }],
      schemas: [{ name: 'public', owner: role, grants: [{ grantee: 'ann', grantor: role }] }],
    }) as unknown as Catalog;
  expect(withRoleNamed(named('scratcher'), 'scratcher', 'app')).toEqual(named('app'));
});
