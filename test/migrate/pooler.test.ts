/** Through PgBouncer in transaction mode commands succeed or refuse with the reason, and never hang. */
import { describe, expect, it } from 'vitest';
import { hasPgbouncer, startPgbouncer } from '../harness/pgbouncer.ts';
import { runCli } from '../harness/run-cli.ts';
import { describeSchema } from './describe-schema.ts';
import { ledgerMigrations, undisturbed } from './kill-cases.ts';
import { migrationProject, tablePair } from './project.ts';

describe.skipIf(!hasPgbouncer)('with PgBouncer (skipped where it is not installed)', () => {
  it('sixteen migrate up at once: all exit 0, all applied once, no lock is left', { timeout: 180_000 }, async () => {
    const files = ledgerMigrations(50);
    const project = await migrationProject(files);
    const { url } = await startPgbouncer(project.db.settings, { mode: 'transaction', poolSize: 5 });
    const cwd = await project.commandLineFolder();
    const up = () => runCli(['migrate', 'up', '--json', '--database-url', url], { cwd });
    const results = await Promise.all(Array.from({ length: 16 }, up));
    expect(results.map(({ status, stdout }) => (status === 0 ? 0 : stdout))).toEqual(Array(16).fill(0));
    expect(await describeSchema(project.sql)).toEqual(await undisturbed(files));
    const { rows } = await project.sql.query(
      'select count(*)::int as n, count(distinct n)::int as different from ledger',
    );
    expect(rows).toEqual([{ n: 49, different: 49 }]);
    const locks = await project.sql.query(
      `select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
       where locktype = 'advisory' and datname = current_database()`,
    );
    expect(locks.rows).toEqual([{ n: 0 }]);
    expect((await up()).status).toBe(0);
  });

  it('leaves no setting of a migration behind for strangers', async () => {
    const project = await migrationProject({
      '01_dump.up.sql': `set search_path = ''; set statement_timeout = 0; create table public.doctors (id int);`,
      '01_dump.down.sql': 'drop table public.doctors',
    });
    const { url } = await startPgbouncer(project.db.settings, { mode: 'transaction', poolSize: 2 });
    const result = await runCli(['migrate', 'up', '--database-url', url], { cwd: await project.commandLineFolder() });
    expect(result.status).toBe(0);
    const { connect } = await import('../../src/postgres/connect.ts');
    const { resolveSettings } = await import('../../src/postgres/settings.ts');
    for (const _ of [1, 2]) {
      const stranger = await connect(resolveSettings(url, {}), { applicationName: 'stranger' });
      await stranger.run('begin');
      const { rows } = await stranger.query(
        `select current_setting('search_path') as path, current_setting('lock_timeout') as lock`,
      );
      expect(rows).toEqual([{ path: '"$user", public', lock: '0' }]);
      await stranger.run('rollback');
      await stranger.close();
    }
  });

  it('refuses a migration without a transaction, before anything ran, and takes it in session mode', async () => {
    const project = await migrationProject({
      ...tablePair('01', 'doctors'),
      '02_index.up.sql': '-- dbkit:transaction off\ncreate index concurrently doctors_id on doctors (id)',
      '02_index.down.sql': '-- dbkit:transaction off\ndrop index concurrently doctors_id',
    });
    const cwd = await project.commandLineFolder();
    const run = async (mode: 'transaction' | 'session') => {
      const { url } = await startPgbouncer(project.db.settings, { mode, poolSize: 5 });
      return runCli(['migrate', 'up', '--json', '--database-url', url], { cwd });
    };
    const refused = await run('transaction');
    expect(refused.status).toBe(2);
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      code: 'POOLER_UNSUPPORTED',
      message: expect.stringContaining('02_index.up.sql runs without a transaction'),
      hint: 'use the URL of the server itself, or of a pooler in session mode',
    });
    expect(await project.tables()).toEqual([]);
    expect((await run('session')).status).toBe(0);
  });

  it('says so when the pool has one connection, and does not wait for ever', { timeout: 60_000 }, async () => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    const { url } = await startPgbouncer(project.db.settings, { mode: 'transaction', poolSize: 1 });
    const { status, stdout } = await runCli(['migrate', 'up', '--json', '--database-url', url], {
      cwd: await project.commandLineFolder(),
    });
    expect([status, JSON.parse(stdout).error]).toMatchObject([2, { code: 'POOLER_UNSUPPORTED' }]);
  });
});
