/** Acting as a role: what PostgREST sends, in its order, and what comes of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { sqlstateOf } from './attempt.ts';

let db: TestDatabase;
let authenticator: Connection;
let postgres: Connection;
const ada = '6f1f3a4e-31a5-4a52-9a3d-0e2d6c6a1b11';

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  postgres = await db.connect();
  await postgres.run(`
    create table public.letters (id int primary key, owner uuid);
    alter table public.letters enable row level security;
    create policy own on public.letters using (owner = auth.uid());
    grant select, insert, delete on public.letters to authenticated;`);
});
beforeEach(async () => {
  authenticator = await connect({ ...db.settings, user: 'authenticator' }, { applicationName: 'dbkit test' });
  return () => authenticator.close();
});
afterAll(() => db.drop());

/** A session that keeps what is sent. */
function listening(connection: Connection): { session: Connection; sent: [string, readonly unknown[]][] } {
  const sent: [string, readonly unknown[]][] = [];
  const session = Object.create(connection, {
    query: {
      value: (sql: string, values: readonly unknown[] = []) => {
        sent.push([sql, values]);
        return connection.query(sql, values);
      },
    },
    run: {
      value: (sql: string) => {
        sent.push([sql, []]);
        return connection.run(sql);
      },
    },
  }) as Connection;
  return { session, sent };
}

const see = (actor: Actor, connection: Connection = authenticator) =>
  withActor(connection, actor, async (session) => {
    const { rows } = await session.query<Record<string, string>>(
      `select current_user::text as role, current_setting('search_path') as path,
         current_setting('request.jwt.claims') as claims, current_setting('request.method') as method,
         current_setting('request.path') as url, current_setting('request.headers') as headers,
         current_setting('request.cookies') as cookies, current_setting('statement_timeout') as timeout,
         current_setting('lock_timeout') as lock, current_setting('transaction_read_only') as readonly,
         current_setting('transaction_isolation') as isolation`,
    );
    return rows[0] as Record<string, string>;
  });

