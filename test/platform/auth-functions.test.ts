/** auth.uid(), role(), email(), jwt(): which setting decides, what reads as nobody, and what is an error. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { sqlstateOf } from './attempt.ts';

let db: TestDatabase;
let session: Connection;
const ada = '6f1f3a4e-31a5-4a52-9a3d-0e2d6c6a1b11';
const bob = '0c9d2b7a-7f3e-4c1c-8f43-9b7f2f1f5b22';

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  session = await db.connect();
});
afterAll(() => db.drop());

async function read(call: string, settings: Record<string, string>): Promise<unknown> {
  await session.run('begin; set local role anon');
  try {
    for (const [name, value] of Object.entries(settings)) {
      await session.query('select set_config($1, $2, true)', [name, value]);
    }
    const { rows } = await session.query<{ value: unknown }>(`select ${call} as value`);
    return rows[0]?.value;
  } catch (error) {
    return `error ${sqlstateOf(error)}`;
  } finally {
    await session.run('rollback');
  }
}

const all = 'request.jwt.claims';

it('reads nobody in a session where nothing was ever set', async () => {
  const fresh = await db.connect();
  const { rows } = await fresh.query('select auth.uid(), auth.role(), auth.email(), auth.jwt()');
  expect(rows).toEqual([{ uid: null, role: null, email: null, jwt: null }]);
});

describe.each([
  ['auth.uid()', 'sub', ada, bob],
  ['auth.role()', 'role', 'authenticated', 'service_role'],
  ['auth.email()', 'email', 'ada@example.com', 'bob@example.com'],
])('%s', (call, claim, value, other) => {
  const one = `request.jwt.claim.${claim}`;
  it.each([
    ['empty claims', { [all]: '' }, null],
    ['an object without the key', { [all]: '{}' }, null],
    ['an array', { [all]: '[1]' }, null],
    ['a scalar', { [all]: '"x"' }, null],
    ['a JSON null', { [all]: JSON.stringify({ [claim]: null }) }, null],
    ['the claims', { [all]: JSON.stringify({ [claim]: value }) }, value],
    ['the singular setting', { [one]: value }, value],
    ['both: the singular one wins', { [one]: value, [all]: JSON.stringify({ [claim]: other }) }, value],
    ['an empty singular one: the claims', { [one]: '', [all]: JSON.stringify({ [claim]: other }) }, other],
    ['malformed claims', { [all]: '{' }, 'error 22P02'],
    ['malformed claims behind a singular one are never read', { [one]: value, [all]: '{' }, value],
  ])('%s', async (_case, settings, expected) => {
    expect(await read(call, settings as Record<string, string>)).toBe(expected);
  });
});

it.each([
  ['an empty sub', { [all]: '{"sub": ""}' }],
  ['a sub that is no uuid', { [all]: '{"sub": "42"}' }],
  ['a singular sub that is no uuid', { 'request.jwt.claim.sub': 'ada' }],
])('uid() refuses %s', async (_case, settings) => {
  expect(await read('auth.uid()', settings)).toBe('error 22P02');
});

it('role() and email() pass an empty claim through', async () => {
  expect(await read('auth.role()', { [all]: '{"role": ""}' })).toBe('');
});

it.each([
  ['the claims', { [all]: '{"a": 1}' }, { a: 1 }],
  ['request.jwt.claim wins', { 'request.jwt.claim': '{"b": 2}', [all]: '{"a": 1}' }, { b: 2 }],
  ['malformed claims behind it are never read', { 'request.jwt.claim': '{"b": 2}', [all]: '{' }, { b: 2 }],
  ['empty', { 'request.jwt.claim': '', [all]: '' }, null],
  ['malformed', { [all]: 'x' }, 'error 22P02'],
])('jwt() of %s', async (_case, settings, expected) => {
  expect(await read('auth.jwt()', settings as Record<string, string>)).toEqual(expected);
});

it('are stable, of the caller, without settings of their own, and anybody may call them', async () => {
  const { rows } = await session.query(
    `select proname, provolatile, prosecdef, proisstrict, proconfig, prolang = (select oid from pg_language where lanname = 'sql') as sql,
       pg_get_userbyid(proowner) as owner, has_function_privilege('anon', oid, 'EXECUTE') as anon, prorettype::regtype::text as type
     from pg_proc where pronamespace = 'auth'::regnamespace order by 1`,
  );
  const common = { provolatile: 's', prosecdef: false, proisstrict: false, proconfig: null, sql: true, anon: true };
  const owner = 'supabase_auth_admin';
  expect(rows).toEqual([
    { proname: 'email', ...common, owner, type: 'text' },
    { proname: 'jwt', ...common, owner, type: 'jsonb' },
    { proname: 'role', ...common, owner, type: 'text' },
    { proname: 'uid', ...common, owner, type: 'uuid' },
  ]);
});
