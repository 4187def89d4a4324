/** Sessions: opened, checked, listed, ended and purged, by whom it may be and by nobody else. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

interface Opened {
  readonly session_id: string;
  readonly token: string;
  readonly expires_at: Date;
}

const refused = '42501';
const day = 86_400_000;
const asUser = (sub: string) => ({ role: 'authenticated', claims: { sub } });
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

let reference: ReferenceDatabase;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
});
afterAll(() => reference.db.drop());
afterEach(async () => {
  await reference.sql.run(`
    delete from public.sessions where true;
    update public.users set suspended_at = null where true;
    update auth.users set banned_until = null, deleted_at = null where true;
    select public.trust_address_header(null)`);
});

const open = async (userId: string, lifetime = '30 days'): Promise<Opened> => {
  const { rows } = await reference.sql.query<Opened>(
    'select * from private.open_session($1, $$Firefox$$, null, $2::interval)',
    [userId, lifetime],
  );
  return rows[0] as Opened;
};
const sessions = async () =>
  (await reference.sql.query<Record<string, unknown>>('select * from public.sessions order by created_at')).rows;
const touched = async (actor: Actor | string, token: string | null) =>
  (await reference.as(actor, 'select * from public.touch_session($1)', [token])).rows;
/** Stays; what `reference.as` does is rolled back. */
const keep = (actor: Actor, statement: string, values: readonly unknown[] = []) =>
  withActor(reference.sql, actor, async (session) => (await session.query(statement, values)).rows);

describe('start_session', () => {
  it('gives a token once, and keeps its hash only', async () => {
    const [opened] = (await keep(asUser(ada), `select * from start_session('Firefox')`)) as unknown as [Opened];
    expect(opened.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const [row, ...others] = await sessions();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      id: opened.session_id,
      user_id: ada,
      user_agent: 'Firefox',
      ip: null,
      revoked_at: null,
    });
    expect(row?.token_hash).toEqual(Buffer.from(hashOf(opened.token), 'hex'));
    expect(row?.last_seen_at).toEqual(row?.created_at);
    expect(opened.expires_at).toEqual(row?.expires_at);
    expect(Number(row?.expires_at) - Number(row?.created_at)).toBe(30 * day);
  });

  it('never gives the same token twice', async () => {
    const tokens = [await open(ada), await open(ada), await open(bob)].map(({ token }) => token);
    expect(new Set(tokens).size).toBe(3);
  });

  it.each([
    ['1 minute', 60_000],
    ['90 days', 90 * day],
    ['3 months', 90 * day],
  ])('lasts %s', async (lifetime, milliseconds) => {
    const opened = await open(ada, lifetime);
    const [row] = await sessions();
    expect(Number(opened.expires_at) - Number(row?.created_at)).toBe(milliseconds);
  });

  it.each(['59 seconds', '90 days 1 second', '-1 day', '1 month -30 days', '100000000 years', 'infinity', null])(
    'refuses a lifetime of %s',
    async (lifetime) => {
      const start = (actor: string, call: string) => reference.outcome(actor, call, [lifetime]);
      // Before 17 there is no infinite interval.
      const expected = lifetime === 'infinity' && reference.sql.serverVersion < 170_000 ? '22007' : 'PT422';
      expect(await start(ada, 'select * from start_session(lifetime => $1)')).toBe(expected);
      expect(await start('service_role', `select * from start_session_for('${ada}', lifetime => $1)`)).toBe(expected);
    },
  );

  it.each([
    ['x'.repeat(600), 'x'.repeat(512)],
    ['🦊'.repeat(600), '🦊'.repeat(512)],
    ['Fire\u001b[31mfox\n', 'Fire [31mfox'],
    ['  ', null],
    ['', null],
    [null, null],
  ])('keeps of the user agent %j what can be shown', async (given, kept) => {
    await keep(asUser(ada), 'select * from start_session($1)', [given]);
    expect((await sessions())[0]?.user_agent).toBe(kept);
  });

  it.each<[string, Actor | string, string]>([
    ['anon', 'anon', refused],
    ['the service, which has start_session_for', 'service_role', refused],
    ['nobody', { role: 'authenticated', claims: {} }, 'PT401'],
    ['a malformed subject', { role: 'authenticated', claims: { sub: 'ada' } }, '22P02'],
    ['an unknown subject', asUser('00000000-0000-4000-8000-000000000000'), 'PT404'],
  ])('refuses %s', async (_, actor, expected) => {
    expect(await reference.outcome(actor, 'select * from start_session()')).toBe(expected);
  });
});

