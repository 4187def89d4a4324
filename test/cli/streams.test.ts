/** Pipes and signals. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';

const dbkit = `'${process.execPath}' '${new URL('../../bin/dbkit.js', import.meta.url).pathname}'`;

async function project(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder('streams');
  mkdirSync(join(cwd, 'migrations'));
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'migrations', name), text);
  return { cwd, db: await testDatabase() };
}

/** More than any pipe holds at once. */
const many = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, at) => {
    const name = `${String(at).padStart(4, '0')}_${'of_the_many_that_there_are_'.repeat(4)}`;
    return [
      [`${name}.up.sql`, 'select 1;'],
      [`${name}.down.sql`, 'select 1;'],
    ];
  }).flat(),
);

describe('a pipe', () => {
  it('gets a large document whole, however slowly it is read', async () => {
    const { cwd, db } = await project(many);
    const line = `${dbkit} migrate status --json --database-url '${db.url}' | (sleep 1; cat)`;
    const { stdout, status } = spawnSync('/bin/sh', ['-c', line], { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(2 ** 17);
    expect(JSON.parse(stdout).result.pending).toBe(1_000);
  });

  it('that is closed early is no fault', async () => {
    const { cwd, db } = await project(many);
    const line = `(${dbkit} migrate status --database-url '${db.url}'; echo "status $?" >&2) | head -n 1`;
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', line], { cwd, encoding: 'utf8' });
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('status 0\n');
  });
});

describe('a signal', () => {
  const waiting = `export async function up(db) {
  await db.schema.createTable('half').addColumn('id', 'integer').execute();
  console.error('waiting');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
export async function down() {}
`;

  it.each(['SIGTERM', 'SIGHUP'] as const)('%s cancels and rolls back as Ctrl-C does', async (signal) => {
    const { cwd, db } = await project({
      '01_slow.up.sql': 'create table half ();\nselect pg_sleep(60);\n',
      '01_slow.down.sql': 'drop table half;\n',
    });
    const running = startCli(['migrate', 'up', '--verbose', '--database-url', db.url], { cwd });
    const session = await db.connect();
    for (let active = false; !active; ) {
      const { rows } = await session.query(
        `select 1 from pg_catalog.pg_stat_activity where datname = $1 and wait_event = 'PgSleep'`,
        [db.name],
      );
      active = rows.length > 0;
    }
    running.kill(signal);
    const { status, stderr } = await running.result;
    expect(status).toBe(130);
    expect(stderr).toContain('01_slow was rolled back');
    expect((await session.query(`select 1 from pg_catalog.pg_class where relname = 'half'`)).rows).toEqual([]);
  });

  it('once more ends at once, and the database holds nothing of what was under way', async () => {
    const { cwd, db } = await project({ '01_waiting.ts': waiting });
    const running = startCli(['migrate', 'up', '--database-url', db.url], { cwd });
    await running.untilStderr('waiting');
    running.kill('SIGINT');
    await running.untilStderr('once more to end at once');
    running.kill('SIGINT');
    const { status, stdout } = await running.result;
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    const session = await db.connect();
    for (let left = 1; left > 0; ) {
      const { rows } = await session.query(
        `select 1 from pg_catalog.pg_stat_activity where datname = $1 and pid <> pg_catalog.pg_backend_pid()`,
        [db.name],
      );
      left = rows.length;
    }
    expect((await session.query(`select 1 from pg_catalog.pg_class where relname = 'half'`)).rows).toEqual([]);
  });
});
