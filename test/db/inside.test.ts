import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HistoryReport } from '../../src/db/report.ts';
import { connect } from '../../src/postgres/connect.ts';
import { runCli } from '../harness/run-cli.ts';
import { startServer } from '../harness/start-server.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase, urlOf } from '../harness/test-database.ts';

async function room(config: object = {}) {
  const cwd = temporaryFolder('inside');
  writeFileSync(join(cwd, 'dbkit.config.json'), JSON.stringify(config));
  const db = await testDatabase();
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runCli([...args, '--database-url', db.url], { cwd, env });
  return { cwd, db, run };
}

describe('db bootstrap', () => {
  it('makes the schema dbkit once, and says where', async () => {
    const { run, db } = await room();
    const first = await run(['db', 'bootstrap']);
    expect(first).toMatchObject({ status: 0, stdout: 'made schema dbkit, version 2\n' });
    expect(first.stderr).toContain(`target: ${db.name} on `);
    expect((await run(['db', 'bootstrap'])).stdout).toBe('nothing to do: all of it is there\n');
  });

  it('prints SQL that does the same, for whoever may run it', async () => {
    const { run, db } = await room();
    const { stdout, status } = await run(['db', 'bootstrap', '--print']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^begin;/);
    await (await db.connectAsAdmin()).run(stdout);
    expect((await run(['db', 'bootstrap'])).stdout).toBe('nothing to do: all of it is there\n');
  });

  it('makes no roles on a server that is not its own unless asked, whatever the config says', async () => {
    const { db } = await room();
    const cwd = temporaryFolder('room');
    writeFileSync(join(cwd, 'dbkit.config.json'), '{ "platform": "supabase" }');
    const { status, stdout } = await runCli(['db', 'bootstrap', '--database-url', db.url], { cwd });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'made schema dbkit, version 2\n' });
    const { rows } = await (await db.connect()).query(`select rolname from pg_roles where rolname = 'anon'`);
    expect(rows).toEqual([]);
  });

  // Roles belong to the whole cluster: a server of its own.
  it('does what it can where the superuser is postgres, and says what is not as on Supabase', async () => {
    const url = urlOf((await startServer()).settings('postgres'));
    const bootstrap = (...args: string[]) =>
      runCli(['db', 'bootstrap', '--platform', 'supabase', '--database-url', url, ...args]);
    const { status, stdout } = await bootstrap();
    expect(status).toBe(0);
    expect(stdout).toContain('made schema auth\n');
    expect(stdout).toContain('! not as on Supabase: `postgres` is a superuser here');
    const again = JSON.parse((await bootstrap('--json')).stdout).result;
    expect(again).toMatchObject({ changed: [], target: { platform: 'supabase' } });
    expect(again.unfaithful).toHaveLength(1);
  });

  it('changes nothing, not even roles, where auth is not of its making', async () => {
    const server = await startServer();
    const admin = await connect(server.adminSettings('postgres'), { applicationName: 'dbkit test' });
    onTestFinished(() => admin.close());
    await admin.run('create schema auth; create table auth.accounts ()');
    const url = urlOf(server.settings('postgres'));
    const { status, stderr } = await runCli(['db', 'bootstrap', '--platform', 'supabase', '--database-url', url]);
    expect(status).toBe(2);
    expect(stderr).toContain('PLATFORM_UNFAITHFUL database postgres has schemas that dbkit did not make: auth');
    const { rows } = await admin.query(
      `select nspname::text as name from pg_catalog.pg_namespace where nspname in ('auth', 'storage', 'dbkit')
       union all select rolname::text from pg_catalog.pg_roles where rolname in ('anon', 'supabase_admin')`,
    );
    expect(rows).toEqual([{ name: 'auth' }]);
  });

  it('is refused to a role that is no superuser, where a platform is wanted', async () => {
    const { run, db } = await room();
    const role = `clerk_${randomBytes(6).toString('hex')}`;
    const admin = await db.connectAsAdmin();
    await admin.run(`create role ${role} login`);
    onTestFinished(async () => void (await admin.run(`drop role ${role}`)));
    const url = urlOf({ ...db.settings, user: role });
    const { status, stderr } = await runCli(['db', 'bootstrap', '--platform', 'supabase', '--database-url', url]);
    expect(status).toBe(2);
    expect(stderr).toContain(`INSUFFICIENT_PRIVILEGE ${role} is no superuser`);
    expect((await run(['db', 'history'])).stdout).toBe('No events of app default.\n');
  });

  it.each([
    ['--platform', 'firebase', 'postgres, supabase'],
    ['--default-privileges', 'none', 'revoked, legacy'],
  ])('knows no %s %s', async (flag, value, allowed) => {
    const { status, stderr } = await runCli(['db', 'bootstrap', flag, value]);
    expect(status).toBe(2);
    expect(stderr).toContain(allowed);
  });
});

