/** Local auth is opened and closed by the owner alone, and never open where the auth service is. */
import { describe, expect, it } from 'vitest';
import { migrateTo } from '../../src/migrate/migrate.ts';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import { readCatalog } from './catalog-snapshot.ts';
import { options, referenceDatabase } from './reference-database.ts';

const refused = '42501';
const enable = 'select public.enable_local_auth()';
const disable = 'select public.disable_local_auth()';
const signUp = (email: string) => `select sign_up('${email}', 'a long password') as id`;
const signIn = (email: string) => `select * from sign_in('${email}', 'a long password')`;
const asAnon = (sql: Connection, statement: string) =>
  withActor(sql, { role: 'anon' }, (session) => session.query(statement));

const closed = [
  'authenticated definer.touch_session(text)',
  'authenticated touch_session(text)',
  'service_role definer.touch_session(text)',
  'service_role touch_session(text)',
];
const opened = [
  ...closed,
  ...['definer.touch_session(text)', 'touch_session(text)'].map((name) => `anon ${name}`),
  ...['anon', 'authenticated'].flatMap((role) =>
    ['sign_in(text,text,text)', 'sign_up(text,text)'].flatMap((name) => [`${role} ${name}`, `${role} definer.${name}`]),
  ),
].sort();

/** Who may call what of it. */
async function callable(sql: Connection): Promise<readonly string[]> {
  const { rows } = await sql.query<{ who: string }>(
    `select format('%s %s', r, p.oid::regprocedure) as who from unnest('{anon,authenticated,service_role}'::text[]) r, pg_proc p
    where p.proname in ('sign_up', 'sign_in', 'touch_session') and has_function_privilege(r, p.oid, 'EXECUTE')`,
  );
  return rows.map(({ who }) => who).sort();
}

describe.each(['revoked', 'legacy'] as const)('with default privileges %s', (defaultPrivileges) => {
  it('it is closed, opens, and closes, as often as one says so', async () => {
    const { sql } = await referenceDatabase({ defaultPrivileges });
    expect(await callable(sql)).toEqual(closed);
    for (const statement of [enable, enable]) {
      await sql.run(statement);
      expect(await callable(sql)).toEqual(opened);
    }
    for (const statement of [disable, disable]) {
      await sql.run(statement);
      expect(await callable(sql)).toEqual(closed);
    }
  });
});

it('is closed inside too, whatever a grant says', async () => {
  const { sql } = await referenceDatabase();
  await sql.run(`${enable}; ${signUp('ada@example.test')}; ${disable};
    grant execute on function public.sign_up(text, text), definer.sign_up(text, text), public.sign_in(text, text, text),
      definer.sign_in(text, text, text) to anon`);
  await expect(asAnon(sql, signUp('bob@example.test'))).rejects.toMatchObject({ code: '55000' });
  expect((await asAnon(sql, signIn('ada@example.test'))).rows).toEqual([]);
});

it('none of it is for a role of the API, and what is inside never', async () => {
  const { sql, signUp: makeAccount, outcome } = await referenceDatabase();
  const ada = await makeAccount();
  await sql.run(enable);
  for (const statement of [
    enable,
    disable,
    `select private.password_matches('x', null)`,
    `select private.password_hash('x')`,
    `select private.count_failure('account', 'x')`,
    `select private.throttle_key('account', 'x')`,
    `select private.plain_address('x')`,
    'select private.local_auth_is_open()',
    'select private.auth_service_is_installed()',
    'select * from private.local_auth',
    'update private.local_auth set enabled_at = now() where true',
    'select * from private.sign_in_throttles',
    'delete from private.sign_in_throttles where true',
  ]) {
    for (const actor of ['anon', ada, 'service_role']) expect(await outcome(actor, statement), statement).toBe(refused);
  }
  for (const statement of [signUp('bob@example.test'), signIn('bob@example.test')]) {
    expect(await outcome('service_role', statement)).toBe(refused);
  }
});

it('stays open since when it was when it is opened again, and keeps the header unless another is named', async () => {
  const { sql } = await referenceDatabase();
  const state = async () =>
    (
      await sql.query(
        'select enabled_at, name from private.local_auth left join private.trusted_address_header on true',
      )
    ).rows;
  await sql.run(`select public.enable_local_auth('X-Real-IP')`);
  const before = await state();
  expect(before).toEqual([{ enabled_at: expect.any(Date), name: 'x-real-ip' }]);
  await sql.run(enable);
  expect(await state()).toEqual(before);
  await sql.run(`select public.enable_local_auth('CF-Connecting-IP')`);
  expect(await state()).toEqual([{ ...before[0], name: 'cf-connecting-ip' }]);
  await expect(sql.run(`select public.enable_local_auth('no header')`)).rejects.toMatchObject({ code: 'PT422' });
});

it.each([
  ['wrote down its migrations', `insert into auth.schema_migrations values ('20260101000000')`, ''],
  ['comes with supautils', '', `set supautils.policy_grants = '{"postgres": ["auth.users"]}'`],
])('where the auth service %s it can not be opened, and a dump that has it open is closed', async (_, mark, here) => {
  const { db, sql } = await referenceDatabase();
  await sql.run(enable);
  await asAnon(sql, signUp('ada@example.test'));
  expect((await asAnon(sql, signIn('ada@example.test'))).rows).toHaveLength(1);
  await (await db.connectAsAdmin()).run(mark);
  await sql.run(here);
  await expect(sql.run(enable)).rejects.toMatchObject({ code: '55000' });
  await expect(asAnon(sql, signUp('bob@example.test'))).rejects.toMatchObject({ code: '55000' });
  expect((await asAnon(sql, signIn('ada@example.test'))).rows).toEqual([]);
});

it('can not be opened while the auth service is connected', async () => {
  const { db, sql } = await referenceDatabase();
  const service = await connect(
    { ...db.adminSettings, user: 'supabase_auth_admin' },
    { applicationName: 'dbkit test' },
  );
  await expect(sql.run(enable)).rejects.toMatchObject({ code: '55000' });
  await service.close();
});

it('a rollback from when it was open leaves nothing of it, and keeps the accounts', async () => {
  const before = await referenceDatabase({ to: '20260202090100_sessions' });
  const catalog = await readCatalog(before.sql);
  const { sql, context } = await referenceDatabase({ to: '20260202090200_local_auth' });
  await sql.run(`select public.enable_local_auth('X-Real-IP')`);
  await asAnon(sql, signUp('ada@example.test'));
  expect((await asAnon(sql, signIn('ada@example.test'))).rows).toHaveLength(1);
  await migrateTo({ ...options, name: '20260202090100_sessions' }, context);
  expect(await readCatalog(sql)).toEqual(catalog);
  expect((await sql.query('select email from auth.users join public.sessions on user_id = users.id')).rows).toEqual([
    { email: 'ada@example.test' },
  ]);
});
