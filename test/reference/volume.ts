/** As many rows as a service has that has been running for some years. */
import type { Connection } from '../../src/postgres/connect.ts';

const users = 100_000;
const events = 1_000_000;

/** The id of the n-th user. */
const id = (n: string) => `lpad(to_hex(${n}), 8, '0')::text || '-0000-4000-8000-000000000000'`;

/**
 * Writes 100,000 users with what belongs to them, and a million events over the last twelve months; triggers and foreign
 * keys are off meanwhile, so the session must be the superuser's. Answers the id of one of the users.
 */
export async function fillWithVolume(admin: Connection): Promise<string> {
  await admin.run('set session_replication_role = replica; set synchronous_commit = off');
  const indexes = await dropIndexes(admin, [
    'auth.users',
    'public.profiles',
    'public.user_subscriptions',
    'public.sessions',
    'storage.objects',
    'public.audit_logs',
    'public.audit_log_values',
    'public.analytics_events',
  ]);
  await admin.run(`insert into public.subscription_plans (code, name, price_minor, currency, billing_interval)
    values ('standard', 'Standard', 990, 'EUR', 'month')`);
  await admin.run(`
    insert into auth.users (id, instance_id, aud, role, email)
    select (${id('n')})::uuid, '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'person' || n || '@example.test'
    from generate_series(1, ${users}) n;
    insert into public.users (id) select (${id('n')})::uuid from generate_series(1, ${users}) n;
    insert into public.profiles (user_id, username, visibility, avatar_path)
    select (${id('n')})::uuid, 'person_' || n, case n % 3 when 0 then 'public' else 'private' end::public.profile_visibility,
      case when n % 2 = 0 then ${id('n')} || '/portrait.png' end
    from generate_series(1, ${users}) n;
    insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end)
    select (${id('n')})::uuid, (select id from public.subscription_plans where code = 'standard'), 'active', current_date - 10,
      now() + make_interval(days => 1 + n % 30)
    from generate_series(1, ${users}) n;
    insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end)
    select (${id('n')})::uuid, (select id from public.subscription_plans where code = 'standard'), 'expired', current_date - 40,
      current_date - 10
    from generate_series(1, ${users}, 5) n;
    insert into public.sessions (user_id, token_hash, created_at, last_seen_at, expires_at)
    select (${id('n')})::uuid, sha256(convert_to('token-of-43-characters-' || lpad(n::text, 20, '0'), 'UTF8')),
      now() - interval '1 day', now() - interval '1 hour', now() + make_interval(hours => 1 + n % 700)
    from generate_series(1, ${users}) n;
    insert into storage.objects (bucket_id, name, metadata)
    select 'avatars', ${id('n')} || '/portrait.png', '{"mimetype": "image/png", "size": 1000}'
    from generate_series(1, ${users}) n;
    insert into public.test_table (user_id, label, shared)
    select (${id('n')})::uuid, 'row ' || n, n % 1000 = 0 from generate_series(1, 20000) n;
    insert into private.file_deletions (bucket_id, path, queued_at)
    select 'avatars', ${id('n')} || '/old.png', now() - make_interval(secs => n) from generate_series(1, 20000) n;
    insert into private.audit_erasures (subject_id, erased) select (${id('n')})::uuid, 0 from generate_series(1, 20000) n;
    insert into private.sign_up_errors (user_id, step, sqlstate, message, repaired_at)
    select (${id('n')})::uuid, 'event', 'P0001', 'x', now() from generate_series(1, 20000) n`);
  // A month gets its partition as soon as something lies there.
  await admin.run(`
    insert into public.analytics_events (name, occurred_at)
    select 'page_viewed', now() - make_interval(months => n) from generate_series(0, 11) n;
    select public.create_partitions(1);
    insert into public.audit_logs (actor_role, table_name, subject_id, action, changed_columns)
    select 'authenticated', 'public.profiles', (${id('n')})::uuid, 'update', '{bio}' from generate_series(1, ${users}) n;
    insert into public.audit_log_values (log_id, occurred_at, subject_id)
    select id, occurred_at, subject_id from public.audit_logs;
    insert into public.analytics_events (user_id, name, occurred_at)
    select (${id(`1 + n % ${users}`)})::uuid, case when n % 50 = 0 then 'signed_up' else 'page_viewed' end,
      now() - make_interval(secs => n::double precision * 330 * 86400 / ${events})
    from generate_series(1, ${events}) n`);
  for (const definition of indexes) await admin.run(definition);
  await admin.run('set session_replication_role = origin; analyze');
  return `${(4711).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/**
 * Drops the indexes that are no constraints, which are faster made again than kept while a million rows come in. Answers
 * how they are made.
 */
async function dropIndexes(admin: Connection, tables: readonly string[]): Promise<readonly string[]> {
  const { rows } = await admin.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = any ($1::regclass[]) and not exists (
      select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))`,
    [tables],
  );
  for (const { name } of rows) await admin.run(`drop index ${name}`);
  // As PostgreSQL writes it down, an index of a partitioned table is one of that table ONLY.
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '));
}
