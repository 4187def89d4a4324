import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServerReport } from '../../src/db/report.ts';
import { connect } from '../../src/postgres/connect.ts';
import { resolveSettings } from '../../src/postgres/settings.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** A project whose embedded server ends with the test. */
function project(config: object = {}) {
  const cwd = temporaryFolder('server');
  writeFileSync(join(cwd, 'dbkit.config.json'), JSON.stringify(config));
  const run = (...args: string[]) => runCli(args, { cwd });
  onTestFinished(async () => void (await run('db', 'stop', '--force', '--target', 'embedded')));
  const status = async () => JSON.parse((await run('db', 'status', '--json')).stdout).result as ServerReport;
  return { cwd, run, status };
}

describe('the embedded server', () => {
  it('is started, reached by its URL, reset and stopped', async () => {
    const { run, status } = project();
    expect(await status()).toMatchObject({ running: false, initialised: false, kept: false, url: null });
    expect(await run('db', 'stop')).toMatchObject({ status: 0, stdout: 'the embedded server was not running\n' });
    expect(await run('db', 'reset')).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing to remove') });
    const none = await run('db', 'url');
    expect(none).toMatchObject({ status: 2, stdout: '' });
    expect(none.stderr.split('next:')[1]).toContain('dbkit db start');

    expect((await run('db', 'start')).stdout).toContain('running, kept until: dbkit db stop');
    expect(await status()).toMatchObject({ running: true, kept: true, initialised: true, users: 0 });
    const url = (await run('db', 'url')).stdout.trim();
    const session = await connect(resolveSettings(url, {}), { applicationName: 'dbkit test' });
    await session.run('create table orders ()');
    const { rows } = await session.query('select environment from dbkit.marker');
    expect(rows).toEqual([{ environment: 'embedded' }]);
    await session.close();

    const reset = await run('db', 'reset');
    expect(reset.stdout).toContain('an empty server runs in its place');
    const again = await connect(resolveSettings(url, {}), { applicationName: 'dbkit test' });
    await expect(again.run('table orders')).rejects.toThrow('does not exist');
    await again.close();

    expect(await run('db', 'stop')).toMatchObject({ status: 0, stdout: 'the embedded server is stopped\n' });
    expect(await status()).toMatchObject({ running: false, initialised: true, kept: false });
    expect((await run('db', 'reset')).stdout).toContain('the next command that needs it begins with an empty one');
    expect(await status()).toMatchObject({ initialised: false });
  });

  it.each([
    [['status'], 0],
    [['stop'], 0],
    [['stop', '--force'], 0],
    [['reset'], 0],
    [['url'], 2],
  ] as const)('db %j makes nothing where there is no server', async (args, expected) => {
    const cwd = temporaryFolder('server');
    expect((await runCli(['db', ...args], { cwd })).status).toBe(expected);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('is marked at birth, by whatever command makes it', async () => {
    const { run, cwd } = project();
    const made = await run('migrate', 'new', 'orders', '--sql');
    expect(made.status).toBe(0);
    expect(existsSync(join(cwd, '.dbkit'))).toBe(false);
    const up = await run('migrate', 'up');
    expect(up.stderr).toContain(
      'target: postgres on the embedded server — role postgres, marker embedded, from embedded',
    );
    expect((await run('db', 'status')).stdout).toContain('stopped');
  });

  it('stands in for Supabase when the config says so, its superuser not postgres', async () => {
    const { run } = project({ platform: 'supabase' });
    const made = JSON.parse((await run('db', 'bootstrap', '--json')).stdout).result;
    expect(made).toMatchObject({ changed: [], unfaithful: [], target: { platform: 'supabase', marker: 'embedded' } });
    expect(made.notes.length).toBeGreaterThan(0);
    const told = await run('db', 'bootstrap', '--verbose');
    expect(told.stdout).toBe('nothing to do: all of it is there\n');
    expect(told.stderr).toContain('supautils is absent');
    expect((await run('db', 'bootstrap')).stderr).not.toContain('supautils');
  });
});

describe('a target that is another server', () => {
  it.each(['start', 'stop', 'status', 'url', 'reset'])('is refused by db %s', async (verb) => {
    const { run, cwd } = project();
    const { status, stdout, stderr } = await run('db', verb, '--database-url', 'postgresql://db.example.org/shop');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('TARGET_REFUSED');
    expect(stderr.split('next:')[1]).toContain('--target embedded');
    expect(readdirSync(cwd)).toEqual(['dbkit.config.json']);
  });

  it.each([
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://db.example.org/shop' }, 'TARGET_REFUSED'],
    ['CI', { CI: 'true' }, 'TARGET_MISSING'],
  ])('keeps db reset from guessing when it is named by %s', async (_name, env, code) => {
    const { cwd } = project();
    const refused = await runCli(['db', 'reset'], { cwd, env });
    expect({ status: refused.status, stdout: refused.stdout }).toEqual({ status: 2, stdout: '' });
    expect(refused.stderr).toContain(code);
    expect(refused.stderr.split('next:')[1]).toContain('--target embedded');
    expect((await runCli(['db', 'reset', '--target', 'embedded'], { cwd, env })).status).toBe(0);
  });
});
