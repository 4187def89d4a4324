/** Settings that any role may make for its session: nobody gains a row, a right or a paid day by one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase, subscribe } from './reference-database.ts';

let reference: ReferenceDatabase;
let ada: string;
let bob: string;
let bobs: { session_id: string; token: string };

beforeAll(async () => {
  reference = await referenceDatabase();
  const { sql } = reference;
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
  await subscribe(sql, bob, { planCode: 'pro', periodEnd: '20 days' });
  const { rows } = await sql.query<typeof bobs>('select session_id, token from public.start_session_for($1)', [bob]);
  bobs = rows[0] ?? { session_id: '', token: '' };
  await sql.query('select public.start_session_for($1)', [ada]);
});
afterAll(() => reference.db.drop());

/** What a statement answers to ada; `{bob}` and the like are his. */
const answers: Readonly<Record<string, unknown>> = {
  'select id = {ada} as own from public.users': [{ own: true }],
  'select user_id = {ada} as own from public.profiles': [{ own: true }],
  'select distinct user_id = {ada} as own from public.user_subscriptions': [{ own: true }],
  'select distinct subject_id = {ada} as own from public.audit_logs': [{ own: true }],
  'select count(*)::int from public.list_my_sessions()': [{ count: 1 }],
  'select from public.touch_session({token})': [],
  'select public.revoke_session({session}) as revoked': [{ revoked: false }],
  'update public.profiles set bio = $$x$$ where user_id = {bob} returning 1 as one': [],
  'update public.profiles set bio = $$x$$ returning user_id = {ada} as own': [{ own: true }],
  'update public.profiles set user_id = {bob}': '42501',
  'update public.users set suspended_at = null': '42501',
  'insert into public.test_table (user_id, label) values ({bob}, $$x$$)': '42501',
  'select public.change_plan($$pro$$)': 'PT402',
  'select public.subscribe($$free$$)': 'PT409',
  'select public.activate_subscription({ada}, $$pro$$, null)': '42501',
  'select public.set_avatar($$../{bob}/me.png$$)': 'PT422',
  'select public.log_event($$signed_up$$)': 'PT422',
  'select private.signed_in_user()': '42501',
};

describe.each<[string, string]>([
  ['TimeZone', 'WINTER12SUMMER,1,300'],
  ['DateStyle', 'German, DMY'],
  ['IntervalStyle', 'sql_standard'],
  ['search_path', 'pg_temp, private, definer, public'],
  ['standard_conforming_strings', 'off'],
  ['transform_null_equals', 'on'],
  ['array_nulls', 'off'],
  ['quote_all_identifiers', 'on'],
  ['bytea_output', 'escape'],
  ['extra_float_digits', '-15'],
  ['xmloption', 'document'],
  ['check_function_bodies', 'off'],
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
  ['client_min_messages', 'debug1'],
  ['plpgsql.extra_errors', 'all'],
  ['request.jwt.claim.role', 'service_role'],
  ['request.jwt.claim.email', 'bob@example.test'],
  ['request.headers', '{"x-user-id": "{bob}", "x-forwarded-for": "127.0.0.1"}'],
  ['storage.allow_delete_query', 'true'],
  ['app.user_id', '{bob}'],
])('with %s = %s', (name, value) => {
  it('the answers are the same', async () => {
    const given: Record<string, unknown> = {};
    for (const statement of Object.keys(answers)) {
      const filled = statement
        .replaceAll('$$../{bob}', `$$$$../${bob}`)
        .replaceAll('{ada}', `'${ada}'`)
        .replaceAll('{bob}', `'${bob}'`)
        .replaceAll('{token}', `'${bobs.token}'`)
        .replaceAll('{session}', `'${bobs.session_id}'`);
      const actor = {
        role: 'authenticated',
        claims: { sub: ada, is_anonymous: false },
        settings: { [name]: value.replaceAll('{bob}', bob) },
      };
      given[statement] = await reference.as(actor, filled).then(({ rows }) => rows, sqlstateOf);
    }
    expect(given).toEqual(answers);
  });
});
