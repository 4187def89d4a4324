/** Each rollback leaves the catalog exactly as it was, with and without rows in the tables. */
import { describe, expect, it } from 'vitest';
import { readMigrationFolder } from '../../src/migrate/folder.ts';
import { migrateDown, migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { readCatalog } from './catalog-snapshot.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { folder, options, referenceDatabase, subscribe } from './reference-database.ts';

const names = (await readMigrationFolder(folder)).map(({ name }) => name);

describe.each(['revoked', 'legacy'] as const)('with default privileges %s', (defaultPrivileges) => {
  it('each migration goes up, down and up again, and its rollback touches no row that was there before', async () => {
    const { sql, context, signUp } = await referenceDatabase({ defaultPrivileges, to: 'zero' });
    const ada = await signUp();
    await signUp();
    // The journal's schema is made by the first run; from here on only the application changes.
    await migrateUp({ ...options, count: 1 }, context);
    await migrateDown(options, context);
    let before = await readCatalog(sql);
    for (const name of names) {
      const rows = await readRows(sql);
      await migrateUp({ ...options, count: 1 }, context);
      const after = await readCatalog(sql);
      expect(after, name).not.toEqual(before);
      await migrateDown(options, context);
      expect(await readCatalog(sql), `down of ${name}`).toEqual(before);
      expect(await readRows(sql), `rows after the down of ${name}`).toEqual(rows);
      await migrateUp({ ...options, count: 1 }, context);
      expect(await readCatalog(sql), `${name} again`).toEqual(after);
      before = after;
      const { [name]: deeds } = lived;
      if (deeds !== undefined) await sql.run(deeds.replaceAll('{ada}', ada));
    }
    const tables = Object.keys(await readRows(sql));
    expect(tables).toContain('private.file_deletions');
    expect(tables).toContain('public.audit_log_values');
  }, 120_000);

  it('all of it goes down to what the platform made, and up again, with rows in every table', async () => {
    const reference = await referenceDatabase({ defaultPrivileges, to: 'zero' });
    const { sql, context } = reference;
    const bootstrapped = await readCatalog(sql);
    await migrateUp(options, context);
    const full = await readCatalog(sql);
    const ada = await fill(reference);
    await migrateTo({ ...options, name: 'zero' }, context);
    expect(await readCatalog(sql)).toEqual(bootstrapped);
    await migrateUp(options, context);
    expect(await readCatalog(sql)).toEqual(full);
    // The account outlived the rollback, and has its rows again.
    const { rows } = await sql.query('select user_id from public.profiles');
    expect(rows).toEqual([{ user_id: ada }]);
    await migrateTo({ ...options, name: 'zero' }, context);
    expect(await readCatalog(sql)).toEqual(bootstrapped);
  });
});

/** What people have done by the time the next migration comes; `{ada}` stands for her id. */
const lived: Readonly<Record<string, string>> = {
  '20260105090100_profiles': `update public.profiles set username = 'Ada', bio = 'hello' where user_id = '{ada}'`,
  '20260105090200_subscription_plans': `
    insert into public.subscription_plans (code, name, price_minor, currency, billing_interval)
    values ('pro', 'Pro', 990, 'EUR', 'month')`,
  '20260105090300_user_subscriptions': `
    insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end)
    select '{ada}', id, 'expired', '2025-01-01', '2025-02-01' from public.subscription_plans;
    insert into public.user_subscriptions (user_id, plan_id, status)
    select '{ada}', id, 'active' from public.subscription_plans`,
  '20260202090100_sessions': `select public.start_session_for('{ada}')`,
  '20260216090000_avatars': `
    insert into storage.objects (bucket_id, name) values ('avatars', '{ada}/me.png'), ('avatars', '{ada}/old.png');
    update public.profiles set avatar_path = '{ada}/old.png' where user_id = '{ada}';
    update public.profiles set avatar_path = '{ada}/me.png' where user_id = '{ada}'`,
  '20260223090100_analytics_events': `select public.log_event_for('{ada}', 'page_viewed')`,
  '20260309090000_test_table': `insert into public.test_table (user_id, label) values ('{ada}', 'mine')`,
  '20260316090100_audit_triggers': `update public.profiles set bio = 'changed' where user_id = '{ada}'`,
};

/** Every row of every table that has any, but for the journal's. */
async function readRows(connection: Connection): Promise<Readonly<Record<string, readonly string[]>>> {
  const { rows } = await connection.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind in ('r', 'p') and not relispartition
      and relnamespace::regnamespace::text in ('auth', 'storage', 'public', 'private') order by 1`,
  );
  const found: Record<string, readonly string[]> = {};
  for (const { name } of rows) {
    const read = await connection.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
    if (read.rows.length > 0) found[name.includes('.') ? name : `public.${name}`] = read.rows.map(({ row }) => row);
  }
  return found;
}

it('btree_gist stays where it was there before', async () => {
  const { sql, context } = await referenceDatabase({ to: 'zero' });
  await sql.run('create extension btree_gist with schema extensions');
  await migrateUp(options, context);
  await migrateTo({ ...options, name: 'zero' }, context);
  const { rows } = await sql.query(`select from pg_extension where extname = 'btree_gist'`);
  expect(rows).toHaveLength(1);
});

it('accounts from before the first migration get their rows', async () => {
  const { sql, context, signUp } = await referenceDatabase({ to: 'zero' });
  const ids = [await signUp(), await signUp()].sort();
  await migrateUp(options, context);
  const { rows } = await sql.query('select u.id from public.users u join public.profiles on user_id = u.id order by 1');
  expect(rows.map(({ id }) => id)).toEqual(ids);
});

it('on a plain PostgreSQL the first migration says what is missing, and leaves nothing', async () => {
  const reference = await referenceDatabase({ platform: 'postgres', to: 'zero' });
  await expect(migrateUp(options, reference.context)).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringContaining('auth.users does not exist'),
    sql: { hint: expect.stringContaining('dbkit db bootstrap --platform supabase') },
  });
  const { rows } = await reference.sql.query(`select from pg_namespace where nspname = 'private'`);
  expect(rows).toEqual([]);
});

/** A row in every table. */
async function fill({ sql, signUp }: ReferenceDatabase): Promise<string> {
  const ada = await signUp();
  await sql.query(`update public.profiles set display_name = 'Ada', username = 'ada' where user_id = $1`, [ada]);
  await subscribe(sql, ada);
  for (const name of ['sessions', 'avatars', 'analytics_events', 'test_table']) {
    const [, deeds = ''] = Object.entries(lived).find(([migration]) => migration.endsWith(`_${name}`)) ?? [];
    await sql.run(deeds.replaceAll('{ada}', ada));
  }
  await sql.run(`
    select public.enable_local_auth('x-real-ip'), public.create_partitions(1), public.erase_audit_values(gen_random_uuid());
    select from public.sign_in('nobody@example.test', 'a long password');
    insert into private.sign_up_errors (user_id, step, sqlstate, message) values ('${ada}', 'event', 'P0001', 'x')`);
  const { rows } = await sql.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind in ('r', 'p') and not relispartition
      and relnamespace in ('public'::regnamespace, 'private'::regnamespace) order by 1`,
  );
  const filled = Object.keys(await readRows(sql));
  expect(
    rows.map(({ name }) => (name.includes('.') ? name : `public.${name}`)).filter((name) => !filled.includes(name)),
  ).toEqual([]);
  return ada;
}
