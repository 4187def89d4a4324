import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DoctorReport } from '../../src/doctor/report.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';

/** The report in a folder of its own, with its checks by name. */
async function doctor(args: readonly string[], given: { cwd?: string; env?: Record<string, string> } = {}) {
  const { cwd = temporaryFolder('doctor'), env = {} } = given;
  const { status, stdout, stderr } = await runCli(['doctor', '--json', ...args], { cwd, env });
  const document = JSON.parse(stdout) as { readonly ok: boolean; readonly result: DoctorReport };
  const check = (name: string) => document.result.checks.find((one) => one.name === name);
  return { status, stderr, stdout, ok: document.ok, report: document.result, check, cwd };
}

function projectWith(files: Readonly<Record<string, string>>): string {
  const cwd = temporaryFolder('doctor');
  mkdirSync(join(cwd, 'migrations'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

describe('in an empty folder', () => {
  it('explains that nothing is there yet, and makes nothing', async () => {
    const { status, check, cwd } = await doctor([]);
    expect(status).toBe(0);
    expect(check('config')).toMatchObject({
      state: 'ok',
      message: expect.stringContaining('every setting has its default'),
    });
    expect(check('target')).toMatchObject({ state: 'ok', message: expect.stringContaining('not made yet') });
    expect(check('node')).toMatchObject({ state: 'ok', message: process.versions.node });
    expect(check('embedded server')?.state).toBe('ok');
    expect(check('marker')).toBeUndefined();
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('the config', () => {
  it('that cannot be read is a fault with every reason, beside the checks that need none', async () => {
    const cwd = projectWith({ 'dbkit.config.json': '{ "app": 3, "migratons": "here" }' });
    const { status, ok, check } = await doctor([], { cwd });
    expect({ status, ok }).toEqual({ status: 1, ok: false });
    expect(check('config')?.state).toBe('fail');
    expect(check('config')?.message).toMatch(/2 faults.*app.*did you mean "migrations"/);
    expect(check('target')?.state).toBe('skipped');
    expect(check('node')?.state).toBe('ok');
  });

  it('that is there is named', async () => {
    const cwd = projectWith({ 'dbkit.config.json': '{}' });
    expect((await doctor([], { cwd })).check('config')).toEqual({
      name: 'config',
      state: 'ok',
      message: join(cwd, 'dbkit.config.json'),
      hint: null,
    });
  });
});

describe('the target', () => {
  it('that does not answer is a fault that hides nothing else and shows no password', async () => {
    const { status, check, report, stdout } = await doctor([
      '--database-url',
      'postgresql://clerk:geheim@127.0.0.1:1/shop',
    ]);
    expect(status).toBe(1);
    expect(report.target).toBeNull();
    expect(check('target')).toMatchObject({ state: 'fail', message: expect.stringContaining('127.0.0.1:1') });
    expect(check('node')?.state).toBe('ok');
    expect(stdout).not.toContain('geheim');
  });

  it('that cannot be chosen is a fault with what to do', async () => {
    const { status, check } = await doctor([], { env: { CI: 'true' } });
    expect(status).toBe(1);
    expect(check('target')).toMatchObject({ state: 'fail', hint: expect.stringContaining('--target embedded') });
  });

  it('that two sources name differently is to be looked at', async () => {
    const { url } = await testDatabase();
    const other = 'postgresql://elsewhere.example/shop';
    const { check } = await doctor(['--database-url', url], { env: { DATABASE_URL: other } });
    expect(check('target')?.state).toBe('ok');
    expect(check('sources')).toMatchObject({ state: 'warn', message: expect.stringContaining('elsewhere.example') });
  });
});

describe('the database', () => {
  it('that is new lacks a marker and the schema dbkit, and gets neither', async () => {
    const db = await testDatabase();
    const { status, check, report } = await doctor(['--database-url', db.url]);
    expect(status).toBe(0);
    expect(report.target?.database).toBe(db.name);
    expect(check('target')?.message).toContain('named by --database-url');
    expect(check('server')?.message).toMatch(/^PostgreSQL \d+\.\d+, platform postgres$/);
    expect(check('marker')).toMatchObject({ state: 'warn', hint: 'dbkit db mark <environment>' });
    expect(check('schema dbkit')).toMatchObject({ state: 'ok', message: expect.stringContaining('not there yet') });
    expect(check('pooler')).toMatchObject({ state: 'ok', message: expect.stringContaining('none') });
    expect(check('role')?.message).toContain('a superuser');
    expect(check('migrations')).toMatchObject({ state: 'warn', hint: expect.stringContaining('dbkit migrate new') });
    const { rows } = await (await db.connect()).query(`select 1 from pg_catalog.pg_namespace where nspname = 'dbkit'`);
    expect(rows).toEqual([]);
  });

  it('that is another environment than the one chosen is at fault', async () => {
    const db = await testDatabase();
    const environments = { staging: { url: db.url }, production: { url: 'env:PRODUCTION_URL' } };
    const cwd = projectWith({ 'dbkit.config.json': JSON.stringify({ environments }) });
    await runCli(['db', 'mark', 'production', '--database-url', db.url], { cwd: temporaryFolder('elsewhere') });
    const { status, check } = await doctor(['--env', 'staging'], { cwd });
    expect(status).toBe(1);
    expect(check('marker')).toMatchObject({
      state: 'fail',
      message: 'the database says it is production, the config says staging',
    });
  });

  it('whose schema dbkit is newer is at fault', async () => {
    const db = await testDatabase();
    expect(
      (await runCli(['db', 'bootstrap', '--database-url', db.url], { cwd: temporaryFolder('doctor') })).status,
    ).toBe(0);
    expect((await doctor(['--database-url', db.url])).check('schema dbkit')?.state).toBe('ok');
    await (await db.connect()).run(`insert into dbkit.schema_version (version, dbkit_version) values (99, '9.0.0')`);
    const { status, check } = await doctor(['--database-url', db.url]);
    expect(status).toBe(1);
    expect(check('schema dbkit')).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('version 99'),
      hint: 'npm install --save-dev dbkit@latest',
    });
  });

  it('tells a role that may not make the schema whom to ask', async () => {
    const db = await testDatabase();
    const role = `clerk_${randomBytes(6).toString('hex')}`;
    const admin = await db.connectAsAdmin();
    await admin.run(`create role ${role} login`);
    onTestFinished(async () => void (await admin.run(`drop role ${role}`)));
    const { check } = await doctor(['--database-url', db.url.replace('postgres@', `${role}@`)]);
    expect(check('role')?.message).toBe('not a superuser, it is held by row-level security');
    expect(check('schema dbkit')).toMatchObject({ state: 'warn', hint: expect.stringContaining('bootstrap --print') });
  });

  it('has pending migrations, or some whose file was edited', async () => {
    const db = await testDatabase();
    const cwd = projectWith({
      'migrations/01_orders.up.sql': 'create table orders ();',
      'migrations/01_orders.down.sql': 'drop table orders;',
    });
    const look = async () => (await doctor(['--database-url', db.url], { cwd })).check('migrations');
    expect(await look()).toMatchObject({ state: 'ok', message: '0 applied, 1 pending', hint: 'dbkit migrate up' });
    await runCli(['migrate', 'up', '--database-url', db.url], { cwd });
    expect(await look()).toMatchObject({ state: 'ok', message: '1 applied, 0 pending', hint: null });
    writeFileSync(join(cwd, 'migrations/01_orders.up.sql'), 'create table orders (id int);');
    expect(await look()).toMatchObject({ state: 'fail', message: expect.stringContaining('01_orders') });
  });
});

describe('the machine', () => {
  it('has no pg_dump where DBKIT_PG_BIN says', async () => {
    const { status, check } = await doctor([], { env: { DBKIT_PG_BIN: '/nowhere' } });
    expect(status).toBe(0);
    expect(check('pg_dump')).toMatchObject({ state: 'warn', hint: expect.any(String) });
  });

  it('has one that is new enough', async () => {
    const bin = temporaryFolder('bin');
    writeFileSync(join(bin, 'pg_dump'), '#!/bin/sh\necho "pg_dump (PostgreSQL) 18.4"\n');
    chmodSync(join(bin, 'pg_dump'), 0o755);
    const { check } = await doctor([], { env: { DBKIT_PG_BIN: bin } });
    expect(check('pg_dump')).toMatchObject({ state: 'ok', message: expect.stringContaining(bin) });
  });

  it('would commit secrets, until git is told not to', async () => {
    const cwd = projectWith({ '.env': 'SECRET=geheim\n' });
    expect((await doctor([], { cwd })).check('git')).toMatchObject({
      state: 'skipped',
      message: 'not a git repository',
    });
    expect(spawnSync('git', ['init', '-q', cwd]).status).toBe(0);
    expect((await doctor([], { cwd })).check('git')).toMatchObject({ state: 'warn', hint: 'add to .gitignore: .env' });
    writeFileSync(join(cwd, '.gitignore'), '.env\n');
    expect((await doctor([], { cwd })).check('git')).toMatchObject({ state: 'ok', message: '.env is ignored' });
    mkdirSync(join(cwd, '.dbkit', 'postgres'), { recursive: true });
    expect((await doctor([], { cwd })).check('git')).toMatchObject({
      state: 'warn',
      hint: 'add to .gitignore: .dbkit',
    });
    writeFileSync(join(cwd, '.dbkit', '.gitignore'), '*\n');
    expect((await doctor([], { cwd })).check('git')).toMatchObject({
      state: 'ok',
      message: '.env and .dbkit are ignored',
    });
  });

  it('has a .env that cannot be read: a fault, as it might name the target', async () => {
    const cwd = projectWith({});
    mkdirSync(join(cwd, '.env'));
    const { status, check } = await doctor([], { cwd });
    expect(status).toBe(1);
    expect(check('target')).toMatchObject({ state: 'fail', message: expect.stringContaining('.env') });
  });
});

it('prints its checks in one order, each with what to type next, and the sum', async () => {
  const { url } = await testDatabase();
  const { stdout, status } = await runCli(['doctor', '--database-url', url], { cwd: temporaryFolder('doctor') });
  expect(status).toBe(0);
  const names = [...stdout.matchAll(/^[✓!✗·] ([a-z_ ]+?) {2}/gm)].map(([, name]) => name);
  expect(names.slice(0, 8)).toEqual([
    'config',
    'target',
    'server',
    'marker',
    'pooler',
    'role',
    'schema dbkit',
    'migrations',
  ]);
  expect(stdout).toContain('next: dbkit db mark <environment>');
  expect(stdout).toMatch(/0 at fault, \d to look at\n$/);
});
