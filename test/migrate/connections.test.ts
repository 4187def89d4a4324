/** What can be wrong with the way to the database, through the command line. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { migrateUp } from '../../src/migrate/migrate.ts';
import { connect } from '../../src/postgres/connect.ts';
import { quoteLiteral } from '../../src/postgres/quote.ts';
import type { CliResult } from '../harness/run-cli.ts';
import { runCli, startCli } from '../harness/run-cli.ts';
import { startServer } from '../harness/start-server.ts';
import { urlOf } from '../harness/test-database.ts';
import { failureOf, gatedPair, migrationProject, tablePair, targetOn, untilRunning } from './project.ts';

/** Special in URLs, in shells and in regular expressions. */
const password = `p@ss/w:rd?#[1]%&='"$^\\ +ü`;

function errorOf({ stdout }: CliResult): { readonly code: string; readonly message: string; readonly hint: string } {
  return JSON.parse(stdout).error;
}

it.each([
  ['unreachable host', { host: '127.0.0.1', port: 1 }, 3, 'UNREACHABLE'],
  ['database that does not exist', { database: 'nowhere' }, 2, 'DATABASE_NOT_FOUND'],
])('%s', async (_what, change, status, code) => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  const url = urlOf({ ...project.db.settings, ...change });
  const result = await runCli(['migrate', 'up', '--json', '--database-url', url], {
    cwd: await project.commandLineFolder(),
  });
  expect([result.status, errorOf(result)]).toMatchObject([status, { code, hint: expect.any(String) }]);
});

it('wrong password, and a right one with special characters: neither shows in any output', {
  timeout: 60_000,
}, async () => {
  const server = await startServer();
  const hba = `${server.dataDirectory}/pg_hba.conf`;
  const before = await readFile(hba, 'utf8');
  await writeFile(hba, `local all ann scram-sha-256\n${before}`);
  const project = await migrationProject(tablePair('01', 'doctors'));
  const admin = await connect(server.adminSettings('postgres'), { applicationName: 'test' });
  await admin.run(`create role ann login superuser password ${quoteLiteral(password)}; select pg_reload_conf()`);
  await admin.close();
  const cwd = await project.commandLineFolder();
  const at = (secret: string) => urlOf({ ...server.settings('postgres'), user: 'ann', password: secret });
  const outputs: string[] = [];
  const run = async (url: string, ...more: string[]) => {
    const results = [
      await runCli(['migrate', ...more, '--verbose', '--database-url', url], { cwd }),
      await runCli(['migrate', ...more, '--json'], { cwd, env: { DATABASE_URL: url } }),
    ];
    outputs.push(...results.flatMap(({ stdout, stderr }) => [stdout, stderr]));
    return results;
  };
  const [, wrong] = await run(at(`${password}x`), 'up');
  expect([wrong?.status, wrong && errorOf(wrong)]).toMatchObject([2, { code: 'AUTHENTICATION_FAILED' }]);
  expect((await run(at(password), 'up')).map(({ status }) => status)).toEqual([0, 0]);
  expect((await run(at(password), 'status')).map(({ status }) => status)).toEqual([0, 0]);
  await project.write({ '02_a.up.sql': 'select nothing', '02_a.down.sql': 'select 1' });
  expect((await run(at(password), 'up')).map(({ status }) => status)).toEqual([2, 2]);
  for (const output of outputs) {
    expect(output).not.toContain(password);
    expect(output).not.toContain(encodeURIComponent(password));
    expect(output).not.toContain(JSON.stringify(password).slice(1, -1));
  }
});

it.each([
  [
    'a transaction',
    gatedPair('02', 'nurses'),
    'the journal knows which stand',
    '02_nurses is either done or not at all: the journal knows',
  ],
  [
    'a statement without one',
    {
      '02_nurses.up.sql': `-- dbkit:transaction off\n${Object.values(gatedPair('02', 'nurses'))[0]}`,
      '02_nurses.down.sql': 'drop table nurses',
    },
    'they stand',
    expect.stringContaining('02_nurses runs without a transaction'),
  ],
])(
  'server gone in the middle of %s: says what stands, and the next run goes on',
  { timeout: 60_000 },
  async (_what, files, before, detail) => {
    const server = await startServer();
    const project = await migrationProject({ ...tablePair('01', 'doctors'), ...files });
    const settings = server.adminSettings('postgres');
    const watcher = await connect(settings, { applicationName: 'test' });
    await watcher.run('create table gate ()');
    const context = { ...project.context, db: targetOn(settings) };
    const failed = failureOf(migrateUp(project.options, context));
    await untilRunning(watcher, 'from public.gate');
    const postmaster = Number((await readFile(`${server.dataDirectory}/postmaster.pid`, 'utf8')).split('\n')[0]);
    process.kill(postmaster, 'SIGQUIT');
    const error = await failed;
    expect(error).toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('the connection was lost during up of 02_nurses'),
      details: [`1 of 2 applied before it: ${before}`, detail],
    });
    expect(error.exitCode).toBe(3);
  },
);

