import { expect, test } from 'vitest';
import { aclReader, parseAcl } from './acl.ts';

test('privileges, grant options, everybody, and names of all kinds', () => {
  const acl = String.raw`{bob=arw*/alice,=U/"a b","\"o=d/d \"\"x\"\" ,{}\"=X*/alice","\"back\\slash\"=C/alice"}`;
  expect(parseAcl(acl)).toEqual([
    { grantee: 'back\\slash', grantor: 'alice', privileges: ['CREATE'], grantable: [] },
    { grantee: 'bob', grantor: 'alice', privileges: ['INSERT', 'SELECT', 'UPDATE'], grantable: ['UPDATE'] },
    { grantee: 'o=d/d "x" ,{}', grantor: 'alice', privileges: ['EXECUTE'], grantable: ['EXECUTE'] },
    { grantee: 'public', grantor: 'a b', privileges: ['USAGE'], grantable: [] },
  ]);
});

test('none at all, and the same list once', () => {
  const read = aclReader();
  expect([read(null), read('{}')]).toEqual([[], []]);
  expect(read('{a=r/a}')).toBe(read('{a=r/a}'));
});