describe('start_session_for', () => {
  it('opens a session for a user, with the address that the service knows', async () => {
    await keep(
      { role: 'service_role' },
      `select * from start_session_for($1, 'Firefox', '2001:db8::1', interval '1 hour')`,
      [ada],
    );
    expect(await sessions()).toMatchObject([{ user_id: ada, user_agent: 'Firefox', ip: '2001:db8::1' }]);
  });

  it('is the service’s alone, and for users only', async () => {
    for (const actor of ['anon', ada]) {
      expect(await reference.outcome(actor, 'select * from start_session_for($1)', [bob])).toBe(refused);
    }
    for (const nobody of ['00000000-0000-4000-8000-000000000000', null]) {
      expect(await reference.outcome('service_role', 'select * from start_session_for($1)', [nobody])).toBe('PT404');
    }
  });
});

describe('whoever is shut out', () => {
  it.each([
    ['suspended', `update public.users set suspended_at = now() where true`],
    ['banned', `update auth.users set banned_until = now() + interval '1 hour' where true`],
    ['banned for ever', `update auth.users set banned_until = 'infinity' where true`],
    ['deleted by the auth service', `update auth.users set deleted_at = now() where true`],
  ])('%s: opens no session, and none is valid', async (_, shut) => {
    const { token } = await open(ada);
    expect(await touched('service_role', token)).toHaveLength(1);
    await reference.sql.run(shut);
    expect(await touched('service_role', token)).toEqual([]);
    expect(await reference.outcome(ada, 'select * from start_session()')).toBe('PT403');
    expect(await reference.outcome('service_role', 'select * from start_session_for($1)', [ada])).toBe('PT403');
  });

  it('is let in again after the ban', async () => {
    const { token } = await open(ada);
    await reference.sql.run(`update auth.users set banned_until = now() - interval '1 second' where true`);
    expect(await touched('service_role', token)).toHaveLength(1);
  });
});

