/** Two at the same time, a hundred times each: at sign-up, at sign-in, and when sessions end. */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const rounds = Array.from({ length: 100 }, (_, round) => round);
const anon: Actor = { role: 'anon' };

let reference: ReferenceDatabase;
let connections: readonly [Connection, Connection, Connection, Connection];
let ada: string;
let asAda: Actor;

beforeAll(async () => {
  reference = await referenceDatabase();
  const { db, sql } = reference;
  connections = [await db.connect(), await db.connect(), await db.connect(), await db.connect()];
  // Hashing is what takes long, and nothing of it is tested here. The password of everybody is `right`.
  await sql.run(`select public.enable_local_auth();
    create or replace function private.password_hash(p_password text) returns text
      language sql as $$ select '$2a$10$' || repeat('x', 53) $$;
    create or replace function private.password_matches(p_password text, p_hash text) returns boolean
      language sql as $$ select p_password = 'right' and p_hash is not null $$;
    select public.sign_up('ada@example.test', 'a long password')`);
  ada = (await sql.query<{ id: string }>('select id from public.users')).rows[0]?.id ?? '';
  asAda = { role: 'authenticated', claims: { sub: ada } };
});
afterAll(() => reference.db.drop());
beforeEach(() => reference.sql.run('delete from public.sessions'));

/** The rows, or the SQLSTATE. */
const call = (connection: Connection, actor: Actor, statement: string, values: readonly unknown[]) =>
  withActor(connection, actor, async (session) => (await session.query(statement, values)).rows).catch(sqlstateOf);

const open = async () => {
  const { rows } = await reference.sql.query<{ session_id: string; token: string }>(
    `select session_id, token from private.open_session($1, null, null, '30 days')`,
    [ada],
  );
  return rows[0] ?? { session_id: '', token: '' };
};

it('of two sign-ups with one address, in whatever case, one makes the account and the other hears that it is taken', async () => {
  for (const round of rounds) {
    const addresses = [`user${round}@example.test`, `USER${round}@Example.Test`];
    const answers = await Promise.all(
      addresses.map((address, index) =>
        call(connections[index % 2] as Connection, anon, `select sign_up($1, 'a long password')`, [address]),
      ),
    );
    expect(answers.filter((answer) => answer === 'PT409')).toHaveLength(1);
    expect(answers.filter((answer) => Array.isArray(answer))).toHaveLength(1);
  }
  const { rows } = await reference.sql.query(
    `select count(*)::integer, count(distinct lower(a.email))::integer as addresses, count(u.id)::integer as users, count(i.id)::integer as identities
    from auth.users a left join public.users u on u.id = a.id left join auth.identities i on i.user_id = a.id
    where a.email ilike 'user%'`,
  );
  expect(rows).toEqual([{ count: 100, addresses: 100, users: 100, identities: 100 }]);
});

it('of guesses at the same time none is free: the right one is let in only among the first ten', async () => {
  for (const round of rounds) {
    // After 6 all four are among the first ten, after 10 none is; between these it depends on who comes first.
    const before = 6 + (round % 5);
    await reference.sql.query(
      `insert into private.sign_in_throttles values (private.throttle_key('account', $1), 'account', $2, now())
      on conflict (key) do update set failures = $2, window_start = now()`,
      [ada, before],
    );
    const passwords = ['wrong', 'wrong', 'wrong', 'wrong'];
    passwords[round % 4] = 'right';
    const answers = await Promise.all(
      passwords.map((password, index) =>
        call(connections[index] as Connection, anon, `select user_id from sign_in('ada@example.test', $1)`, [password]),
      ),
    );
    const right = answers[round % 4];
    if (before === 6) expect(right).toEqual([{ user_id: ada }]);
    if (before === 10) expect(right).toEqual([]);
    expect(answers.flat().length).toBe(right?.length ?? 0);
    // Three wrong ones, and the right one where it came too late: each was counted.
    const { rows } = await reference.sql.query('select failures from private.sign_in_throttles');
    expect(rows).toEqual([{ failures: before + (right?.length === 1 ? 3 : 4) }]);
  }
  await reference.sql.run('delete from private.sign_in_throttles');
});

