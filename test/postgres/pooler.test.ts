import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import { detectPooler, isSupabaseTransactionPooler } from '../../src/postgres/pooler.ts';
import type { PgbouncerOptions } from '../harness/pgbouncer.ts';
import { hasPgbouncer, startPgbouncer } from '../harness/pgbouncer.ts';
import { testDatabase } from '../harness/test-database.ts';

async function open(settings: ConnectionSettings): Promise<Connection> {
  const session = await connect(settings, { applicationName: 'test' });
  onTestFinished(() => session.close());
  return session;
}

async function pooled(options: PgbouncerOptions): Promise<ConnectionSettings> {
  const db = await testDatabase();
  return (await startPgbouncer(db.settings, options)).settings;
}

const detect = async (settings: ConnectionSettings, limitMs?: number) =>
  detectPooler(await open(settings), () => connect(settings, { applicationName: 'test' }), limitMs);

it('a server of its own is no pooler', async () => {
  expect(await detect((await testDatabase()).settings)).toBe('direct');
});

it.each([
  ['aws-0-eu-central-1.pooler.supabase.com', 6543, true],
  ['aws-0-eu-central-1.pooler.supabase.com', 5432, false],
  ['db.abcdef.supabase.co', 6543, true],
  ['db.abcdef.supabase.co', 5432, false],
  ['db.example', 6543, false],
])('%s:%i is a transaction pooler of Supabase: %s', (host, port, expected) => {
  expect(isSupabaseTransactionPooler(host, port)).toBe(expected);
});

describe.skipIf(!hasPgbouncer)('PgBouncer (skipped where it is not installed)', () => {
  it.each(['transaction', 'session'] as const)('in %s mode is recognised', async (mode) => {
    expect(await detect(await pooled({ mode }))).toBe(mode);
  });

  it('in transaction mode is recognised while others use it', async () => {
    const settings = await pooled({ mode: 'transaction', poolSize: 3 });
    const others = await Promise.all([open(settings), open(settings), open(settings), open(settings)]);
    const ends = new AbortController();
    const busy = others.map(async (session) => {
      while (!ends.signal.aborted) await session.query('select pg_catalog.pg_sleep(0.002)');
    });
    expect(await detect(settings)).toBe('transaction');
    ends.abort();
    await Promise.all(busy);
  });

  it('with a full pool in session mode: unknown, and nothing hangs', async () => {
    expect(await detect(await pooled({ mode: 'session', poolSize: 1 }), 200)).toBe('unknown');
  });

  it('gives the version of its server, and cancels', async () => {
    const db = await testDatabase();
    const session = await open((await startPgbouncer(db.settings, { mode: 'transaction' })).settings);
    const direct = await db.connect();
    expect(session.serverVersion).toBe(direct.serverVersion);
    const sleeping = session.query('select pg_catalog.pg_sleep(600)').catch((error: unknown) => error);
    const look = `select from pg_catalog.pg_stat_activity where datname = $1 and wait_event = 'PgSleep'`;
    while ((await direct.query(look, [db.name])).rows.length === 0);
    await session.cancel();
    expect(await sleeping).toMatchObject({ code: '57014' });
    // A PgBouncer that ended with the request would not answer any more.
    expect((await session.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it.each(['transaction', 'session'] as const)(
    'role in %s mode is kept or refused, and leaves nothing behind',
    async (mode) => {
      const db = await testDatabase();
      const role = `test_${randomBytes(6).toString('hex')}`;
      const admin = await db.connectAsAdmin();
      await admin.run(`create role ${role}`);
      onTestFinished(async () => {
        const last = await connect({ ...db.adminSettings, database: 'postgres' }, { applicationName: 'test' });
        await last.run(`drop role ${role}`);
        await last.close();
      });
      const { settings } = await startPgbouncer(db.settings, { mode });
      const opening = connect({ ...settings, role }, { applicationName: 'test' });
      const who = 'select current_user::text as who';
      if (mode === 'session') {
        const session = await opening;
        onTestFinished(() => session.close());
        expect((await session.query(who)).rows).toEqual([{ who: role }]);
      } else {
        await expect(opening).rejects.toMatchObject({ code: 'POOLER_UNSUPPORTED', exitCode: 2 });
        // One server in the pool has seen the role: whoever gets it now must not be it.
        const next = await open(settings);
        expect((await next.query(who)).rows).toEqual([{ who: settings.user }]);
      }
    },
  );

  it('passes no options on: said, not hidden', async () => {
    const settings = await pooled({ mode: 'transaction' });
    await expect(connect({ ...settings, options: '-c a.b=1' }, { applicationName: 'test' })).rejects.toMatchObject({
      code: 'POOLER_UNSUPPORTED',
      hint: expect.stringContaining('PGOPTIONS'),
    });
  });
});