it('goes on after a session was terminated', async () => {
  const project = await migrationProject({ ...tablePair('01', 'doctors'), ...gatedPair('02', 'nurses') });
  await project.sql.run('create table gate ()');
  const failed = failureOf(migrateUp(project.options, project.context));
  await untilRunning(project.sql, 'from public.gate');
  await project.sql.run(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like '%from public.gate%' and pid <> pg_backend_pid()`,
  );
  expect(await failed).toMatchObject({ code: 'CONNECTION_LOST' });
  await project.sql.run('insert into gate default values');
  expect((await migrateUp(project.options, project.context)).ran.map(({ name }) => name)).toEqual(['02_nurses']);
});

it('stops when the session that holds the run lock is gone', async () => {
  const project = await migrationProject({ ...gatedPair('01', 'doctors'), ...tablePair('02', 'nurses') });
  await project.sql.run('create table gate ()');
  const failed = failureOf(migrateUp(project.options, project.context));
  await untilRunning(project.sql, 'from public.gate');
  await project.sql.run(
    `select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
     where l.locktype = 'advisory' and d.datname = current_database()`,
  );
  await project.sql.run('insert into gate default values');
  expect(await failed).toMatchObject({
    code: 'CONNECTION_LOST',
    message: expect.stringContaining('the session that held the run lock is gone'),
  });
  expect(await project.tables()).toEqual(['doctors', 'gate']);
});

it('a role without the rights: told what to type, and nothing is left', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  const admin = await project.db.connectAsAdmin();
  const role = `reader_${project.db.name}`;
  await admin.run(`create role ${role} login`);
  try {
    const result = await runCli(
      ['migrate', 'up', '--json', '--database-url', urlOf({ ...project.db.settings, user: role })],
      {
        cwd: await project.commandLineFolder(),
      },
    );
    expect([result.status, errorOf(result)]).toMatchObject([
      2,
      { code: 'INSUFFICIENT_PRIVILEGE', hint: expect.stringContaining('dbkit db bootstrap --print') },
    ]);
    const status = await runCli(
      ['migrate', 'status', '--database-url', urlOf({ ...project.db.settings, user: role })],
      {
        cwd: await project.commandLineFolder(),
      },
    );
    expect(status).toMatchObject({ status: 0, stdout: expect.stringContaining('1 pending') });
  } finally {
    await admin.run(`drop role ${role}`);
  }
});

it('asks before it goes down on a database without a marker', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  const cwd = await project.commandLineFolder();
  const run = (...more: string[]) => runCli(['migrate', ...more, '--json', '--database-url', project.db.url], { cwd });
  expect((await run('up')).status).toBe(0);
  const asked = await run('down');
  expect([asked.status, errorOf(asked)]).toMatchObject([2, { code: 'CONFIRMATION_NEEDED' }]);
  expect(errorOf(await run('to', 'zero'))).toMatchObject({
    hint: 'type: dbkit migrate to zero --database-url <the same> --yes',
  });
  expect((await run('down', '--yes')).status).toBe(0);
  expect(await project.tables()).toEqual([]);
});

it('ends at once at the second Ctrl-C', async () => {
  const project = await migrationProject(gatedPair('01', 'doctors'));
  await project.sql.run('create table gate ()');
  const blocker = await project.db.connect();
  const run = startCli(['migrate', 'up', '--database-url', project.db.url], { cwd: await project.commandLineFolder() });
  await untilRunning(project.sql, 'from public.gate');
  await blocker.run('select 1');
  run.kill('SIGINT');
  await run.untilStderr('interrupting');
  run.kill('SIGINT');
  expect((await run.result).status).toBe(130);
});