describe('as authenticator', () => {
  it('sends one SELECT of set_config calls, in the order of PostgREST', async () => {
    const { session, sent } = listening(authenticator);
    await withActor(
      session,
      {
        role: 'authenticated',
        claims: { sub: ada, role: 'service_role' },
        method: 'PATCH',
        path: '/letters',
        headers: { 'X-Client': 'dbkit' },
        cookies: { a: 'b' },
        timeZone: 'Europe/Vienna',
        settings: { 'app.settings.region': 'eu' },
      },
      () => Promise.resolve(),
    );
    const [, begin, settings, commit, ...rest] = sent;
    expect(rest).toEqual([]);
    expect([begin?.[0], commit?.[0]]).toEqual(['begin isolation level read committed read write', 'commit']);
    const values = settings?.[1] ?? [];
    expect(settings?.[0].match(/set_config\(/g)).toHaveLength(values.length / 2);
    const pairs = values.flatMap((value, index) => (index % 2 === 0 ? [[value, values[index + 1]]] : []));
    expect(pairs).toEqual([
      ['search_path', '"public", "extensions"'],
      ['statement_timeout', '8s'],
      ['role', 'authenticated'],
      ['request.jwt.claims', JSON.stringify({ sub: ada, role: 'authenticated' })],
      ['request.method', 'PATCH'],
      ['request.path', '/letters'],
      ['request.headers', '{"x-client":"dbkit"}'],
      ['request.cookies', '{"a":"b"}'],
      ['timezone', 'Europe/Vienna'],
      ['app.settings.region', 'eu'],
    ]);
  });

  it.each([
    // anon has 3 seconds, authenticated 8; service_role has nothing and keeps what authenticator got at login.
    ['anon', '3s'],
    ['authenticated', '8s'],
    ['service_role', '8s'],
  ])('%s gets the statement_timeout %s', async (role, timeout) => {
    expect(await see({ role })).toMatchObject({ role, timeout, lock: '8s', isolation: 'read committed' });
  });

  it('always puts the role into the claims: nobody is {"role":"anon"}', async () => {
    expect(await see({ role: 'anon' })).toMatchObject({
      claims: '{"role":"anon"}',
      method: 'POST',
      url: '/',
      headers: '{}',
      cookies: '{}',
      path: '"public", "extensions"',
    });
  });

  it.each([
    [{ role: 'anon', method: 'GET' }, 'on'],
    [{ role: 'anon', method: 'HEAD' }, 'on'],
    [{ role: 'anon', method: 'POST' }, 'off'],
    [{ role: 'anon' }, 'off'],
    [{ role: 'anon', readOnly: true }, 'on'],
    // A POST to a STABLE function.
    [{ role: 'anon', method: 'POST', readOnly: true }, 'on'],
  ])('%j is read only: %s', async (actor, expected) => {
    expect((await see(actor)).readonly).toBe(expected);
  });

  it('a write in a GET is refused with its SQLSTATE', async () => {
    const write = withActor(authenticator, { role: 'authenticated', method: 'GET', claims: { sub: ada } }, (session) =>
      session.run(`insert into public.letters values (1, '${ada}')`),
    );
    expect(sqlstateOf(await write.catch((error: unknown) => error))).toBe('25006');
  });

  it('takes the isolation level that is set for the role', async () => {
    const admin = await db.connectAsAdmin();
    const role = `clerk_${db.name}`;
    await admin.run(`create role ${role}; grant ${role} to authenticator;
      alter role ${role} set default_transaction_isolation = 'SERIALIZABLE'; alter role ${role} set search_path = 'private'`);
    try {
      // A search_path of the role comes behind the request's own, so it wins: PostgREST does the same.
      expect(await see({ role })).toMatchObject({ role, isolation: 'serializable', path: 'private' });
    } finally {
      await admin.run(`drop role ${role}`);
    }
  });
});

describe('as another login', () => {
  it.each(['anon', 'authenticated', 'service_role'])('%s sees the same settings', async (role) => {
    expect(await see({ role }, postgres)).toEqual(await see({ role }));
    expect(await see({ role }, await db.connectAsAdmin())).toEqual(await see({ role }));
  });
});

describe('the end', () => {
  const count = async () =>
    (await postgres.query<{ n: number }>('select count(*)::int as n from public.letters')).rows[0]?.n;
  const actor = { role: 'authenticated', claims: { sub: ada } };
  const insert = (session: Connection) => session.run(`insert into public.letters values (1, '${ada}')`);

  it('commits, or rolls back when asked, or when the work throws', async () => {
    await withActor(authenticator, { ...actor, end: 'rollback' }, insert);
    expect(await count()).toBe(0);
    const boom = new Error('boom');
    await expect(
      withActor(authenticator, actor, async (session) => {
        await insert(session);
        throw boom;
      }),
    ).rejects.toBe(boom);
    expect(await count()).toBe(0);
    await withActor(authenticator, actor, insert);
    expect(await count()).toBe(1);
    await withActor(authenticator, actor, (session) => session.run('delete from public.letters'));
    expect(await count()).toBe(0);
  });

  it('keeps the SQLSTATE of a policy, and the session for the next actor', async () => {
    const foreign = withActor(authenticator, { ...actor, claims: {} }, insert);
    expect(sqlstateOf(await foreign.catch((error: unknown) => error))).toBe('42501');
    expect((await see({ role: 'anon' })).role).toBe('anon');
  });

  it('does not call a commit what PostgreSQL rolled back', async () => {
    const silent = withActor(authenticator, actor, async (session) => {
      await session.run('select 1 / 0').catch(() => undefined);
      return 'done';
    });
    await expect(silent).rejects.toMatchObject({ code: 'SQL_FAILED' });
  });

  it('refuses a role that the login may not take', async () => {
    const error = await see({ role: 'supabase_admin' }).catch((caught: unknown) => caught);
    expect(sqlstateOf(error)).toBe('42501');
    const { rows } = await authenticator.query('select current_user::text as role, txid_current_if_assigned() as tx');
    expect(rows).toEqual([{ role: 'authenticator', tx: null }]);
  });

  it('leaves no role and no claims behind', async () => {
    await see({ role: 'authenticated', claims: { sub: ada } });
    const { rows } = await authenticator.query(
      `select current_user::text as role, current_setting('request.jwt.claims', true) as claims`,
    );
    expect(rows).toEqual([{ role: 'authenticator', claims: '' }]);
  });
});