describe('touch_session', () => {
  it('tells whose it is, to its user and to the service', async () => {
    const { session_id, token, expires_at } = await open(ada);
    const valid = [{ session_id, user_id: ada, expires_at }];
    expect(await touched(ada, token)).toEqual(valid);
    expect(await touched('service_role', token)).toEqual(valid);
    expect(await touched({ role: 'authenticated', claims: {} }, token)).toEqual(valid);
  });

  it('tells nothing to somebody else who is signed in, whichever claim says so', async () => {
    const { token } = await open(ada);
    expect(await touched(bob, token)).toEqual([]);
    const legacy = { role: 'service_role', settings: { 'request.jwt.claim.sub': bob } };
    expect(await touched(legacy, token)).toEqual([]);
  });

  it('fails, rather than telling, when the claims are malformed', async () => {
    const { token } = await open(ada);
    const malformed = { role: 'authenticated', claims: { sub: 'ada' } };
    expect(await reference.outcome(malformed, 'select * from touch_session($1)', [token])).toBe('22P02');
  });

  it('is closed to anon', async () => {
    const { token } = await open(ada);
    expect(await reference.outcome('anon', 'select * from touch_session($1)', [token])).toBe(refused);
    expect(await reference.outcome('anon', 'select * from definer.touch_session($1)', [token])).toBe(refused);
  });

  it('takes nothing but the token', async () => {
    const { session_id, token } = await open(ada);
    const stored = hashOf(token);
    for (const other of [
      null,
      '',
      session_id,
      stored,
      `\\x${stored}`,
      `${token} `,
      `${token}=`,
      token.slice(1),
      token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase(),
      'x'.repeat(43),
      'é'.repeat(43),
      'x'.repeat(100_000),
    ]) {
      expect(await touched('service_role', other), String(other)).toEqual([]);
    }
  });

  it('is not answered in a read-only request: no lock, no answer', async () => {
    const { token } = await open(ada);
    const get = { role: 'service_role', method: 'GET' };
    expect(await reference.outcome(get, 'select * from touch_session($1)', [token])).toBe('25006');
  });

  it('a session expires at the moment, also within a transaction that began before', async () => {
    const { session_id, token } = await open(ada);
    await reference.sql.run('begin');
    await reference.sql.query(
      `update public.sessions set expires_at = clock_timestamp() where id = $1 and expires_at > now()`,
      [session_id],
    );
    const { rows } = await reference.sql.query('select * from public.touch_session($1)', [token]);
    await reference.sql.run('rollback');
    expect(rows).toEqual([]);
  });

  it('writes when it was seen, once a minute', async () => {
    const { token } = await open(ada);
    const seen = async (ago: string) => {
      await reference.sql.query(
        `update public.sessions set created_at = now() - interval '1 hour', last_seen_at = now() - $1::interval`,
        [ago],
      );
      const [before] = await sessions();
      await keep({ role: 'service_role' }, 'select * from touch_session($1)', [token]);
      const [after] = await sessions();
      return Number(after?.last_seen_at) > Number(before?.last_seen_at);
    };
    expect(await seen('30 seconds')).toBe(false);
    expect(await seen('61 seconds')).toBe(true);
  });

  it('a snapshot from before the revocation does not bring the session back', async () => {
    const { session_id, token } = await open(ada);
    const old = await reference.db.connect();
    await old.run('begin isolation level repeatable read; select from public.users');
    await keep(asUser(ada), 'select revoke_session($1)', [session_id]);
    await expect(old.query('select * from public.touch_session($1)', [token]).catch(sqlstateOf)).resolves.toBe('40001');
    await old.run('rollback');
  });
});

describe('list_my_sessions', () => {
  it('lists the own sessions that are neither revoked nor expired, newest first', async () => {
    const [first, expired, revoked, last] = [await open(ada), await open(ada), await open(ada), await open(ada)];
    await open(bob);
    await reference.sql.query(
      `update public.sessions set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' where id = $1`,
      [expired.session_id],
    );
    await keep(asUser(ada), 'select revoke_session($1)', [revoked.session_id]);
    const list = (actor: string, token: string | null) =>
      reference.as(actor, 'select id, user_agent, current from list_my_sessions($1)', [token]);
    expect((await list(ada, first.token)).rows).toEqual([
      { id: last.session_id, user_agent: 'Firefox', current: false },
      { id: first.session_id, user_agent: 'Firefox', current: true },
    ]);
    // Somebody else’s token is not the current one of anything.
    expect((await list(bob, first.token)).rows).toMatchObject([{ current: false }]);
    expect((await list(bob, null)).rows).toMatchObject([{ current: false }]);
  });

  it('answers a GET', async () => {
    await open(ada);
    expect(await reference.outcome({ ...asUser(ada), method: 'GET' }, 'select * from list_my_sessions()')).toBe(1);
  });
});

