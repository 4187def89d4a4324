import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, startCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';

async function project(files: Readonly<Record<string, string>>) {
  const cwd = await temporaryFolder('project');
  await mkdir(join(cwd, 'migrations'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, 'migrations', name), text);
  const db = await testDatabase();
  return { cwd, db, run: (...args: string[]) => runCli([...args, '--database-url', db.url], { cwd }) };
}

const orders = { '01_orders.up.sql': 'create table orders (id int);\n', '01_orders.down.sql': 'drop table orders;\n' };
const escapeCharacter = String.fromCharCode(27);

describe('migrate up', () => {
  it('says where, what was done and what state the database is in: result on stdout, the rest on stderr', async () => {
    const { run, db } = await project(orders);
    const { status, stdout, stderr } = await run('migrate', 'up');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '1 applied; the database has 1 applied, 0 pending\n' });
    expect(stderr).toContain(`target: ${db.name} on `);
    expect(stderr).toContain('from --database-url');
    expect(stderr).toMatch(/✓ up 01_orders {2}\d+ ms/);
    expect((await run('migrate', 'up')).stdout).toBe('nothing to do; the database has 1 applied, 0 pending\n');
  });

  it('prints one document with --json, and nothing else', async () => {
    const { run, db } = await project(orders);
    const { status, stdout, stderr } = await run('migrate', 'up', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'migrate up',
      ok: true,
      result: {
        target: { database: db.name, source: '--database-url' },
        ran: [{ name: '01_orders', direction: 'up' }],
        applied: 1,
      },
      error: null,
    });
  });

  it('shows the place in the file, the SQLSTATE and what stands', async () => {
    const { run } = await project({
      ...orders,
      '02_bad.up.sql': '-- a comment\ncreate table lines (\n\torder_id int references nosuch\n);\n',
      '02_bad.down.sql': 'drop table lines;\n',
    });
    const { status, stdout, stderr } = await run('migrate', 'up');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('error MIGRATION_FAILED up of 02_bad failed: relation "nosuch" does not exist');
    expect(stderr).toContain('SQLSTATE 42P01');
    expect(stderr).toContain('02_bad was rolled back');
    expect(stderr).toContain('1 of 2 applied before it: they stand');
    const failed = JSON.parse((await run('migrate', 'up', '--json')).stdout);
    expect(failed).toMatchObject({ ok: false, exitCode: 2, error: { code: 'MIGRATION_FAILED', sqlstate: '42P01' } });
  });

  it('points with a caret at the column', async () => {
    const { run } = await project({ '01_bad.up.sql': 'select 1;\n\tselect nosuch;\n', '01_bad.down.sql': 'select 1' });
    const { stderr } = await run('migrate', 'up');
    expect(stderr).toContain('01_bad.up.sql:2:9');
    expect(stderr).toContain('2 | select nosuch\n  |        ^');
  });
});

describe('status', () => {
  it('exits 1 with --exit-code while something is pending, and 0 without it', async () => {
    const { run } = await project(orders);
    expect((await run('migrate', 'status')).status).toBe(0);
    expect((await run('migrate', 'status', '--exit-code')).status).toBe(1);
    await run('migrate', 'up');
    expect((await run('migrate', 'status', '--exit-code')).status).toBe(0);
  });

  it('creates nothing', async () => {
    const { run, db } = await project(orders);
    await run('migrate', 'status');
    await run('migrate', 'plan');
    const session = await db.connect();
    expect((await session.query(`select 1 from pg_namespace where nspname = 'dbkit'`)).rows).toEqual([]);
  });
});

describe('colour', () => {
  it.each([
    [[], {}, false],
    [['--color'], {}, true],
    [['--color'], { NO_COLOR: '1' }, true],
    [[], { FORCE_COLOR: '1' }, true],
    [[], { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [['--no-color'], { FORCE_COLOR: '1' }, false],
  ])('with %j and %j: %s', async (flags, env, expected) => {
    const usage = await runCli(['migrate', 'up', 'x', ...flags], { env });
    expect(usage.stderr.includes(escapeCharacter)).toBe(expected);
    const fault = await runCli(['migrate', 'status', '--config', 'none.ts', ...flags], { env });
    expect([fault.status, fault.stderr.includes(escapeCharacter)]).toEqual([2, expected]);
  });
});

it('Ctrl-C cancels the statement, rolls back, says so and exits 130', async () => {
  const { cwd, db } = await project({
    ...orders,
    '02_slow.up.sql': 'create table slow (id int);\nselect pg_sleep(60);\n',
    '02_slow.down.sql': 'drop table slow;\n',
  });
  const running = startCli(['migrate', 'up', '--verbose', '--database-url', db.url], { cwd });
  await running.untilStderr('up 02_slow');
  const session = await db.connect();
  for (;;) {
    const { rows } = await session.query(
      `select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()`,
    );
    if (rows.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  running.kill('SIGINT');
  const { status, stderr } = await running.result;
  expect(status).toBe(130);
  expect(stderr).toContain('interrupted during up of 02_slow');
  expect(stderr).toContain('02_slow was rolled back');
  const { rows } = await session.query(`select relname from pg_class where relname in ('orders', 'slow') order by 1`);
  expect(rows).toEqual([{ relname: 'orders' }]);
});
