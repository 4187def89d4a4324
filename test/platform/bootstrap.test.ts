/** The bootstrap itself: twice, on two databases, on foreign ground, by halves. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { DbkitError } from '../../src/errors.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import { applyPlatform } from '../../src/postgres/platform/apply-platform.ts';
import { bootstrapDatabase, standInVersion } from '../../src/postgres/platform/bootstrap-database.ts';
import { bootstrapRoles } from '../../src/postgres/platform/bootstrap-roles.ts';
import { recognisePlatform, standInMark } from '../../src/postgres/platform/recognise.ts';
import type { EmbeddedServer } from '../../src/postgres/server.ts';
import { startServer } from '../harness/start-server.ts';
import { testDatabase } from '../harness/test-database.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';

async function open(settings: ConnectionSettings): Promise<Connection> {
  const connection = await connect(settings, { applicationName: 'dbkit test' });
  onTestFinished(() => connection.close());
  return connection;
}

async function newDatabase(server: EmbeddedServer, name: string): Promise<Connection> {
  const maintenance = await open(server.adminSettings('postgres'));
  await maintenance.run(`create database ${name}`);
  return open(server.adminSettings(name));
}

const supabase = { platform: 'supabase' } as const;

describe('a second time', () => {
  it('changes nothing, to the last row of the catalog', async () => {
    const db = await testDatabase(supabase);
    const admin = await db.connectAsAdmin();
    const before = await catalogSnapshot(admin);
    const report = await applyPlatform(admin, supabase);
    expect(report.changed).toEqual([]);
    expect(await catalogSnapshot(admin)).toEqual(before);
  });

  it('keeps the mode of the default privileges unless told another, and goes from each to the other', async () => {
    const db = await testDatabase({ ...supabase, defaultPrivileges: 'legacy' });
    const admin = await db.connectAsAdmin();
    const mode = async () => (await recognisePlatform(admin)).defaultPrivileges;
    await applyPlatform(admin, supabase);
    expect(await mode()).toBe('legacy');
    const legacy = (await catalogSnapshot(admin)).pg_default_acl;
    const there = await applyPlatform(admin, { ...supabase, defaultPrivileges: 'revoked' });
    expect([there.changed, await mode()]).toEqual([['default privileges in public: revoked'], 'revoked']);
    const back = await applyPlatform(admin, { ...supabase, defaultPrivileges: 'legacy' });
    expect([back.changed, await mode()]).toEqual([['default privileges in public: legacy'], 'legacy']);
    expect((await catalogSnapshot(admin)).pg_default_acl?.split(' ')[0]).toBe(legacy?.split(' ')[0]);
  });

  it('mends the owner that a clone of a template lost', async () => {
    const db = await testDatabase(supabase);
    const admin = await db.connectAsAdmin();
    await admin.run(`alter database ${db.name} owner to supabase_admin`);
    expect((await applyPlatform(admin, supabase)).changed).toEqual([`database ${db.name}: owner and grants`]);
  });
});

it('names everything it makes the first time', async () => {
  const db = await testDatabase({ ...supabase, bootstrapped: false });
  const admin = await db.connectAsAdmin();
  await bootstrapRoles(admin);
  const report = await bootstrapDatabase(admin);
  expect(report.changed).toContain('schema auth');
  expect(report.changed).toContain('default privileges in public: revoked');
  expect(report.unfaithful).toEqual([]);
  expect(await recognisePlatform(admin)).toEqual({
    platform: 'supabase',
    hosted: false,
    standIn: standInVersion,
    defaultPrivileges: 'revoked',
    supautils: null,
  });
});

it('says when an older dbkit made the stand-in, and leaves it', async () => {
  const db = await testDatabase(supabase);
  const admin = await db.connectAsAdmin();
  await admin.run(`comment on schema auth is '${standInMark(0)}'`);
  const report = await applyPlatform(admin, supabase);
  expect(report).toMatchObject({ changed: [], unfaithful: [expect.stringContaining('older dbkit (version 0')] });
});

it('notes a major that Supabase does not run', async () => {
  const db = await testDatabase(supabase);
  const admin = await db.connectAsAdmin();
  const major = Math.floor(admin.serverVersion / 10000);
  const { notes } = await applyPlatform(admin, supabase);
  expect(notes.some((note) => note.includes(`this is ${major}`))).toBe(major !== 15 && major !== 17);
});

it('does nothing for the platform postgres, and recognises it', async () => {
  const db = await testDatabase();
  const session = await db.connect();
  const before = await catalogSnapshot(session);
  await applyPlatform(session, { platform: 'postgres' });
  expect(await catalogSnapshot(session)).toEqual(before);
  const found = await recognisePlatform(session);
  expect(found).toMatchObject({ platform: 'postgres', hosted: false, standIn: null, supautils: null });
});

describe('in one cluster', () => {
  it('two databases at once, by two sessions each, on a fresh server', async () => {
    const server = await startServer(supabase);
    const sessions = [await newDatabase(server, 'orders'), await newDatabase(server, 'clinic')];
    sessions.push(await open(server.adminSettings('orders')), await open(server.adminSettings('clinic')));
    const reports = await Promise.all(sessions.map((session) => applyPlatform(session, supabase)));
    const made = reports.flatMap((report) => report.changed);
    expect(made.filter((what) => what === 'schema auth')).toHaveLength(2);
    expect(made.filter((what) => what === 'role authenticator')).toHaveLength(1);
    for (const session of sessions) expect((await recognisePlatform(session)).standIn).toBe(standInVersion);
  });
});

describe('a server whose superuser is postgres', () => {
  it('gets what it can have, and hears what is not faithful', async () => {
    const server = await startServer();
    const admin = await newDatabase(server, 'orders');
    const report = await applyPlatform(admin, supabase);
    expect(report.unfaithful).toEqual([expect.stringContaining('`postgres` is a superuser here')]);
    const { rows } = await admin.query(
      `select (select rolsuper from pg_roles where rolname = 'postgres') as superuser,
         has_table_privilege('anon', 'storage.objects', 'SELECT') as granted,
         (select pg_get_userbyid(relowner) from pg_class where oid = 'auth.users'::regclass) as owner,
         (select count(*)::int from pg_auth_members where member = to_regrole('postgres')) as memberships`,
    );
    expect(rows).toEqual([{ superuser: true, granted: true, owner: 'supabase_auth_admin', memberships: 0 }]);
    const before = await catalogSnapshot(admin);
    expect((await applyPlatform(admin, supabase)).changed).toEqual([]);
    expect(await catalogSnapshot(admin)).toEqual(before);
  });
});

describe('brings back', () => {
  it('what somebody changed of the roles, and leaves the settings they added', async () => {
    const server = await startServer(supabase);
    const admin = await newDatabase(server, 'orders');
    await applyPlatform(admin, supabase);
    await admin.run(`
      alter role anon bypassrls login; grant supabase_auth_admin to postgres; revoke anon from authenticator;
      alter role authenticated reset all; alter role authenticator set pgrst.db_schemas = 'app';
      create role clerk; grant clerk to authenticator`);
    const { changed } = await bootstrapRoles(admin);
    expect(changed).toEqual([
      'role anon: nologin nobypassrls',
      'authenticator in anon',
      'supabase_auth_admin taken from postgres',
      'setting statement_timeout of authenticated',
    ]);
    const { rows } = await admin.query(
      `select rolconfig @> '{pgrst.db_schemas=app}' as kept, pg_has_role('authenticator', 'clerk', 'MEMBER') as clerk
       from pg_roles where rolname = 'authenticator'`,
    );
    expect(rows).toEqual([{ kept: true, clerk: true }]);
  });
});

describe('refuses', () => {
  it('a session that is no superuser', async () => {
    const server = await startServer(supabase);
    const plain = await newDatabase(server, 'orders');
    await plain.run('create role clerk login createrole createdb');
    const clerk = await open({ ...server.adminSettings('orders'), user: 'clerk' });
    const error = await bootstrapRoles(clerk).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DbkitError);
    expect(error).toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE', message: expect.stringContaining('clerk') });
  });

  it('schemas of the same name that somebody else made, and leaves everything as it was', async () => {
    const db = await testDatabase({ ...supabase, bootstrapped: false });
    const admin = await db.connectAsAdmin();
    await admin.run(
      'create schema auth; create function auth.uid() returns uuid language sql as $$ select null::uuid $$',
    );
    await bootstrapRoles(admin);
    const before = await catalogSnapshot(admin);
    await expect(bootstrapDatabase(admin)).rejects.toMatchObject({
      code: 'PLATFORM_UNFAITHFUL',
      message: expect.stringContaining('auth'),
    });
    expect(await catalogSnapshot(admin)).toEqual(before);
  });
});
