/** Guessing passwords: how many are looked at, and that neither time nor the table tells which addresses have an account. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const refused = '42501';

let reference: ReferenceDatabase;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  // The password of everybody is `right`, and looking at it costs nothing: what is tested is who gets to look.
  await reference.sql.run(`select public.enable_local_auth();
    create or replace function private.password_matches(p_password text, p_hash text) returns boolean
      language sql as $$ select p_password = 'right' and p_hash is not null $$`);
  [ada, bob] = [await account(), await account()];
});
afterAll(() => reference.db.drop());
beforeEach(() =>
  reference.sql.run('delete from private.sign_in_throttles; select public.trust_address_header($$x-real-ip$$)'),
);

async function account(): Promise<string> {
  const id = await reference.signUp();
  await reference.sql.query(
    `update auth.users set email_confirmed_at = now(), encrypted_password = '$2a$10$' || repeat('x', 53) where id = $1`,
    [id],
  );
  return `${id}@example.test`;
}

const signIn = async (email: string, password: string, headers: Readonly<Record<string, string>> = {}) => {
  const actor: Actor = { role: 'anon', headers };
  const statement = 'select * from sign_in($1, $2)';
  const { rowCount } = await withActor(reference.sql, actor, (session) => session.query(statement, [email, password]));
  return rowCount === 1 ? 'in' : 'out';
};
const guess = async (times: number, email: string, headers = {}) => {
  for (let made = 0; made < times; made += 1) expect(await signIn(email, 'wrong', headers)).toBe('out');
};
const throttles = async () =>
  (
    await reference.sql.query<{ kind: string; failures: number; window_start: Date }>(
      'select kind, failures, window_start from private.sign_in_throttles order by kind, failures',
    )
  ).rows;
const age = (interval: string) =>
  reference.sql.query('update private.sign_in_throttles set window_start = window_start - $1::interval', [interval]);

describe('PostgREST, which undoes a request that asked for a single object and finds no row, the record of the guess included', () => {
  const body = (aggregate: string) =>
    `with pgrst_source as (select * from public.sign_in($1, $2))
    select coalesce(${aggregate}, 'null')::text as body from (select * from pgrst_source) _postgrest_t`;
  const answer = async (statement: string, headers = {}) => {
    const actor: Actor = { role: 'anon', headers };
    const { rows } = await withActor(reference.sql, actor, (session) => session.query(statement, [ada, 'right']));
    return JSON.stringify(rows).includes('token') ? 'in' : 'out';
  };

  it.each([
    ['an object', 'json_agg(_postgrest_t)->0'],
    ['an object without what is null', 'json_strip_nulls(json_agg(_postgrest_t)->0)'],
    ['an object (PostgREST 10)', '(json_agg(_postgrest_t)->0)::text'],
  ])('lets nobody in who asks for %s, whatever the headers say', async (_, aggregate) => {
    expect(await answer(body(aggregate), { accept: '*/*' })).toBe('out');
    expect(await throttles()).toEqual([]);
  });

  it.each([
    { accept: 'application/vnd.pgrst.object+json' },
    { accept: 'text/csv;q=0.5, Application/vnd.pgrst.Object+json;nulls=stripped' },
    { accept: 'application/vnd.pgrst.object' },
    { prefer: 'return=representation, tx=rollback' },
  ])('lets nobody in with the headers %j', async (headers) => {
    expect(await answer('select * from public.sign_in($1, $2)', headers)).toBe('out');
    expect(await throttles()).toEqual([]);
  });

  it.each([
    { accept: 'application/json' },
    { accept: 'application/vnd.pgrst.array+json' },
    { prefer: 'tx=commit' },
    {},
  ])('lets in who asks for a list, with the headers %j', async (headers) => {
    expect(await answer(body('json_agg(_postgrest_t)'), headers)).toBe('in');
  });

  it.each(['', 'no json', '[]', '"text"', '{"accept": {}}'])(
    'with %j for headers, all is as without',
    async (headers) => {
      await reference.sql.run(`begin; set local request.headers = '${headers}'`);
      expect((await reference.sql.query(`select from sign_in($1, 'right')`, [ada])).rowCount).toBe(1);
      await reference.sql.run('rollback');
    },
  );
});