describe('ending sessions', () => {
  it('revoke_session ends an own one, once', async () => {
    const { session_id, token } = await open(ada);
    const revoke = async () => (await keep(asUser(ada), 'select revoke_session($1) as revoked', [session_id]))[0];
    expect(await revoke()).toEqual({ revoked: true });
    expect(await touched('service_role', token)).toEqual([]);
    const [row] = await sessions();
    expect(await revoke()).toEqual({ revoked: false });
    expect((await sessions())[0]).toEqual(row);
  });

  it('revoke_session tells nothing of somebody else’s, and does nothing to it', async () => {
    const { session_id, token } = await open(ada);
    for (const id of [session_id, '00000000-0000-4000-8000-000000000000', null]) {
      expect(await keep(asUser(bob), 'select revoke_session($1) as revoked', [id])).toEqual([{ revoked: false }]);
    }
    expect(await touched(ada, token)).toHaveLength(1);
  });

  it('revoke_other_sessions ends all own ones but this', async () => {
    const [here, there, elsewhere, bobs] = [await open(ada), await open(ada), await open(ada), await open(bob)];
    const revoke = 'select revoke_other_sessions($1) as revoked';
    expect(await keep(asUser(ada), revoke, [here.token])).toEqual([{ revoked: 2 }]);
    expect(await keep(asUser(ada), revoke, [here.token])).toEqual([{ revoked: 0 }]);
    const valid = await Promise.all(
      [here, there, elsewhere, bobs].map(async ({ token }) => (await touched('service_role', token)).length),
    );
    expect(valid).toEqual([1, 0, 0, 1]);
  });

  it('revoke_other_sessions ends nothing without a valid token of one’s own', async () => {
    const [here, ended, bobs] = [await open(ada), await open(ada), await open(bob)];
    await keep(asUser(ada), 'select revoke_session($1)', [ended.session_id]);
    for (const token of [null, '', 'x'.repeat(43), ended.token, bobs.token]) {
      expect(await reference.outcome(ada, 'select revoke_other_sessions($1)', [token]), String(token)).toBe('PT404');
    }
    expect(await touched(ada, here.token)).toHaveLength(1);
  });

  it('revoke_sessions_of ends all of a user, for the service', async () => {
    const [first, bobs] = [await open(ada), await open(bob)];
    await open(ada);
    expect(await keep({ role: 'service_role' }, 'select revoke_sessions_of($1) as revoked', [ada])).toEqual([
      { revoked: 2 },
    ]);
    expect(await touched('service_role', first.token)).toEqual([]);
    expect(await touched('service_role', bobs.token)).toHaveLength(1);
    for (const actor of ['anon', ada]) {
      expect(await reference.outcome(actor, 'select revoke_sessions_of($1)', [bob])).toBe(refused);
    }
  });

  it('a user who goes takes the sessions along', async () => {
    const { token } = await open(await reference.signUp());
    expect(await touched('service_role', token)).toHaveLength(1);
    await reference.sql.query('delete from auth.users where id <> all ($1)', [[ada, bob]]);
    expect(await sessions()).toEqual([]);
  });

  it('purge_sessions deletes what ended long ago, and nothing that is valid', async () => {
    const [valid, revoked, expired, revokedLately] = [
      await open(ada),
      await open(ada),
      await open(bob),
      await open(bob),
    ];
    const change = (set: string, { session_id }: Opened) =>
      reference.sql.query(
        `update public.sessions set created_at = now() - interval '99 days', last_seen_at = now() - interval '99 days', ${set} where id = $1`,
        [session_id],
      );
    await change(`expires_at = now() + interval '1 day'`, valid);
    await change(`revoked_at = now() - interval '31 days'`, revoked);
    await change(`expires_at = now() - interval '31 days'`, expired);
    await change(`revoked_at = now() - interval '29 days'`, revokedLately);
    const purge = async (call: string) => (await keep({ role: 'service_role' }, `select ${call} as purged`))[0]?.purged;
    expect(await purge('purge_sessions()')).toBe(2);
    expect(await purge('purge_sessions()')).toBe(0);
    expect((await sessions()).map(({ id }) => id).sort()).toEqual([valid.session_id, revokedLately.session_id].sort());
    expect(await purge(`purge_sessions('0')`)).toBe(1);
    expect(await sessions()).toMatchObject([{ id: valid.session_id }]);
    for (const keepFor of ['-1 second', null]) {
      expect(await reference.outcome('service_role', 'select purge_sessions($1)', [keepFor])).toBe('PT422');
    }
    for (const actor of ['anon', ada]) expect(await reference.outcome(actor, 'select purge_sessions()')).toBe(refused);
  });

  it('purge_sessions leaves a session that somebody works on to the next run', async () => {
    const worked = await open(ada);
    await open(ada);
    await reference.sql.run(`update public.sessions set created_at = now() - interval '2 days',
      last_seen_at = now() - interval '2 days', expires_at = now() - interval '1 day'`);
    const other = await reference.db.connect();
    await other.run('begin');
    await other.query('select from public.sessions where id = $1 for update', [worked.session_id]);
    const purge = () => keep({ role: 'service_role', settings: { lock_timeout: '10s' } }, `select purge_sessions('0')`);
    expect(await purge()).toEqual([{ purge_sessions: 1 }]);
    await other.run('rollback');
    expect(await purge()).toEqual([{ purge_sessions: 1 }]);
  });
});

