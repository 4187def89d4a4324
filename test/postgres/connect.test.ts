import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import { startServer } from '../harness/start-server.ts';
import { testDatabase } from '../harness/test-database.ts';

/** A role of this test's own: roles belong to the whole cluster. */
async function testRole(db: Awaited<ReturnType<typeof testDatabase>>, options = ''): Promise<string> {
  const role = `test_${randomBytes(6).toString('hex')}`;
  const admin = await connect(db.adminSettings, { applicationName: 'test' });
  await admin.run(`create role ${role} ${options}`);
  onTestFinished(async () => {
    await admin.run(`drop owned by ${role}; drop role ${role}`);
    await admin.close();
  });
  return role;
}

describe('a session', () => {
  it('knows the process and the version of its server', async () => {
    const session = await (await testDatabase()).connect();
    const { rows } = await session.query<{ pid: number; version: string }>(
      `select pg_catalog.pg_backend_pid() as pid, pg_catalog.current_setting('server_version_num') as version`,
    );
    expect(rows).toEqual([{ pid: session.processId, version: String(session.serverVersion) }]);
    expect(session.lost).toBeNull();
  });

  it('answers one statement with parameters, and many without', async () => {
    const session = await (await testDatabase()).connect();
    expect(await session.query('select $1::int + 1 as two', [1])).toEqual({
      rows: [{ two: 2 }],
      rowCount: 1,
      command: 'SELECT',
    });
    expect(
      await session.run('create table orders (id int); insert into orders values (1), (2); select * from orders'),
    ).toEqual([
      { rows: [], rowCount: 0, command: 'CREATE' },
      { rows: [], rowCount: 2, command: 'INSERT' },
      { rows: [{ id: 1 }, { id: 2 }], rowCount: 2, command: 'SELECT' },
    ]);
    expect(await session.run('')).toEqual([{ rows: [], rowCount: 0, command: '' }]);
  });

  it('gives values the types that pg gives them', async () => {
    const session = await (await testDatabase()).connect();
    const { rows } = await session.query(
      `select 1::int8 as big, 1.50::numeric as exact, '2026-01-02T03:04:05Z'::timestamptz as at, '{"a":1}'::jsonb as doc, '{1,2}'::int[] as list`,
    );
    expect(rows).toEqual([
      { big: '1', exact: '1.50', at: new Date('2026-01-02T03:04:05Z'), doc: { a: 1 }, list: [1, 2] },
    ]);
  });

  it('hands an error of the server on as it is, and lives on', async () => {
    const session = await (await testDatabase()).connect();
    await expect(session.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    await expect(session.run('select 1; selec 2')).rejects.toMatchObject({ code: '42601', position: '11' });
    expect((await session.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('passes notices on', async () => {
    const db = await testDatabase();
    const notices: string[] = [];
    const session = await connect(db.settings, { applicationName: 'test', onNotice: (text) => notices.push(text) });
    await session.run(`do $$ begin raise notice 'hello %', 1; end $$`);
    await session.close();
    expect(notices).toEqual(['hello 1']);
  });

  it('is named after the command, unless the user gave a name', async () => {
    const db = await testDatabase();
    for (const [applicationName, expected] of [
      [null, 'dbkit migrate up'],
      ['mine', 'mine'],
    ] as const) {
      const session = await connect({ ...db.settings, applicationName }, { applicationName: 'dbkit migrate up' });
      expect((await session.query(`select pg_catalog.current_setting('application_name') as name`)).rows).toEqual([
        { name: expected },
      ]);
      await session.close();
    }
  });

  it('takes its options from its settings, and none from the variables of the process', async () => {
    const db = await testDatabase();
    vi.stubEnv('PGOPTIONS', '-c statement_timeout=1234');
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const [options, expected] of [
      [null, '0'],
      ['-c statement_timeout=4321', '4321ms'],
    ] as const) {
      const session = await connect({ ...db.settings, options }, { applicationName: 'test' });
      expect((await session.query('show statement_timeout')).rows).toEqual([{ statement_timeout: expected }]);
      await session.close();
    }
  });

  it('can be closed twice, and says so when it is used after', async () => {
    const session = await (await testDatabase()).connect();
    await session.close();
    await session.close();
    expect(session.lost).toBeNull();
    await expect(session.query('select 1')).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringMatching(/is closed$/),
    });
    await session.cancel();
  });
});

describe('cancel', () => {
  it('ends the running statement, and the session goes on', async () => {
    const db = await testDatabase();
    const [session, observer] = [await db.connect(), await db.connect()];
    const sleeping = session.query('select pg_catalog.pg_sleep(600)').catch((error: unknown) => error);
    const look = `select from pg_catalog.pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`;
    while ((await observer.query(look, [session.processId])).rows.length === 0);
    await session.cancel();
    expect(await sleeping).toMatchObject({ code: '57014' });
    expect((await session.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('of an idle session changes nothing', async () => {
    const session = await (await testDatabase()).connect();
    await session.cancel();
    expect((await session.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('a lost session', () => {
  it('ended by an administrator: the statement is CONNECTION_LOST, with the reason', async () => {
    const db = await testDatabase();
    const [session, admin] = [await db.connect(), await db.connectAsAdmin()];
    const sleeping = session.query('select pg_catalog.pg_sleep(600)').catch((error: unknown) => error);
    await admin.query('select pg_catalog.pg_terminate_backend($1, 10000)', [session.processId]);
    expect(await sleeping).toMatchObject({
      code: 'CONNECTION_LOST',
      exitCode: 3,
      message: expect.stringMatching(/was lost: terminating connection due to administrator command$/),
    });
    expect(session.lost).toMatchObject({ code: '57P01' });
    await expect(session.query('select 1')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await session.cancel();
    await session.close();
  });

  it('while nothing runs: the process lives, the next statement says it', async () => {
    const db = await testDatabase();
    const [session, admin] = [await db.connect(), await db.connectAsAdmin()];
    await admin.query('select pg_catalog.pg_terminate_backend($1, 10000)', [session.processId]);
    await expect.poll(() => session.lost).not.toBeNull();
    await expect(session.run('select 1')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('by the end of the server', async () => {
    const server = await startServer();
    const session = await connect(server.settings('postgres'), { applicationName: 'test' });
    const sleeping = session.query('select pg_catalog.pg_sleep(600)').catch((error: unknown) => error);
    await server.release();
    expect(await sleeping).toMatchObject({ code: 'CONNECTION_LOST', exitCode: 3 });
    await expect(connect(server.settings('postgres'), { applicationName: 'test' })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      exitCode: 3,
      message: `cannot connect to ${join(server.dataDirectory)}:5432/postgres: no socket there`,
    });
  });
});

describe('what cannot be opened', () => {
  it('a database that does not exist', async () => {
    const { settings } = await testDatabase();
    await expect(connect({ ...settings, database: 'absent' }, { applicationName: 'test' })).rejects.toMatchObject({
      code: 'DATABASE_NOT_FOUND',
      exitCode: 2,
      message: expect.stringMatching(/\/absent as postgres: database "absent" does not exist$/),
    });
  });

  it('a login that does not exist', async () => {
    const { settings } = await testDatabase();
    await expect(connect({ ...settings, user: 'absent' }, { applicationName: 'test' })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      exitCode: 2,
    });
  });

  it('a database that the login may not enter', async () => {
    const db = await testDatabase();
    const role = await testRole(db, 'login');
    const admin = await db.connectAsAdmin();
    await admin.run(`revoke connect on database ${db.name} from public`);
    await expect(connect({ ...db.settings, user: role }, { applicationName: 'test' })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      hint: `grant connect on database "${db.name}" to "${role}"`,
    });
  });

  it('after the signal', async () => {
    const { settings } = await testDatabase();
    await expect(connect(settings, { applicationName: 'test', signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
      exitCode: 130,
    });
  });
});

describe('role', () => {
  it('is taken after connecting, and stays', async () => {
    const db = await testDatabase();
    const role = await testRole(db);
    const session = await connect({ ...db.adminSettings, role }, { applicationName: 'test' });
    await session.run('begin; rollback');
    const { rows } = await session.query('select current_user::text as now, session_user::text as login');
    await session.close();
    expect(rows).toEqual([{ now: role, login: db.adminSettings.user }]);
  });

  it.each(['a"b', 'Größe; drop table x'])('%s is a name, quoted', async (role) => {
    const db = await testDatabase();
    await expect(connect({ ...db.settings, role }, { applicationName: 'test' })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      exitCode: 2,
    });
  });

  it('that the login may not take', async () => {
    const db = await testDatabase();
    const [login, owner] = [await testRole(db, 'login'), await testRole(db)];
    await expect(
      connect({ ...db.settings, user: login, role: owner }, { applicationName: 'test' }),
    ).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      message: expect.stringContaining(`${login} cannot take the role "${owner}"`),
      hint: expect.stringContaining(`grant "${owner}" to "${login}"`),
    });
  });
});