describe('an account', () => {
  it('is closed to the right password too after ten wrong ones, until the window is over', async () => {
    await guess(10, ada);
    expect(await signIn(ada, 'right')).toBe('out');
    await age('14 minutes 50 seconds');
    expect(await signIn(ada, 'right')).toBe('out');
    await age('10 seconds');
    expect(await signIn(ada, 'right')).toBe('in');
    expect(await throttles()).toMatchObject([{ kind: 'account', failures: 0 }]);
  });

  it('is closed again after ten more in the next window, which begins with the first of them', async () => {
    await guess(3, ada);
    await age('15 minutes');
    await guess(10, ada);
    expect(await signIn(ada, 'right')).toBe('out');
    const { rows } = await reference.sql.query(
      `select failures, window_start > now() - interval '14 minutes' as anew from private.sign_in_throttles`,
    );
    expect(rows).toEqual([{ failures: 11, anew: true }]);
  });

  it('is open after nine, and a success gives no more guesses than there were', async () => {
    await guess(9, ada);
    expect(await signIn(ada, 'right')).toBe('in');
    expect(await signIn(ada, 'right')).toBe('in');
    await guess(1, ada);
    expect(await signIn(ada, 'right')).toBe('out');
  });

  it('that is closed is not kept closed by further attempts', async () => {
    await guess(10, ada);
    const [before] = await throttles();
    await guess(5, ada);
    expect(await throttles()).toMatchObject([{ failures: 15, window_start: before?.window_start }]);
  });

  it('is one, however its address is written', async () => {
    await guess(5, ada.toUpperCase());
    await guess(5, ` ${ada}\n`);
    expect(await signIn(ada, 'right')).toBe('out');
    expect(await throttles()).toMatchObject([{ failures: 11 }]);
  });

  it('is closed by itself: others are not', async () => {
    await guess(10, ada);
    expect(await signIn(bob, 'right')).toBe('in');
  });

  it('keeps the sessions that it has, and the service can still open one', async () => {
    const actor = { role: 'service_role' };
    const statement = 'select token from start_session_for($1)';
    const { rows } = await withActor(reference.sql, actor, (session) => session.query(statement, [ada.split('@')[0]]));
    await guess(10, ada);
    expect(await reference.outcome('anon', 'select * from touch_session($1)', [rows[0]?.token])).toBe(1);
    expect(await reference.outcome('service_role', statement, [ada.split('@')[0]])).toBe(1);
  });

  it('whose row is locked is closed for that time: nobody waits, nothing is raised', async () => {
    await guess(1, ada);
    const other = await reference.db.connect();
    await other.run(
      `set idle_in_transaction_session_timeout = '5s'; begin; select from private.sign_in_throttles for update`,
    );
    expect(await signIn(ada, 'right')).toBe('out');
    await other.run('rollback');
    expect(await signIn(ada, 'right')).toBe('in');
    expect(await throttles()).toMatchObject([{ failures: 1 }]);
  });

  it('whose password is being changed is not entered with the old one', async () => {
    const service = await reference.db.connect();
    await service.run(`begin; update auth.users set encrypted_password = '$2a$10$' || repeat('y', 53)`);
    const old = signIn(ada, 'right');
    await service.run(`
      do $$ begin
        -- Until it waits for us.
        for attempt in 1 .. 2000 loop
          exit when exists (select from pg_locks where not granted and transactionid = pg_current_xact_id()::xid);
          perform pg_sleep(0.001);
        end loop;
      end $$; commit`);
    expect(await old).toBe('out');
    expect(await signIn(ada, 'right')).toBe('in');
  });
});

describe('nobody', () => {
  it('is counted like somebody', async () => {
    await guess(3, 'nobody@example.test');
    expect(await throttles()).toMatchObject([{ kind: 'nobody', failures: 3 }]);
  });

  it('does not fill the table, however many addresses are made up', async () => {
    // All begin with the same two bytes: such addresses share a row.
    const definition = 'select pg_get_functiondef($$private.throttle_key(text,text)$$::regprocedure) as text';
    const { rows } = await reference.sql.query<{ text: string }>(definition);
    await reference.sql.run(`
      create or replace function private.throttle_key(p_kind text, p_value text) returns bytea language sql as $$
        select case p_kind when 'email' then '\\xabcd'::bytea else ''::bytea end || sha256(convert_to(p_kind || p_value, 'UTF8'))
      $$`);
    for (const name of ['grace', 'edsger', 'linus']) await guess(1, `${name}@example.test`);
    expect(await throttles()).toMatchObject([{ kind: 'nobody', failures: 3 }]);
    await reference.sql.run(rows[0]?.text ?? '');
  });

  it('takes as much work as anybody, whatever the hash costs', async () => {
    const { db, sql } = await referenceDatabase();
    const admin = await db.connectAsAdmin();
    await admin.run(`
      create table public.work (cost integer);
      grant insert on public.work to postgres;
      alter function extensions.crypt(text, text) rename to real_crypt;
      create function extensions.crypt(text, text) returns text language sql as $$
        insert into public.work values (split_part($2, '$', 3)::integer);
        select extensions.real_crypt($1, regexp_replace($2, '[$]..[$]', '$04$'));
      $$`);
    for (const cost of [null, '04', '05', '08', '09', '10']) {
      await sql.query('select private.password_matches($1, $2)', [
        'wrong',
        cost === null ? null : `$2a$${cost}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW`,
      ]);
      const { rows } = await admin.query('delete from public.work returning cost');
      expect(
        rows.reduce((sum, row) => sum + 2 ** Number(row.cost), 0),
        `${cost}`,
      ).toBe(1024);
    }
  });

  it('has the work done, and at a closed door too', async () => {
    await reference.sql.run('create table public.looked (hashed boolean)');
    const looking = (body: string) =>
      reference.sql.run(`create or replace function private.password_matches(p_password text, p_hash text) returns boolean
        language sql as $$ ${body} select p_password = 'right' and p_hash is not null $$`);
    await looking('insert into public.looked values (p_hash is not null);');
    await guess(12, ada);
    await guess(12, 'nobody@example.test');
    const { rows } = await reference.sql.query(
      'select hashed, count(*)::integer from public.looked group by 1 order by 1',
    );
    expect(rows).toEqual([
      { hashed: false, count: 12 },
      { hashed: true, count: 12 },
    ]);
    await looking('');
  });
});

