/** Both modes of the default privileges, by what the API roles can do with a new table, sequence and function. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { DefaultPrivileges } from '../../src/postgres/platform/default-privileges.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { attempt } from './attempt.ts';

const tablePrivileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'];
const apiRoles = ['anon', 'authenticated', 'service_role'];

interface Effect {
  readonly table: string;
  readonly sequence: string;
  readonly function: boolean;
}

async function effectOn(session: Connection, role: string, schema: string): Promise<Effect> {
  const held = async (kind: string, object: string, privileges: readonly string[]) => {
    const { rows } = await session.query<{ privilege: string }>(
      `select p as privilege from unnest($1::text[]) with ordinality u(p, n)
       where has_${kind}_privilege($2, $3, p) order by n`,
      [privileges, role, object],
    );
    return rows.map((row) => row.privilege).join(' ');
  };
  const known = tablePrivileges.filter((name) => name !== 'MAINTAIN' || session.serverVersion >= 170000);
  return {
    table: await held('table', `${schema}.orders`, known),
    sequence: await held('sequence', `${schema}.numbers`, ['USAGE', 'SELECT', 'UPDATE']),
    function: (await held('function', `${schema}.total()`, ['EXECUTE'])) !== '',
  };
}

const make = (schema: string) => `
  create table ${schema}.orders (id int primary key);
  create sequence ${schema}.numbers;
  create function ${schema}.total() returns int language sql as 'select 1';`;

const expected: Record<DefaultPrivileges, (since17: string) => Effect> = {
  legacy: (maintain) => ({
    table: `SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER${maintain}`,
    sequence: 'USAGE SELECT UPDATE',
    function: true,
  }),
  // What stays open on Supabase too; a stand-in that closed it would prove too much.
  revoked: (maintain) => ({ table: `TRUNCATE REFERENCES TRIGGER${maintain}`, sequence: 'UPDATE', function: true }),
};

describe.each(['legacy', 'revoked'] as const)('%s', (mode) => {
  let db: TestDatabase;
  let session: Connection;
  let maintain: string;

  beforeAll(async () => {
    db = await testDatabase({ platform: 'supabase', defaultPrivileges: mode });
    session = await db.connect();
    maintain = session.serverVersion >= 170000 ? ' MAINTAIN' : '';
    await session.run(`${make('public')} create schema private; ${make('private')}`);
    await session.run('create function public.guarded() returns int language sql as $$select 1$$');
  });
  afterAll(() => db.drop());

  it.each(apiRoles)('what postgres makes in public, for %s', async (role) => {
    expect(await effectOn(session, role, 'public')).toEqual(expected[mode](maintain));
  });

  it.each(apiRoles)('nothing of another schema, for %s', async (role) => {
    const { rows } = await session.query<{ usage: boolean }>(
      `select has_schema_privilege($1, 'private', 'USAGE') as usage`,
      [role],
    );
    expect(rows[0]?.usage).toBe(false);
    expect(await effectOn(session, role, 'private')).toEqual({ table: '', sequence: '', function: true });
  });

  it('what supabase_admin makes in public is open in both modes', async () => {
    const admin = await db.connectAsAdmin();
    await admin.run('create table public.made_by_admin (id int)');
    const { rows } = await admin.query<{ readable: boolean }>(
      `select has_table_privilege('anon', 'public.made_by_admin', 'SELECT') as readable`,
    );
    expect(rows[0]?.readable).toBe(true);
  });

  it('what another role makes in public gives nothing', async () => {
    const admin = await db.connectAsAdmin();
    await admin.run('grant create on schema public to dashboard_user');
    await admin.run('set role dashboard_user; create table public.by_dashboard (id int); reset role');
    const { rows } = await admin.query<{ readable: boolean }>(
      `select has_table_privilege('anon', 'public.by_dashboard', 'SELECT') as readable`,
    );
    expect(rows[0]?.readable).toBe(false);
  });

  it.each(apiRoles)('%s reads a new table', async (role) => {
    expect(await attempt(session, 'select * from public.orders', role)).toBe(mode === 'legacy' ? 'ok' : '42501');
  });

  it.each(apiRoles)('%s can still empty it and push its sequence', async (role) => {
    expect(await attempt(session, 'truncate public.orders', role)).toBe('ok');
    expect(await attempt(session, `select nextval('public.numbers'), setval('public.numbers', 9)`, role)).toBe('ok');
  });

  it('taking EXECUTE from PUBLIC alone closes a function only where the roles hold no grant of their own', async () => {
    const guard =
      'revoke execute on function public.guarded() from public; set local role anon; select public.guarded()';
    expect(await attempt(session, guard)).toBe(mode === 'legacy' ? 'ok' : '42501');
  });
});
