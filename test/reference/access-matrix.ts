/** Who reaches which rows of which relation with which command: one table that the statements of the test are made of. */

/**
 * `-`: refused by the grants. Otherwise whose rows: the labels that `row` gives, `*` for every row, '' for none. Or the
 * SQLSTATE; `restricted` is the one of ON DELETE RESTRICT, 23001 since PostgreSQL 18 and 23503 before.
 */
export type Reach = '-' | (string & {});

export interface Reaches {
  readonly anon: Reach;
  readonly ada: Reach;
  readonly bob: Reach;
  /** Signed in without a subject: no claims, empty claims. */
  readonly nobody: Reach;
  /** A subject that nobody has: the token outlived its account. As `nobody` unless said otherwise. */
  readonly outlived?: Reach;
  readonly service: Reach;
}

export interface RelationAccess {
  /** With the schema. */
  readonly relation: string;
  /** SQL: what a row is called below. `{ada}` and the like stand for ids. */
  readonly row: string;
  readonly select: Reaches;
  /** SQL after SET: the column that clients may write, where there is one. */
  readonly set: string;
  readonly update: Reaches;
  readonly delete: Reaches;
  readonly view?: true;
  /** The row that a WHERE asks for; bob's unless said otherwise. */
  readonly one?: string;
  /** SQL after INSERT INTO …: a row of `{me}`. */
  readonly insert: string;
  /** Whether it goes in: `1`, or the SQLSTATE. */
  readonly inserts: Reaches;
}

const closed: Reaches = { anon: '-', ada: '-', bob: '-', nobody: '-', service: '-' };
const served: Reaches = { ...closed, service: '*' };
const own: Reaches = { anon: '-', ada: 'ada', bob: 'bob', nobody: '', service: '*' };

/** A view of several tables is not written by anybody. */
const joined: Reaches = { anon: '55000', ada: '55000', bob: '55000', nobody: '55000', service: '55000' };

const person = (column: string) =>
  `case ${column} when '{ada}' then 'ada' when '{bob}' then 'bob' when '{cleo}' then 'cleo' else 'nobody' end`;

export const accessMatrix: readonly RelationAccess[] = [
  {
    relation: 'public.users',
    row: person('id'),
    select: own,
    set: 'suspended_at = null',
    update: served,
    delete: served,
    insert: `(id) values (gen_random_uuid())`,
    // The account has to be there first.
    inserts: { ...closed, service: '23503' },
  },
  {
    relation: 'public.profiles',
    row: person('user_id'),
    // Ada's is private, bob's for members, cleo's public.
    select: { anon: 'cleo', ada: '*', bob: 'bob cleo', nobody: 'cleo', outlived: 'bob cleo', service: '*' },
    set: `bio = 'changed'`,
    update: own,
    delete: served,
    insert: `(user_id) values ('{me}')`,
    inserts: { ...closed, service: '23505' },
  },
  {
    relation: 'public.subscription_plans',
    row: 'code',
    one: 'retired',
    // 'retired' is no longer sold, and bob has it.
    select: { anon: 'free pro', ada: 'free pro', bob: '*', nobody: 'free pro', service: '*' },
    set: 'sort_order = 1',
    update: served,
    delete: { ...served, service: 'restricted' },
    insert: `(code, name, price_minor, currency, billing_interval) values ('new', 'New', 0, 'EUR', 'month')`,
    inserts: { ...closed, service: '1' },
  },
  {
    relation: 'public.user_subscriptions',
    row: person('user_id'),
    select: own,
    set: 'cancel_at_period_end = cancel_at_period_end',
    update: served,
    delete: closed,
    insert: `(user_id, plan_id, status) select '{me}', id, 'active' from public.subscription_plans limit 1`,
    // There is one already.
    inserts: { ...closed, service: '23P01' },
  },
  {
    relation: 'public.subscription_status',
    view: true,
    row: person('user_id'),
    select: own,
    set: 'entitled = true',
    update: joined,
    delete: joined,
    insert: `(entitled) values (true)`,
    inserts: joined,
  },
  {
    relation: 'public.sessions',
    row: person('user_id'),
    select: own,
    set: 'revoked_at = null',
    update: closed,
    delete: closed,
    insert: `(user_id, token_hash, expires_at) values ('{me}', sha256('x'), now() + interval '1 day')`,
    inserts: closed,
  },
  {
    relation: 'public.analytics_events',
    row: person('user_id'),
    select: served,
    set: `name = 'page_viewed'`,
    update: closed,
    delete: closed,
    insert: `(user_id, name) values ('{me}', 'page_viewed')`,
    inserts: closed,
  },
  {
    relation: 'public.analytics_event_names',
    row: 'name',
    one: 'page_viewed',
    select: served,
    set: 'from_clients = true',
    update: served,
    delete: { ...served, service: 'restricted' },
    insert: `(name, description) values ('looked_up', 'Something was looked up.')`,
    inserts: { ...closed, service: '1' },
  },
  {
    relation: 'public.audit_logs',
    row: person('subject_id'),
    select: own,
    set: `actor_role = 'nobody'`,
    update: closed,
    delete: closed,
    insert: `(actor_role, table_name, subject_id, action, changed_columns) values ('x', 'public.users', '{me}', 'insert', '{}')`,
    inserts: closed,
  },
  {
    relation: 'public.audit_log_values',
    row: person('subject_id'),
    select: own,
    set: 'old_values = null',
    update: closed,
    delete: closed,
    insert: `(log_id, occurred_at, subject_id) values (1, now(), '{me}')`,
    inserts: closed,
  },
  {
    relation: 'public.test_table',
    row: person('user_id'),
    // Bob shares his row.
    select: { anon: '-', ada: 'ada bob', bob: 'bob', nobody: '', outlived: 'bob', service: '*' },
    set: `label = 'changed'`,
    update: own,
    delete: own,
    insert: `(user_id, label) values ('{me}', 'mine')`,
    inserts: { anon: '-', ada: '1', bob: '1', nobody: '-', outlived: '23503', service: '1' },
  },
  {
    relation: 'public.test_table_with_users',
    view: true,
    row: person('user_id'),
    select: { anon: '-', ada: 'ada bob', bob: 'bob', nobody: '', outlived: 'bob', service: '*' },
    set: `label = 'changed'`,
    update: joined,
    delete: joined,
    insert: `(label) values ('mine')`,
    inserts: joined,
  },
];
