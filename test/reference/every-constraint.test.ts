/** Each constraint and each unique index by name, and what it refuses, also to the owner of the tables. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, withoutFreeSubscription } from './reference-database.ts';

let reference: ReferenceDatabase;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  const { sql } = reference;
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  await withoutFreeSubscription(sql, bob);
  await sql.run(`
    update public.profiles set username = 'Ada' where user_id = '${ada}';
    select public.start_session_for('${ada}'), public.trust_address_header('x-real-ip');
    insert into public.test_table (user_id, label) values ('${ada}', 'mine');
    insert into public.subscription_plans (code, name, price_minor, currency, billing_interval)
      values ('unsold', 'Unsold', 990, 'EUR', 'month');
    insert into private.file_deletions (bucket_id, path) values ('avatars', 'x');
    insert into private.sign_in_throttles values ('x', 'account', 1, now());
    insert into private.sign_up_errors (user_id, step, sqlstate, message) values ('${ada}', 'event', 'P0001', 'x');
    select public.erase_audit_values('${bob}')`);
});
afterAll(() => reference.db.drop());

const again = (table: string) => `insert into ${table} overriding system value select * from ${table}`;
const profile = (set: string) => `update public.profiles set ${set} where user_id = '{ada}'`;
const plan = (set: string) => `update public.subscription_plans set ${set} where code = 'free'`;
// What a plan costs is fixed once somebody had it.
const neverHad = (set: string) => `update public.subscription_plans set ${set} where code = 'unsold'`;
const planLike = (columns: string, values: string) =>
  `insert into public.subscription_plans (${columns}, name, price_minor, currency, billing_interval) values (${values}, 'X', 0, 'EUR', 'month')`;
const subscription = (values: string, user = '{bob}') =>
  `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end, cancel_at_period_end, canceled_at, replaces)
  select '${user}', id, ${values} from public.subscription_plans where code = 'free'`;
const event = (user: string, name: string, properties: string) =>
  `insert into public.analytics_events (user_id, name, properties) values (${user}, '${name}', ${properties})`;
const session = (set: string) => `update public.sessions set ${set} where user_id = '{ada}'`;
const nobody = 'gen_random_uuid()';

const refusals: Readonly<Record<string, string>> = {
  users_pkey: `insert into public.users (id) values ('{ada}')`,
  users_id_fkey: `insert into public.users (id) values (${nobody})`,

  profiles_pkey: `insert into public.profiles (user_id) values ('{ada}')`,
  profiles_user_id_fkey: `insert into public.profiles (user_id) values (${nobody})`,
  profiles_username_key: `update public.profiles set username = 'ADA' where user_id = '{bob}'`,
  profiles_username_shape: profile(`username = 'a-b'`),
  profiles_username_not_ours: profile(`username = 'Support'`),
  profiles_display_name_shape: profile(`display_name = ' '`),
  profiles_bio_length: profile(`bio = repeat('x', 1001)`),
  profiles_locale_shape: profile(`locale = 'german'`),
  profiles_time_zone_shape: profile(`time_zone = '../etc'`),
  profiles_avatar_path_in_own_folder: profile(`avatar_path = '{bob}/me.png'`),

  subscription_plans_pkey: planLike('id, code', `(select id from public.subscription_plans limit 1), 'x'`),
  subscription_plans_code_key: planLike('code', `'free'`),
  subscription_plans_code_shape: plan(`code = 'Free'`),
  subscription_plans_name_length: plan(`name = ' '`),
  subscription_plans_price_not_negative: neverHad('price_minor = -1'),
  subscription_plans_currency_iso_4217: neverHad(`currency = 'DEM'`),
  subscription_plans_features_shape: plan(`features = '{"seats": -1}'`),
  subscription_plans_trial_days_range: plan('trial_days = 366'),

  user_subscriptions_pkey: again('public.user_subscriptions'),
  user_subscriptions_user_id_fkey: subscription(`'active', now(), null, false, null, null`, '{nobody}'),
  user_subscriptions_plan_id_fkey: `insert into public.user_subscriptions (user_id, plan_id, status) values ('{bob}', ${nobody}, 'active')`,
  user_subscriptions_one_current: `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end)
    select '{bob}', p.id, 'active', v.day, v.day + interval '1 day' from public.subscription_plans p,
      (values (timestamptz '2026-01-01'), ('2026-02-01')) v(day)`,
  user_subscriptions_periods_never_overlap: subscription(
    `'expired', now() - interval '1 day', clock_timestamp(), false, null, null`,
    '{ada}',
  ),
  user_subscriptions_period_order: subscription(`'active', now(), now() - interval '1 day', false, null, null`),
  user_subscriptions_ended_has_an_end: subscription(`'expired', now(), null, false, null, null`),
  user_subscriptions_cancellation_has_an_end: subscription(`'active', now(), null, true, now(), null`),
  user_subscriptions_cancellation_has_a_date: subscription(`'active', now(), null, false, now(), null`),
  user_subscriptions_replaces_fkey: subscription(`'active', now(), null, false, null, ${nobody}`),
  user_subscriptions_replaces_key: `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end, replaces)
    select s.user_id, s.plan_id, 'expired', v.day, v.day, s.id from public.user_subscriptions s,
      (values (timestamptz '2026-01-01'), ('2026-01-02')) v(day) where s.user_id = '{ada}'`,

  sessions_pkey: again('public.sessions'),
  sessions_user_id_fkey: `insert into public.sessions (user_id, token_hash, expires_at) values (${nobody}, sha256('x'), 'tomorrow')`,
  sessions_token_hash_key: `insert into public.sessions (user_id, token_hash, expires_at) select user_id, token_hash, expires_at from public.sessions`,
  sessions_token_hash_length: session(`token_hash = 'x'`),
  sessions_user_agent_length: session(`user_agent = repeat('x', 513)`),
  sessions_order_of_time: session('expires_at = created_at'),

  trusted_address_header_pkey: again('private.trusted_address_header'),
  trusted_address_header_one_row: 'insert into private.trusted_address_header values (false, $$x$$)',
  trusted_address_header_name_shape: 'update private.trusted_address_header set name = $$X-Real-IP$$',
  local_auth_pkey: again('private.local_auth'),
  local_auth_one_row: 'insert into private.local_auth (singleton) values (false)',
  local_auth_throttle_key_length: 'update private.local_auth set throttle_key = $$x$$',
  sign_in_throttles_pkey: again('private.sign_in_throttles'),
  sign_in_throttles_kind: 'update private.sign_in_throttles set kind = $$x$$',
  sign_in_throttles_failures_not_negative: 'update private.sign_in_throttles set failures = -1',
  file_deletions_pkey: again('private.file_deletions'),

  monthly_tables_pkey: again('private.monthly_tables'),
  monthly_tables_parent_shape: `insert into private.monthly_tables (parent) values ('analytics_events')`,
  analytics_event_names_pkey: again('public.analytics_event_names'),
  analytics_event_names_name_shape: `insert into public.analytics_event_names (name, description) values ('Page', 'x')`,
  analytics_event_names_description_length: `update public.analytics_event_names set description = ' '`,
  analytics_events_pkey: again('public.analytics_events'),
  analytics_events_user_id_fkey: event(nobody, 'page_viewed', `'{}'`),
  analytics_events_name_fkey: event('null', 'nothing', `'{}'`),
  analytics_events_properties_shape: event('null', 'page_viewed', `'[]'`),

  sign_up_errors_pkey: again('private.sign_up_errors'),
  sign_up_errors_open: `insert into private.sign_up_errors (user_id, step, sqlstate, message) select user_id, step, sqlstate, message from private.sign_up_errors`,
  sign_up_errors_step_known: 'update private.sign_up_errors set step = $$x$$',
  test_table_pkey: again('public.test_table'),
  test_table_user_id_fkey: `insert into public.test_table (user_id, label) values (${nobody}, 'x')`,
  test_table_label_shape: `update public.test_table set label = ' '`,

  audit_logs_pkey: again('public.audit_logs'),
  audit_log_values_pkey: again('public.audit_log_values'),
  audit_erasures_pkey: again('private.audit_erasures'),
  maintenance_tasks_pkey: again('private.maintenance_tasks'),
  maintenance_tasks_run_order_key: `update private.maintenance_tasks set run_order = 1`,
  maintenance_tasks_task_shape: `update private.maintenance_tasks set task = 'x()' where run_order = 10`,
};

/** Never what refuses: it can not be violated while another holds, and is there to be referred to. */
const implied = ['user_subscriptions_id_user_id_key'];

describe('is refused by', () => {
  it.each(Object.entries(refusals))('%s', async (name, statement) => {
    const filled = statement
      .replaceAll('{ada}', ada)
      .replaceAll('{bob}', bob)
      .replaceAll('{nobody}', '00000000-0000-4000-8000-000000000000');
    // A name of a partition's is the one of its table with what tells the partition.
    const refused = await reference.as({ role: 'postgres' }, filled).then(
      ({ rowCount }) => `nothing: ${rowCount} rows`,
      (error: { constraint?: string; message: string }) => error.constraint?.replace('_default', '') ?? error.message,
    );
    expect(refused).toBe(name);
  });
});

it('no other constraint or unique index is there', async () => {
  const { rows } = await reference.sql.query<{ name: string }>(
    `select conname as name from pg_constraint join pg_class c on c.oid = conrelid
      where connamespace in ('public'::regnamespace, 'private'::regnamespace) and contype not in ('n', 't') and not c.relispartition
    union
    select i.relname from pg_index join pg_class i on i.oid = indexrelid join pg_class c on c.oid = indrelid
      where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and indisunique and not c.relispartition
    order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual([...Object.keys(refusals), ...implied].sort());
});
