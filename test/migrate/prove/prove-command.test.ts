/** `dbkit migrate prove` as a pipeline calls it. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../../harness/run-cli.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { testDatabase } from '../../harness/test-database.ts';

function project(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder('prove-project');
  mkdirSync(join(cwd, 'migrations'));
  // An ordinary role makes no others.
  writeFileSync(join(cwd, 'dbkit.config.json'), JSON.stringify({ scratch: { superuser: true } }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'migrations', name), text);
  // A target in the environment is not asked, nor even looked at.
  const env = { DATABASE_URL: 'postgresql://nobody@localhost:1/none' };
  return { cwd, run: (...args: string[]) => runCli(['migrate', 'prove', ...args], { cwd, env }) };
}

it('exits 1 with what is wrong, keeps what was proven, and prints one document', async () => {
  const { cwd, run } = project({
    '01_roles.up.sql': 'create role prove_reader;',
    '01_roles.down.sql': 'drop role prove_reader;',
    '02_forgets.up.sql': 'create role prove_writer; create table shop (id int primary key);',
    '02_forgets.down.sql': '-- dbkit:lossy the shop\ndrop table shop;',
  });
  const first = await run();
  expect(first.status).toBe(1);
  expect(first.stdout).toMatch(/^✓ 01_roles {4}proven {2}\d+ ms$/m);
  expect(first.stdout).toMatch(/^✗ 02_forgets {2}failed {2}\d+ ms$/m);
  expect(first.stdout).toContain('      role prove_writer is new');
  expect(first.stdout).toContain('1 proven, 1 failed on PostgreSQL 18');
  expect(first.stderr).toContain('✓ prove 01_roles: proven');
  expect(readdirSync(join(cwd, '.dbkit', 'proofs'))).toHaveLength(1);
  const second = await run('--json');
  expect({ status: second.status, lines: second.stdout.trimEnd().split('\n').length > 1 }).toMatchObject({ status: 1 });
  expect(JSON.parse(second.stdout)).toMatchObject({
    command: 'migrate prove',
    ok: false,
    exitCode: 1,
    error: null,
    result: {
      failed: 1,
      migrations: [
        { name: '01_roles', status: 'proven', stored: true },
        {
          name: '02_forgets',
          status: 'failed',
          stored: false,
          faults: [{ kind: 'down differs' }, { kind: 'up again fails' }],
        },
      ],
    },
  });
});

it('with nothing left to prove it starts no server; --scratch takes a database of a server that is there', async () => {
  const { run } = project({
    '01_shop.up.sql': 'create table shop (id int primary key);',
    '01_shop.down.sql': '-- dbkit:lossy the shop\ndrop table shop;',
  });
  const db = await testDatabase();
  expect((await run('--scratch', db.url)).stdout).toMatch(/proven, with the loss that it declares: the shop {2}\d+ ms/);
  const again = await run('--scratch', db.url);
  expect(again).toMatchObject({ status: 0, stderr: '' });
  expect(again.stdout).toContain('proven before\n');
  // What was proven there says nothing of another server.
  expect((await run('--json')).stdout).toContain('"stored":false');
});

it('refuses what is no migration, and a folder where a rollback is missing', async () => {
  const { run } = project({ '01_shop.up.sql': 'create table shop (id int primary key);' });
  expect(await run('--from', 'nothing')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('MIGRATION_UNKNOWN'),
  });
  expect(await run()).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('DOWN_MISSING') });
});
