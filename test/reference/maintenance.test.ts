/** The work that is done again and again: by one call, by jobs of pg_cron, and each part in spite of the others. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrateDown } from '../../src/migrate/migrate.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import { readCatalog } from './catalog-snapshot.ts';
import { cronStandIn } from './cron-stand-in.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { options, referenceDatabase, subscribe } from './reference-database.ts';

const refused = '42501';
const tasks = [
  'repair_users',
  'expire_subscriptions',
  'purge_sessions',
  'purge_sign_in_throttles',
  'create_partitions',
];

interface Outcome {
  readonly task: string;
  readonly result: string;
}

const run = async (session: Connection): Promise<Readonly<Record<string, string>>> => {
  const { rows } = await session.query<Outcome>('select * from public.run_maintenance()');
  return Object.fromEntries(rows.map(({ task, result }) => [task, result]));
};

describe('run_maintenance', () => {
  let reference: ReferenceDatabase;
  let sql: Connection;
  beforeAll(async () => {
    reference = await referenceDatabase();
    ({ sql } = reference);
  });
  afterAll(() => reference.db.drop());

  it('does each task, and finds nothing to do the second time', async () => {
    const [ada, bob] = [await reference.signUp(), await reference.signUp()];
    await subscribe(sql, ada, { periodEnd: '-1 day' });
    await sql.query('delete from public.profiles where user_id = $1', [bob]);
    await sql.query(
      `insert into public.sessions (user_id, token_hash, created_at, last_seen_at, expires_at)
      values ($1, sha256('of ada'), now() - interval '90 days', now() - interval '90 days', now() - interval '60 days')`,
      [ada],
    );
    await sql.run('begin');
    const { rows } = await sql.query<Outcome>('select * from public.run_maintenance()');
    expect(rows.map(({ task }) => task)).toEqual(tasks);
    const tables = (await sql.query('select from private.monthly_tables')).rows.length;
    expect(Object.fromEntries(rows.map(({ task, result }) => [task, result]))).toEqual({
      repair_users: '(user,0), (profile,1), (subscription,0), (event,0)',
      expire_subscriptions: '1',
      purge_sessions: '1',
      purge_sign_in_throttles: '0',
      create_partitions: String(tables * 4),
    });
    expect(await run(sql)).toEqual({
      repair_users: '(user,0), (profile,0), (subscription,0), (event,0)',
      expire_subscriptions: '0',
      purge_sessions: '0',
      purge_sign_in_throttles: '0',
      create_partitions: '0',
    });
    await sql.run('rollback');
  });

  it.each(tasks)('the failure of %s is told, and the others do their work', async (task) => {
    await sql.run('begin');
    const { rows } = await sql.query<{ signature: string }>(
      `select oid::regprocedure::text as signature from pg_proc where proname = $1 and pronamespace = 'public'::regnamespace`,
      [task],
    );
    await sql.run(`
      alter function ${rows[0]?.signature} rename to ${task}_renamed;
      create function public.${task}() returns integer language plpgsql as $$ begin raise division_by_zero; end $$`);
    const results = await run(sql);
    await sql.run('rollback');
    expect(results[task]).toBe('failed: division_by_zero (22012)');
    expect(Object.values(results).filter((result) => /^(\d+|\(.*\))$/.test(result))).toHaveLength(tasks.length - 1);
  });

  it('a task that is added is done in its turn, whatever it answers', async () => {
    await sql.run(`
      begin;
      create function public.water_plants() returns void language sql as '';
      create function public.feed_cats() returns setof text language sql as $$ select 'mia' union all select 'tom' $$;
      create function public.find_gold() returns setof text language sql as $$ select 'x' where false $$;
      insert into private.maintenance_tasks values ('feed_cats', 1, '0 7 * * *'), ('water_plants', 50, '0 8 * * *'), ('find_gold', 51, '0 9 * * *')`);
    const { rows } = await sql.query<Outcome>('select * from public.run_maintenance()');
    await sql.run('rollback');
    expect(rows.map(({ task }) => task)).toEqual([
      'feed_cats',
      ...tasks.slice(0, 4),
      'water_plants',
      'find_gold',
      'create_partitions',
    ]);
    expect(rows[0]).toEqual({ task: 'feed_cats', result: 'mia, tom' });
    expect(rows.at(-2)?.result).toBe('nothing');
  });

  it('may be called several times at once', async () => {
    const sessions = await Promise.all([1, 2, 3, 4].map(() => reference.db.connect()));
    const results = await Promise.all(sessions.map(run));
    expect(results.flatMap((result) => Object.values(result)).filter((text) => text.startsWith('failed'))).toEqual([]);
    expect(results.filter(({ create_partitions: made }) => made !== '0')).toHaveLength(1);
    await Promise.all(sessions.map((session) => session.close()));
  });

  it('is for the service; to schedule is for no role of the API; the list of tasks is nobody’s', async () => {
    for (const actor of ['anon', 'authenticated', 'service_role']) {
      const allowed = actor === 'service_role' ? tasks.length : refused;
      expect(await reference.outcome(actor, 'select * from run_maintenance()'), actor).toBe(allowed);
      for (const statement of [
        'select * from schedule_maintenance()',
        'select unschedule_maintenance()',
        'select * from private.maintenance_tasks',
        `insert into private.maintenance_tasks values ('mine', 1, '* * * * *')`,
        'select private.has_pg_cron()',
        `select private.end_jobs('{}')`,
      ]) {
        expect(await reference.outcome(actor, statement), `${actor}: ${statement}`).toBe(refused);
      }
    }
  });

  it.each(['Water', '', 'x(); drop table public.users; --', 'a.b'])('"%s" can not be a task', async (task) => {
    const error = await sql
      .query(`insert into private.maintenance_tasks values ($1, 1, '* * * * *')`, [task])
      .catch((reason: unknown) => reason);
    expect(sqlstateOf(error)).toBe('23514');
  });
});

describe('without pg_cron', () => {
  it('to schedule is refused with what to do instead, and there is nothing to unschedule', async () => {
    const { sql } = await referenceDatabase();
    const attempt = async () => {
      const error = await sql.run('select * from public.schedule_maintenance()').catch((reason: unknown) => reason);
      expect(sqlstateOf(error)).toBe('0A000');
      expect(error).toMatchObject({ hint: expect.stringContaining('select * from run_maintenance()') });
      expect((await sql.query('select public.unschedule_maintenance() as ended')).rows).toEqual([{ ended: 0 }]);
    };
    await attempt();
    // A schema of that name does not make a scheduler.
    await sql.run('create schema cron');
    await attempt();
    expect(
      (await sql.query(`select from pg_inherits where inhparent = 'public.analytics_events'::regclass`)).rows,
    ).toHaveLength(1);
  });
});

describe('with pg_cron', () => {
  let reference: ReferenceDatabase;
  let sql: Connection;
  let admin: Connection;
  beforeAll(async () => {
    reference = await referenceDatabase();
    ({ sql } = reference);
    admin = await reference.db.connectAsAdmin();
    await admin.run(cronStandIn);
  });
  beforeEach(async () => void (await admin.run('truncate cron.job restart identity')));
  afterAll(() => reference.db.drop());

  const jobs = async () =>
    (
      await admin.query(
        'select jobid::int as id, jobname as name, schedule, command, active from cron.job order by jobid',
      )
    ).rows;

  it('one call makes a job for each task, and the first partitions', async () => {
    await sql.run('begin');
    const { rows } = await sql.query('select * from public.schedule_maintenance()');
    const months = await sql.query(`select from pg_inherits where inhparent = 'public.analytics_events'::regclass`);
    await sql.run('commit');
    const expected = [
      ['repair_users', '*/15 * * * *'],
      ['expire_subscriptions', '*/5 * * * *'],
      ['purge_sessions', '17 3 * * *'],
      ['purge_sign_in_throttles', '47 * * * *'],
      ['create_partitions', '37 3 * * *'],
    ];
    expect(rows).toEqual(expected.map(([task, schedule]) => ({ job: `maintenance: ${task}`, schedule })));
    expect(await jobs()).toEqual(
      expected.map(([task, schedule], index) => ({
        id: index + 1,
        name: `maintenance: ${task}`,
        schedule,
        command: `select * from public.${task}()`,
        active: true,
      })),
    );
    expect(months.rows).toHaveLength(5);
    for (const { command } of await jobs()) await sql.run(String(command));
  });

  it('the next call changes what changed: ids stay, paused jobs stay paused, jobs without a task end', async () => {
    await sql.run('select * from public.schedule_maintenance()');
    const before = await jobs();
    await admin.run(`update cron.job set active = false where jobid = 3`);
    await sql.run('select * from public.schedule_maintenance()');
    expect(await jobs()).toEqual(before.map((job) => (job.id === 3 ? { ...job, active: false } : job)));
    await sql.run(`
      begin;
      update private.maintenance_tasks set schedule = '1 2 3 4 5' where task = 'purge_sessions';
      delete from private.maintenance_tasks where task = 'repair_users';
      select * from public.schedule_maintenance()`);
    const changed = (await sql.query('select jobid::int as id, schedule from cron.job order by 1')).rows;
    await sql.run('rollback');
    expect(changed.map(({ id }) => id)).toEqual([2, 3, 4, 5]);
    expect(changed[1]).toEqual({ id: 3, schedule: '1 2 3 4 5' });
  });

  it('jobs of others and of other names are left alone', async () => {
    await admin.run(`insert into cron.job (jobname, schedule, command, username, database) values
      ('maintenance', '@daily', 'vacuum', 'postgres', current_database()),
      (null, '@daily', 'vacuum', 'postgres', current_database()),
      ('maintenance: repair_users', '@daily', 'vacuum', 'supabase_admin', current_database()),
      ('maintenance: of another database', '@daily', 'vacuum', 'postgres', 'elsewhere')`);
    const others = await jobs();
    await sql.run('select * from public.schedule_maintenance()');
    expect(await jobs()).toHaveLength(others.length + tasks.length);
    expect((await sql.query('select public.unschedule_maintenance() as ended')).rows).toEqual([
      { ended: tasks.length },
    ]);
    expect(await jobs()).toEqual(others);
    expect((await sql.query('select public.unschedule_maintenance() as ended')).rows).toEqual([{ ended: 0 }]);
  });

  it('a rollback of the migration takes the jobs along', async () => {
    const own = await referenceDatabase({ to: '20260323090000_maintenance' });
    const superuser = await own.db.connectAsAdmin();
    await superuser.run(cronStandIn);
    await own.sql.run('select * from public.schedule_maintenance()');
    await migrateDown(options, own.context);
    expect((await superuser.query('select from cron.job')).rows).toEqual([]);
    expect((await readCatalog(own.sql)).filter((line) => line.includes('maintenance'))).toEqual([]);
  });
});