it('a touch does not undo a revocation that runs at the same time, and none is valid after it', async () => {
  for (const _ of rounds) {
    const { session_id, token } = await open();
    // Seen so long ago that the touch writes to the row too.
    await reference.sql.query(
      `update public.sessions set created_at = now() - interval '1 hour', last_seen_at = now() - interval '1 hour' where id = $1`,
      [session_id],
    );
    const touch = (connection: Connection) => call(connection, anon, 'select user_id from touch_session($1)', [token]);
    const [first, revoked, second] = await Promise.all([
      touch(connections[0]),
      call(connections[1], asAda, 'select revoke_session($1) as revoked', [session_id]),
      touch(connections[2]),
    ]);
    expect(revoked).toEqual([{ revoked: true }]);
    for (const touched of [first, second]) expect([[], [{ user_id: ada }]]).toContainEqual(touched);
    expect(await touch(connections[0])).toEqual([]);
    const { rows } = await reference.sql.query(
      'select revoked_at is not null as revoked, last_seen_at <= revoked_at as before from public.sessions where id = $1',
      [session_id],
    );
    expect(rows).toEqual([{ revoked: true, before: true }]);
  }
});

it('of two that end each other’s session one is left, and neither waits for ever', async () => {
  for (const _ of rounds) {
    const opened = [await open(), await open()];
    const answers = await Promise.all(
      opened.map(({ token }, index) =>
        call(connections[index] as Connection, asAda, 'select revoke_other_sessions($1) as revoked', [token]),
      ),
    );
    expect(answers).toContainEqual([{ revoked: 1 }]);
    expect(answers).toContain('PT404');
    const { rows } = await reference.sql.query('delete from public.sessions returning revoked_at');
    expect(rows.filter(({ revoked_at }) => revoked_at === null)).toHaveLength(1);
  }
});

it('all sessions are ended while their account is deleted, and neither stands in the way of the other', async () => {
  const [toucher, revoker] = connections;
  const admin = await reference.db.connectAsAdmin();
  const id = await reference.signUp();
  // Where the deletion comes first to the session that a revocation, in the order of ids, comes to last.
  await reference.sql.query(
    `insert into public.sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at)
    select (n || '0000000-0000-4000-8000-000000000000')::uuid, $1, sha256(n::text::bytea),
      now() + n * interval '1 second', now() + n * interval '1 second', now() + interval '1 day'
    from generate_series(9, 1, -1) n`,
    [id],
  );
  await toucher.run(`begin; select from public.sessions where id::text like '1%' for no key update`);
  const revoked = revoker.query('select public.revoke_sessions_of($1) as ended', [id]).then(({ rows }) => rows);
  await waiting(1);
  const deleted = admin.query('delete from auth.users where id = $1', [id]).then(({ rowCount }) => rowCount);
  await waiting(2);
  await toucher.run('rollback');
  expect(await Promise.allSettled([revoked, deleted])).toEqual([
    { status: 'fulfilled', value: [{ ended: 9 }] },
    { status: 'fulfilled', value: 1 },
  ]);
});

it('a session that is opened while its account is deleted: there is no such user', async () => {
  const admin = await reference.db.connectAsAdmin();
  const id = await reference.signUp();
  await admin.query('begin');
  await admin.query('delete from auth.users where id = $1', [id]);
  const answers = [
    call(connections[0], { role: 'authenticated', claims: { sub: id } }, 'select * from start_session()', []),
    call(connections[1], { role: 'service_role' }, 'select * from start_session_for($1)', [id]),
  ];
  await waiting(2);
  await admin.query('commit');
  expect(await Promise.all(answers)).toEqual(['PT404', 'PT404']);
});

async function waiting(sessions: number): Promise<void> {
  await vi.waitUntil(async () => {
    const { rows } = await reference.sql.query<{ waiting: number }>(
      `select count(*)::integer as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0]?.waiting === sessions;
  });
}