describe('db mark', () => {
  const environments = { staging: { url: 'env:STAGING_URL' }, production: { url: 'env:PRODUCTION_URL' } };

  it('stores the name, once, and asks before it stores another', async () => {
    const { run } = await room();
    expect(await run(['db', 'mark', 'staging'])).toMatchObject({
      status: 0,
      stdout: 'the database is marked as staging\n',
    });
    expect((await run(['db', 'mark', 'staging'])).stdout).toBe('the database was marked as staging already\n');
    const asked = await run(['db', 'mark', 'production']);
    expect(asked.status).toBe(2);
    expect(asked.stderr).toContain('CONFIRMATION_NEEDED this database is marked as staging');
    expect(asked.stderr.split('next:')[1]).toContain('dbkit db mark --database-url <the same> production --yes');
    const { stdout } = await run(['db', 'mark', 'production', '--yes']);
    expect(stdout).toBe('the database is marked as production, no longer as staging\n');
    expect((await run(['migrate', 'new', 'x', '--sql'])).status).toBe(0);
    expect((await run(['migrate', 'up'])).stderr).toContain('marker production');
  });

  it('takes no name that the config does not know: a misspelt one would be protected by nothing', async () => {
    const { run } = await room({ environments });
    const { status, stderr } = await run(['db', 'mark', 'prodution']);
    expect(status).toBe(2);
    expect(stderr.split('next:')[1]).toContain('did you mean "production"?');
  });

  it('takes no other name than that of the environment whose target this is', async () => {
    const { run, db } = await room({ environments });
    const { status, stderr } = await run(['db', 'mark', 'staging'], { PRODUCTION_URL: db.url });
    expect(status).toBe(2);
    expect(stderr).toContain('this is the target of environment "production"');
  });

  it('leaves the marker alone when the name is empty', async () => {
    const { run } = await room();
    expect((await run(['db', 'mark', ''])).stderr).toContain('USAGE the name of the environment is empty');
  });
});

describe('db history', () => {
  const pipeline = {
    DBKIT_ACTOR: 'ada',
    GITHUB_SHA: '0123abcd',
    GITHUB_SERVER_URL: 'https://git.example.org',
    GITHUB_REPOSITORY: 'shop/db',
    GITHUB_RUN_ID: '7',
  };

  async function shop() {
    const given = await room();
    mkdirSync(join(given.cwd, 'migrations'));
    writeFileSync(join(given.cwd, 'migrations/01_or|ders.up.sql'), 'create table orders ();');
    writeFileSync(join(given.cwd, 'migrations/01_or|ders.down.sql'), 'drop table orders;');
    const steps = [
      ['db', 'mark', 'staging'],
      ['migrate', 'up'],
      ['migrate', 'down'],
      ['migrate', 'baseline', '01'],
    ];
    for (const args of [...steps, ['migrate', 'repair', '01', '--forget']])
      expect((await given.run(args, pipeline)).status, args.join(' ')).toBe(0);
    const events = async (...args: string[]) => {
      const { stdout } = await given.run(['db', 'history', '--json', ...args]);
      return (JSON.parse(stdout).result as HistoryReport).events;
    };
    return { ...given, events };
  }

  it('tells every kind of event, in order, with who, where from and what before and after', async () => {
    const { run, events } = await shop();
    const all = await events();
    expect(all.map(({ event, subject }) => [event, subject])).toEqual([
      ['mark', 'staging'],
      ['up', '01_or|ders'],
      ['down', '01_or|ders'],
      ['baseline', '01_or|ders'],
      ['repair', '01_or|ders'],
    ]);
    for (const event of all) {
      expect(event).toMatchObject({
        app: 'default',
        actor: 'ada',
        commit: '0123abcd',
        runUrl: 'https://git.example.org/shop/db/actions/runs/7',
        sessionRole: 'postgres',
      });
      expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    }
    const [, up, down] = all;
    expect(up?.checksumBefore).toBeNull();
    expect(up?.checksumAfter).toMatch(/^[0-9a-f]{64}$/);
    expect(down?.checksumBefore).toBe(up?.checksumAfter);
    expect(down?.checksumAfter).toBeNull();

    const table = (await run(['db', 'history'])).stdout.split('\n');
    expect(table[0]).toContain('| at | event | subject | role | actor |');
    expect(table).toHaveLength(2 + all.length + 1);
    // Cells stay cells whatever a file is called.
    expect(table[3]).toContain('| 01_or\\|ders | postgres | ada | 0123abcd |');
    const list = JSON.parse((await run(['db', 'history', '--format', 'json'])).stdout);
    expect(list).toEqual(all);
  });

  it('begins where --since says, and tells of the marker to every app', async () => {
    const { run, events, cwd } = await shop();
    const [, second] = await events();
    expect((await events('--since', second?.at ?? '')).length).toBeGreaterThanOrEqual(3);
    expect(await events('--since', '2999-01-01')).toEqual([]);
    expect((await run(['db', 'history', '--since', '2999-01-01'])).stdout).toBe(
      'No events of app default since 2999-01-01T00:00:00.000Z.\n',
    );
    writeFileSync(join(cwd, 'dbkit.config.json'), '{ "app": "billing" }');
    expect((await events()).map(({ event }) => event)).toEqual(['mark']);
  });

  it('is empty where dbkit was never used, and makes nothing', async () => {
    const { run, db } = await room();
    expect(await run(['db', 'history'])).toMatchObject({ status: 0, stdout: 'No events of app default.\n' });
    const { rows } = await (await db.connect()).query(`select 1 from pg_catalog.pg_namespace where nspname = 'dbkit'`);
    expect(rows).toEqual([]);
  });
});
