/** `dbkit migrate check --allow-unordered`: both orders are run, and what was proven is accepted by `up`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';
import { tablePair } from './project.ts';

const identity = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
};

/** The base has 01 and 03; 02 is new. */
async function branchWith(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder('repository');
  const folder = join(cwd, 'migrations');
  mkdirSync(folder);
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd, env: identity, encoding: 'utf8' });
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(more)) writeFileSync(join(folder, file), text);
  };
  writeFileSync(join(cwd, 'dbkit.config.json'), '{}');
  git('init', '-q', '-b', 'main');
  write({
    ...tablePair('01', 'doctors'),
    '03_b.up.sql': 'alter table doctors add b int; alter table doctors add constraint named check (b > 0)',
    '03_b.down.sql': 'alter table doctors drop b',
  });
  git('add', '-A');
  git('commit', '-q', '-m', 'base');
  write(files);
  const server = await testDatabase();
  const check = (...args: readonly string[]) =>
    runCli(['migrate', 'check', '--base', 'main', '--json', ...args], { cwd, env: identity });
  const prove = () => check('--allow-unordered', '--scratch', server.url);
  return { cwd, folder, git, write, check, prove };
}

it('is accepted where both orders end in one schema, recorded, and then applied without the flag', async () => {
  const branch = await branchWith({
    '02_a.up.sql': 'alter table doctors add a int',
    '02_a.down.sql': 'alter table doctors drop a',
  });
  const refused = await branch.check();
  expect(JSON.parse(refused.stdout)).toMatchObject({ exitCode: 1, result: { faults: [{ kind: 'out-of-order' }] } });

  const proven = JSON.parse((await branch.prove()).stdout);
  expect(proven).toMatchObject({
    ok: true,
    result: {
      faults: [],
      order: {
        files: ['01_doctors', '02_a', '03_b'],
        applied: ['01_doctors', '03_b', '02_a'],
        equal: true,
        recorded: false,
      },
      // Told, and no reason to refuse: select * alone sees it.
      notes: [expect.stringContaining('doctors'), expect.stringContaining('.order.json')],
    },
  });
  expect(JSON.parse(readFileSync(join(branch.folder, '.order.json'), 'utf8'))).toMatchObject({
    version: 1,
    proven: [{ name: '02_a', after: { '03_b': expect.stringMatching(/^[0-9a-f]{64}$/) } }],
  });
  // Without the flag the record decides, and nothing runs.
  expect(JSON.parse((await branch.check()).stdout)).toMatchObject({ ok: true, result: { order: { recorded: true } } });

  const db = await testDatabase();
  const up = (...args: readonly string[]) =>
    runCli(['migrate', 'up', '--json', '--database-url', db.url, ...args], { cwd: branch.cwd });
  branch.git('stash', '-q', '-u');
  await up();
  branch.git('stash', 'pop', '-q');
  expect(JSON.parse((await up()).stdout)).toMatchObject({ ok: true, result: { ran: [{ name: '02_a' }] } });
  const sql = await db.connect();
  const { rows } = await sql.query(`select detail->>'unordered' as unordered from dbkit.event where subject = '02_a'`);
  expect(rows).toEqual([{ unordered: 'proven' }]);
});

it('holds for the texts that were proven only, and for what they were proven to come after', async () => {
  const branch = await branchWith({
    '02_a.up.sql': 'alter table doctors add a int',
    '02_a.down.sql': 'alter table doctors drop a',
  });
  await branch.prove();
  branch.write({ '02_a.up.sql': 'alter table doctors add a bigint' });
  expect(JSON.parse((await branch.check()).stdout)).toMatchObject({ exitCode: 1 });
  branch.write({ '02_a.up.sql': 'alter table doctors add a int', ...tablePair('04', 'wards') });
  const db = await testDatabase();
  const up = (...args: readonly string[]) =>
    runCli(['migrate', 'up', '--json', '--database-url', db.url, ...args], { cwd: branch.cwd });
  branch.git('add', 'migrations/04_wards.up.sql', 'migrations/04_wards.down.sql');
  branch.git('commit', '-q', '-m', 'more');
  branch.git('stash', '-q', '-u');
  await up();
  branch.git('stash', 'pop', '-q');
  expect(JSON.parse((await up()).stdout).error).toMatchObject({
    code: 'MIGRATION_OUT_OF_ORDER',
    hint: expect.stringContaining('dbkit migrate check --base'),
  });
  expect(JSON.parse((await up('--allow-unordered')).stdout)).toMatchObject({ ok: true });
});

it('is refused with what differs, and where one order does not run', async () => {
  const names = {
    '02_a.up.sql': 'alter table doctors add c int; alter table doctors add constraint named_2 check (c > 0)',
  };
  const branch = await branchWith({
    // One order finds the table under its first name, the other one has it renamed by then.
    '02_a.up.sql': `do $$ begin
      if exists (select from pg_attribute where attrelid = 'doctors'::regclass and attname = 'b')
      then alter table doctors add c int; else alter table doctors add c bigint; end if; end $$`,
    '02_a.down.sql': 'alter table doctors drop c',
  });
  const { result } = JSON.parse((await branch.prove()).stdout);
  expect(result.faults).toMatchObject([
    { kind: 'out-of-order' },
    { kind: 'order', details: [expect.stringContaining('column public.doctors.c')] },
  ]);
  expect(result.renames).toHaveLength(2);
  branch.write({ ...names, '02_a.up.sql': 'alter table doctors add b int' });
  const failed = JSON.parse((await branch.prove()).stdout);
  expect(failed).toMatchObject({ exitCode: 1, error: null });
  expect(failed.result.faults[1]).toMatchObject({
    kind: 'order',
    message: expect.stringContaining('in the order of their names'),
    details: [],
  });
});

it('takes the order that the journal of a target tells', async () => {
  const branch = await branchWith({
    '02_a.up.sql': 'alter table doctors add a int',
    '02_a.down.sql': 'alter table doctors drop a',
    ...tablePair('00', 'early'),
  });
  const db = await testDatabase();
  branch.git('add', 'migrations/00_early.up.sql', 'migrations/00_early.down.sql');
  branch.git(
    'stash',
    'push',
    '-q',
    '-u',
    '--',
    'migrations/02_a.up.sql',
    'migrations/02_a.down.sql',
    'migrations/00_early.up.sql',
    'migrations/00_early.down.sql',
  );
  await runCli(['migrate', 'up', '1', '--database-url', db.url], { cwd: branch.cwd });
  branch.git('stash', 'pop', '-q');
  const { stdout } = await branch.check('--allow-unordered', '--scratch', db.url, '--database-url', db.url);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    result: { order: { seenBy: 'target', applied: ['01_doctors', '00_early', '02_a', '03_b'] } },
  });
});
