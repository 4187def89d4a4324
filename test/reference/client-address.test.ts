/** The address of a client: what the proxy says that the owner named, and nothing that the client can say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withActor } from '../../src/postgres/actor.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

let reference: ReferenceDatabase;

beforeAll(async () => {
  reference = await referenceDatabase();
});
afterAll(() => reference.db.drop());

const trust = (header: string | null) => reference.sql.query('select public.trust_address_header($1)', [header]);
/** As the owner, with the headers of a request. */
const addressOf = async (headers: string) => {
  const { rows } = await reference.sql.query<{ address: string | null }>(
    `select private.client_address() as address from (select set_config('request.headers', $1, false)) as request`,
    [headers],
  );
  return rows[0]?.address;
};
const withHeader = (value: string) =>
  addressOf(JSON.stringify({ 'x-real-ip': value, 'x-forwarded-for': '192.0.2.66' }));

describe('with a trusted header', () => {
  beforeAll(() => trust('X-Real-IP'));

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    // A list grows at its end: what comes first may be made up.
    ['192.0.2.66, 203.0.113.7', '203.0.113.7'],
    ['2001:DB8::1', '2001:db8::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:CB00:7107', '203.0.113.7'],
    ['0.0.0.0/0', null],
    ['203.0.113.7/32', null],
    ['2001:db8::/64', null],
    ['203.0.113.7:443', null],
    ['[2001:db8::1]:443', null],
    ['203.0.113.7,', null],
    ['unknown', null],
    ['', null],
    [`203.0.113.7${' '.repeat(10)}`, '203.0.113.7'],
    ['9'.repeat(100_000), null],
    [`'; drop table public.users; --`, null],
  ])('%j is %s', async (value, address) => {
    expect(await withHeader(value)).toBe(address);
  });

  it.each([
    '',
    '{}',
    '[]',
    '"x"',
    'null',
    '{',
    '{"x-forwarded-for": "192.0.2.66"}',
    '{"x-real-ip": null}',
    '{"x-real-ip": {}}',
  ])('is unknown when the headers are %j', async (headers) => {
    expect(await addressOf(headers)).toBeNull();
  });

  it('stands in the session', async () => {
    const ada = await reference.signUp();
    const headers = { 'X-Real-IP': '203.0.113.7' };
    const rows = await withActor(
      reference.sql,
      { role: 'authenticated', claims: { sub: ada }, headers, end: 'rollback' },
      async (session) => {
        await session.query('select from start_session()');
        return (await session.query('select ip from list_my_sessions()')).rows;
      },
    );
    expect(rows).toEqual([{ ip: '203.0.113.7' }]);
  });
});

it('without one, no header is believed', async () => {
  await trust(null);
  expect(await withHeader('203.0.113.7')).toBeNull();
});

it('the last one that was named counts', async () => {
  await trust('x-real-ip');
  await trust('CF-Connecting-IP');
  expect(await withHeader('203.0.113.7')).toBeNull();
  expect(await addressOf('{"cf-connecting-ip": "203.0.113.8"}')).toBe('203.0.113.8');
});

it.each(['', ' ', 'x real ip', 'x-real-ip\n', '-x', 'é', 'x'.repeat(65), 'a,b'])('%j is no header', async (name) => {
  await expect(trust(name)).rejects.toMatchObject({ code: 'PT422' });
});