describe('an address that a trusted proxy tells', () => {
  const from = (address: string) => ({ 'X-Real-IP': address });
  const fail = (address: string, failures: number) =>
    reference.sql.query(
      `insert into private.sign_in_throttles values (private.throttle_key('address', $1), 'address', $2, now())`,
      [address, failures],
    );

  it('is closed after a hundred failures, at whichever account, and the accounts stay open to others', async () => {
    await fail('203.0.113.7/32', 98);
    await guess(1, ada, from('203.0.113.7'));
    await guess(1, 'nobody@example.test', from('203.0.113.7'));
    expect(await signIn(ada, 'right', from('203.0.113.7'))).toBe('out');
    expect(await signIn(bob, 'right', from('203.0.113.7'))).toBe('out');
    expect(await signIn(ada, 'right', from('203.0.113.8'))).toBe('in');
    // Refused at the door: it neither counts against the account nor against the address.
    expect(await throttles()).toMatchObject([
      { kind: 'account', failures: 1 },
      { kind: 'address', failures: 100 },
      { kind: 'nobody', failures: 1 },
    ]);
    await age('15 minutes');
    expect(await signIn(ada, 'right', from('203.0.113.7'))).toBe('in');
  });

  it('does not count successes', async () => {
    expect(await signIn(ada, 'right', from('203.0.113.7'))).toBe('in');
    expect(await throttles()).toMatchObject([{ kind: 'account', failures: 0 }]);
  });

  it('of version 6 is one with the network that it can move in', async () => {
    await fail('2001:db8:0:1::/64', 100);
    expect(await signIn(ada, 'right', from('2001:db8:0:1:ffff::7'))).toBe('out');
    expect(await signIn(ada, 'right', from('2001:db8:0:2::7'))).toBe('in');
  });

  it('of version 4 is not one with all others when it is written as one of version 6', async () => {
    await fail('203.0.113.7/32', 100);
    expect(await signIn(ada, 'right', from('::ffff:203.0.113.7'))).toBe('out');
    expect(await signIn(ada, 'right', from('::ffff:203.0.113.8'))).toBe('in');
  });

  it('is the end of a list, whatever the client put in front of it', async () => {
    await guess(1, ada, from('192.0.2.66, 203.0.113.7'));
    await guess(1, ada, from('192.0.2.67, 203.0.113.7'));
    expect((await throttles()).filter(({ kind }) => kind === 'address')).toMatchObject([{ failures: 2 }]);
  });

  it('is not what other headers say, and without a header nobody is counted', async () => {
    const spoofed = { 'X-Forwarded-For': '192.0.2.1', Forwarded: 'for=192.0.2.1', 'True-Client-IP': '192.0.2.1' };
    await guess(1, ada, spoofed);
    await reference.sql.run('select public.trust_address_header(null)');
    await guess(1, ada, { ...spoofed, ...from('192.0.2.1') });
    expect(await throttles()).toMatchObject([{ kind: 'account', failures: 2 }]);
  });
});

it('purge_sign_in_throttles is the service’s, and takes what no longer counts', async () => {
  await reference.sql.run(`insert into private.sign_in_throttles values
    ('\\x00', 'address', 200, now() - interval '15 minutes'), ('\\x01', 'account', 3, now() - interval '14 minutes')`);
  for (const actor of ['anon', ada.split('@')[0] ?? '']) {
    expect(await reference.outcome(actor, 'select purge_sign_in_throttles()')).toBe(refused);
  }
  const purge = async () =>
    withActor(reference.sql, { role: 'service_role' }, async (session) => {
      return (await session.query('select purge_sign_in_throttles() as purged')).rows[0]?.purged;
    });
  expect(await purge()).toBe(1);
  expect(await purge()).toBe(0);
  expect(await throttles()).toMatchObject([{ kind: 'account', failures: 3 }]);
});
