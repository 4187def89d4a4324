/** Who reaches which rows of which relation with which command: one table that the statements of the test are made of. */

/** `-`: refused by the grants. Otherwise whose rows: the labels that `row` gives, `*` for every row, '' for none. */
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

const person = (column: string) => `case ${column} when '{ada}' then 'ada' when '{bob}' then 'bob' else 'cleo' end`;

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
    select: { anon: 'pro', ada: 'pro', bob: '*', nobody: 'pro', service: '*' },
    set: 'sort_order = 1',
    update: served,
    delete: { ...served, service: '23001' },
    insert: `(code, name, price_minor, currency, billing_interval) values ('new', 'New', 0, 'EUR', 'month')`,
    inserts: { ...closed, service: '1' },
  },
];
