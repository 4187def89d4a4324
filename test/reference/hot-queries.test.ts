/**
 * The queries that run all day, at 100,000 users and a million events: every plan, also of the statements inside of
 * functions and policies, as auto_explain saw it while it ran. What counts is the shape, not the time.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';
import { fillWithVolume } from './volume.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Loops'?: number;
  readonly 'Actual Rows'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

let reference: ReferenceDatabase;
let session: Connection;
let notices: string[] = [];
let someone: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  const admin = await reference.db.connectAsAdmin();
  someone = await fillWithVolume(admin);
  session = await connect(reference.db.adminSettings, {
    applicationName: 'dbkit test',
    onNotice: (message) => notices.push(message),
  });
  await session.run(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
    set auto_explain.log_format = json; set auto_explain.log_analyze = on; set auto_explain.log_timing = off`);
}, 240_000);
afterAll(async () => {
  await session.close();
  await reference.db.drop();
});

/** Nodes of every plan that ran while the statement did, as the role, for `someone`. */
async function plansOf(role: string, statement: string): Promise<readonly PlanNode[]> {
  await session.run('begin');
  try {
    await session.query(`select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)`, [
      JSON.stringify(role === 'authenticated' ? { sub: someone, role } : { role }),
      role,
    ]);
    await session.run(`set local client_min_messages = log`);
    notices = [];
    await session.run(statement.replaceAll('{someone}', someone));
  } finally {
    await session.run('rollback');
  }
  const plans = notices.flatMap((notice) => /^duration: [\d.]+ ms\s+plan:\s*(\{[\s\S]*\})$/.exec(notice)?.[1] ?? []);
  return plans.flatMap((text) => nodesOf((JSON.parse(text) as { Plan: PlanNode }).Plan));
}

function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

const indexesIn = (nodes: readonly PlanNode[]) => nodes.flatMap((node) => node['Index Name'] ?? []);

/** To the planner the two cost about the same: which it takes is chance. */
const eitherOfUser = 'user_subscriptions_(periods_never_overlap|history)';

const rowsRead = (node: PlanNode) => (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0);

/** Tables of which no query that runs all day may read every row. */
const large = /^(users|profiles|user_subscriptions|sessions|objects|file_deletions|analytics_events_\w+|audit_log\w+)$/;

const hot: [string, string, string, readonly string[]][] = [
  ['the own subscription', 'authenticated', 'select * from public.subscription_status', ['users_pkey', eitherOfUser]],
  [
    'a profile by its name',
    'anon',
    `select username, display_name from public.profiles where username_lower = lower('Person_4713')`,
    ['profiles_username_key'],
  ],
  ['the own profile', 'authenticated', `select * from public.profiles where user_id = '{someone}'`, ['profiles_pkey']],
  [
    'a token is checked',
    'service_role',
    `select * from public.touch_session('token-of-43-characters-00000000000000000001')`,
    ['sessions_token_hash_key'],
  ],
  ['the own sessions', 'authenticated', 'select * from public.list_my_sessions()', ['sessions_of_user']],
  ['sessions are purged', 'service_role', 'select public.purge_sessions()', ['sessions_ended']],
  [
    'events of one name in a month',
    'service_role',
    `select count(*) from public.analytics_events where name = 'signed_up'
      and occurred_at >= date_trunc('month', now()) and occurred_at < date_trunc('month', now()) + interval '1 day'`,
    ['analytics_events_%_name_occurred_at_idx'],
  ],
  [
    'what one user did lately',
    'service_role',
    `select * from public.analytics_events where user_id = '{someone}' order by occurred_at desc limit 20`,
    ['analytics_events_%_user_id_occurred_at_idx'],
  ],
  [
    'the own audit trail, newest first',
    'authenticated',
    'select * from public.audit_logs order by occurred_at desc limit 50',
    ['audit_logs_%_subject_id_occurred_at_idx'],
  ],
  [
    'a picture that a profile shows',
    'anon',
    `select metadata from storage.objects where bucket_id = 'avatars'
      and name = '00001266-0000-4000-8000-000000000000/portrait.png'`,
    ['profiles_avatar_path'],
  ],
  ['a subscription is canceled', 'authenticated', `select public.cancel_subscription()`, ['users_pkey']],
  ['subscriptions are ended', 'service_role', 'select public.expire_subscriptions()', ['user_subscriptions_due']],
  ['an event is logged', 'authenticated', `select public.log_event('page_viewed')`, ['users_pkey']],
];

it.each(hot)('%s', async (_, role, statement, indexes) => {
  const nodes = await plansOf(role, statement);
  const used = new Set(indexesIn(nodes));
  for (const index of indexes) {
    const pattern = new RegExp(`^${index.replace('%', '\\w+')}$`);
    expect(
      [...used].some((name) => pattern.test(name)),
      `${index} among ${[...used].join(', ')}`,
    ).toBe(true);
  }
  const whole = nodes.filter(
    (node) => node['Node Type'] === 'Seq Scan' && large.test(node['Relation Name'] ?? '') && rowsRead(node) > 100,
  );
  expect(whole).toEqual([]);
});

it('there is no index that nothing uses', async () => {
  const seldom: [string, string][] = [
    ['service_role', `delete from public.subscription_plans where code = 'free'`],
    ['service_role', 'select * from public.claim_file_deletions()'],
    ['service_role', `select public.erase_audit_values('{someone}')`],
    ['service_role', 'select * from public.repair_users()'],
    ['authenticated', 'select * from public.test_table'],
  ];
  const used: string[] = [];
  for (const [role, statement] of [...hot.map(([, role, statement]) => [role, statement] as const), ...seldom]) {
    used.push(...indexesIn(await plansOf(role, statement)));
  }
  // Those of constraints have their use in these; what is unique may have another one than that.
  const { rows } = await reference.sql.query<{ name: string }>(
    `select i.relname as name from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and not c.relispartition
      and not x.indisunique and not exists (select from pg_constraint k where k.conindid = x.indexrelid)
      and not exists (
        select from (select x.indexrelid as relid union all select inhrelid from pg_inherits where inhparent = x.indexrelid) same
        join pg_class s on s.oid = same.relid where s.relname = any ($1))
    order by 1`,
    [used],
  );
  expect(rows.filter(({ name }) => !new RegExp(eitherOfUser).test(String(name)))).toEqual([]);
});

it('a month is read from its partition alone', async () => {
  const nodes = await plansOf(
    'service_role',
    `select count(*) from public.analytics_events where occurred_at >= date_trunc('month', now(), 'UTC')
      and occurred_at < date_trunc('month', now(), 'UTC') + interval '1 month'`,
  );
  const read = nodes.filter((node) => node['Actual Loops'] !== 0).flatMap((node) => node['Relation Name'] ?? []);
  expect(new Set(read).size).toBe(1);
  expect(read[0]).not.toMatch(/default/);
});

it('the plans of a query that no index serves are seen', async () => {
  const nodes = await plansOf('service_role', `select from public.analytics_events where properties @> '{"a": 1}'`);
  expect(nodes.some((node) => node['Node Type'] === 'Seq Scan' && large.test(node['Relation Name'] ?? ''))).toBe(true);
});