it.each([
  'select * from list_my_sessions()',
  'select revoke_session(gen_random_uuid())',
  `select revoke_other_sessions('x')`,
])('%s is for whoever is signed in', async (call) => {
  expect(await reference.outcome('anon', call)).toBe(refused);
  expect(await reference.outcome('service_role', call)).toBe(refused);
  expect(await reference.outcome({ role: 'authenticated', claims: {} }, call)).toBe('PT401');
  expect(await reference.outcome({ role: 'authenticated', claims: { sub: 'ada' } }, call)).toBe('22P02');
  expect(await reference.outcome(asUser('00000000-0000-4000-8000-000000000000'), call)).toBe('PT404');
  await reference.sql.run('update public.users set suspended_at = now() where true');
  expect(await reference.outcome(ada, call)).toBe('PT403');
});

describe('the table', () => {
  const readable = 'id, user_id, user_agent, ip, created_at, last_seen_at, expires_at, revoked_at';

  it('shows a user their own, the service all, and nobody the hash', async () => {
    await open(ada);
    await open(bob);
    for (const [actor, rows] of [
      ['anon', refused],
      [ada, 1],
      ['authenticated', 0],
      ['service_role', 2],
    ] as const) {
      expect(await reference.outcome(actor, `select ${readable} from public.sessions`), actor).toBe(rows);
      for (const hash of [
        'select * from public.sessions',
        `select id from public.sessions where token_hash = '\\x00'`,
      ]) {
        expect(await reference.outcome(actor, hash), actor).toBe(refused);
      }
    }
    expect((await reference.as(ada, 'select user_id from public.sessions')).rows).toEqual([{ user_id: ada }]);
  });

  it.each([
    `insert into public.sessions (user_id, token_hash, expires_at) select id, sha256('x'), now() + interval '1 day' from public.users`,
    `update public.sessions set expires_at = 'infinity' where true`,
    `update public.sessions set revoked_at = null where true returning id`,
    'delete from public.sessions where true',
    'truncate public.sessions',
    'select id from public.sessions for update',
    `select * from private.open_session(null, null, null, '1 day')`,
    'select private.end_sessions(null, null)',
    `select public.trust_address_header('x-mine')`,
    'select * from private.trusted_address_header',
  ])('is written by nobody but the functions: %s', async (statement) => {
    for (const actor of ['anon', ada, 'service_role']) expect(await reference.outcome(actor, statement)).toBe(refused);
  });

  it.each([
    ['sessions_token_hash_length', `token_hash = '\\x00'`],
    ['sessions_user_agent_length', `user_agent = repeat('x', 513)`],
    ['sessions_order_of_time', 'expires_at = created_at'],
    ['sessions_order_of_time', `expires_at = 'infinity'`],
    ['sessions_order_of_time', `last_seen_at = created_at - interval '1 second'`],
    ['sessions_order_of_time', `revoked_at = created_at - interval '1 second'`],
    ['sessions_order_of_time', `revoked_at = 'infinity'`],
  ])('%s refuses %s', async (constraint, set) => {
    await open(ada);
    await expect(reference.sql.run(`update public.sessions set ${set}`)).rejects.toMatchObject({
      code: '23514',
      constraint,
    });
  });
});
