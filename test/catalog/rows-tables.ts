/** Made-up tables whose rows are hard to guess; each names what is hard about it. */

export interface HardTable {
  readonly table: string;
  readonly sql: string;
  /** Fewer than asked for, where there are no more. */
  readonly rows?: number;
}

export const setup = `
  create type mood as enum ('sad', 'so-so', 'it''s "fine"', 'Zoë');
  create type place as (street text, "House No" integer, tags text[]);
  create domain positive as integer check (value > 0);
  create domain small_positive as positive check (value < 10);
  create domain email as text not null check (value ~ '^[a-z0-9.]+@[a-z0-9-]+[.][a-z]{2,8}$');
  create domain percent as numeric(5,2) check (value between 0 and 100);
  create domain moods as mood check (value <> 'sad');
  create domain short_list as text[] check (cardinality(value) between 1 and 3);
  create domain birthday as date check (value > '1900-01-01' and value < '2020-01-01');
  create type float_range as range (subtype = float8);
  create domain open_hours as int4range check (not isempty(value));
  create function is_even(n integer) returns boolean language sql immutable return n % 2 = 0;
  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'never a row in %', tg_table_name; end $$;
  create function shout() returns trigger language plpgsql as $$ begin new.code := upper(new.code); return new; end $$;
  create schema "Odd ""Schema.x";
  create type "Odd ""Schema.x"."Odd Type" as enum ('A', 'b''c');
`;

const types = [
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'numeric(4,0)',
  'numeric(10,3)',
  'numeric(3,-2)',
  'numeric(2,5)',
  'real',
  'double precision',
  'money',
  'text',
  'varchar(1)',
  'varchar(12)',
  'varchar',
  'char(3)',
  'char',
  'bpchar',
  'name',
  '"char"',
  'date',
  'timestamp',
  'timestamp(0)',
  'timestamptz',
  'timestamptz(3)',
  'time',
  'time(2)',
  'timetz',
  'interval',
  'interval year',
  'interval day to second(2)',
  'interval hour',
  'boolean',
  'uuid',
  'json',
  'jsonb',
  'jsonpath',
  'bytea',
  'inet',
  'cidr',
  'macaddr',
  'macaddr8',
  'bit',
  'bit(5)',
  'bit varying',
  'varbit(7)',
  'xml',
  'tsvector',
  'tsquery',
  'point',
  'line',
  'lseg',
  'box',
  'path',
  'polygon',
  'circle',
  'pg_lsn',
  'pg_snapshot',
  'oid',
  'xid',
  'xid8',
  'cid',
  'tid',
  'regclass',
  'regtype',
  'regproc',
  'regprocedure',
  'regnamespace',
  'regrole',
  'regconfig',
  'regdictionary',
  'regcollation',
  'regoper',
  'regoperator',
  'int4range',
  'int8range',
  'numrange',
  'daterange',
  'tsrange',
  'tstzrange',
  'int4multirange',
  'datemultirange',
  'tstzmultirange',
  'float_range',
  'text[]',
  'integer[]',
  'timestamptz[]',
  'numeric(6,2)[]',
  'varchar(4)[]',
  'jsonb[]',
  'mood',
  'mood[]',
  'place',
  'place[]',
  'positive',
  'small_positive',
  'email',
  'percent',
  'moods',
  'short_list',
  'birthday',
  'open_hours',
  'positive[]',
  'bytea[]',
  'uuid[]',
  'boolean[]',
  'point[]',
  'daterange[]',
  '"Odd ""Schema.x"."Odd Type"',
];

/** One table with a column of each type, that may be null and that may not. */
export const everyType = {
  table: 'every_type',
  types,
  sql: `create table every_type (id integer primary key, ${types
    .flatMap((type, at) => [`c${at} ${type}`, `n${at} ${type} not null`])
    .join(', ')})`,
};

// biome-ignore format: a table
export const hardTables: readonly HardTable[] = [
  { table: 'comparisons', sql: 'create table comparisons (a integer check (a >= 18), b integer check (b between 5 and 7), c numeric(6,2) check (c > 0 and c < 0.05), d bigint not null check (d > 9223372036854775800), e smallint check (e <> 0 and e < 0), f real check (f <= -10.5))' },
  { table: 'listed', sql: `create table listed (a text not null check (a in ('x', 'y', 'it''s')), b integer check (b = any (array[3, 5])), c text check (c not in ('', 'none')), d mood check (d in ('sad', 'Zoë')), e varchar(5) not null check (e in ('abc', 'de')))` },
  { table: 'lengths', sql: `create table lengths (a text not null check (char_length(a) between 3 and 5), b text check (length(b) = 40), c varchar(200) check (octet_length(c) >= 100), d text not null check (length(trim(d)) > 0), e text check (length(e) <= 2), f bytea not null check (octet_length(f) = 20), g text not null check (g <> ''))` },
  { table: 'regular', sql: `create table regular (a text not null check (a ~ '^[A-Z]{3}-\\d{4}$'), b text check (b ~* '^(foo|bar)+$'), c text check (c !~ '\\s'), d text not null check (d ~ '^#[0-9a-f]{6}$'), e text check (e ~ '^\\+[1-9]\\d{1,14}$'), f text not null check (f ~ '^https?://[^\\s/$.?#].[^\\s]*$'), g text check (g ~ '[[:digit:]]{2}' and length(g) > 20), h varchar(8) not null check (h ~ '^[a-z][a-z0-9-]*[a-z0-9]$'))` },
  { table: 'liked', sql: `create table liked (a text not null check (a like 'INV-%'), b text check (b like '_x_'), c text not null check (c ilike '%@EXAMPLE.com'), d text check (d not like '%\\%%'), e text not null check (starts_with(e, 'https://')), f text check (f similar to '(a|b)+c'), g text not null check (g ^@ 's3:'))` },
  { table: 'cased', sql: `create table cased (a text not null check (lower(a) = a), b text check (b = upper(b)), c text not null check (c = lower(btrim(c))), d text not null check (lower(d) in ('red', 'blue')), e text check (btrim(e) = e and e <> ''))` },
  { table: 'ordered_columns', sql: 'create table ordered_columns (starts date not null, ends date not null, check (starts < ends), a integer not null, b integer not null, c integer, check (a < b and b <= c), low numeric(4,1), high numeric(4,1) check (high >= low))' },
  { table: 'moments', sql: `create table moments (created_at timestamptz not null default now() check (created_at >= '2026-01-01'), expires_at timestamptz not null, check (expires_at > created_at + interval '1 day'), month date not null check (date_trunc('month', month) = month), year date check (extract(month from year) = 1 and extract(day from year) = 1), lasts interval not null check (lasts > '0' and lasts <= '24:00:00'), opens time not null, closes time not null check (closes > opens), check (isfinite(created_at)))` },
  { table: 'null_or', sql: `create table null_or (a integer check (a is null or a > 100), b text, c text, check (b is null or c is not null), check ((b is null) = (c is null)), d text, e text, check (d is not null or e is not null))` },
  { table: 'exactly_one', sql: 'create table exactly_one (id integer primary key, a integer, b text, c date, check (num_nonnulls(a, b, c) = 1))' },
  { table: 'at_least_two', sql: 'create table at_least_two (a integer, b text, c date, check (num_nonnulls(a, b, c) >= 2), d integer, e integer, check (num_nulls(d, e) = 1))' },
  { table: 'exactly_one_by_hand', sql: 'create table exactly_one_by_hand (a integer, b text, check ((a is null) <> (b is null)), c integer, d integer, check ((c is not null)::integer + (d is not null)::integer = 1))' },
  { table: 'states', sql: `create table states (status text not null default 'open' check (status in ('open', 'paid', 'void')), paid_at timestamptz, void_at timestamptz, reason text, check ((status = 'paid') = (paid_at is not null)), check (status <> 'void' or (void_at is not null and reason is not null)), check (case when status = 'open' then reason is null else true end))` },
  { table: 'kinds', sql: `create table kinds (kind mood not null, n integer, s text, check (case kind when 'sad' then n is not null and s is null when 'so-so' then n is null and s is not null else n > 5 and s ~ '^x' end))` },
  { table: 'json_shapes', sql: `create table json_shapes (a jsonb not null check (jsonb_typeof(a) = 'array'), b jsonb not null check (jsonb_typeof(b) = 'object' and b ? 'kind' and b ->> 'kind' in ('x', 'y')), c json check (json_typeof(c) = 'string'), d jsonb not null check (jsonb_typeof(d -> 'n') = 'number' and (d ->> 'n')::integer > 7), e jsonb check (jsonb_array_length(e) between 1 and 2), f jsonb not null check (f @> '{"v": 1}'))` },
  { table: 'arrays', sql: `create table arrays (a text[] not null check (cardinality(a) > 0), b integer[] check (array_length(b, 1) = 3), c text[] check (c <@ array['x', 'y', 'z']), d text[] not null check (array_position(d, null) is null), e integer[] check (0 < all (e)), f text[] not null check ('must' = any (f)), g integer[][] not null)` },
  { table: 'ranges', sql: `create table ranges (a daterange not null check (not isempty(a)), b tstzrange not null check (lower(b) < upper(b)), c int4range check (lower_inc(c) and not upper_inf(c)), d numrange not null check (d <@ '[0,100)'::numrange), e int4range not null check (upper(e) - lower(e) <= 10))` },
  { table: 'remainders', sql: 'create table remainders (a integer not null check (a % 5 = 0), b bigint check (mod(b, 7) = 3), c integer not null check (is_even(c)), d numeric check (d = round(d)), e numeric(8,2) not null check (trunc(e) = e), f integer check (f * 2 > 50 and f * 2 < 60))' },
  { table: 'computed', sql: `create table computed (a integer not null, b integer not null, total integer not null check (total = a + b), label text not null, slug text not null check (slug = lower(label)), path text not null check (path ~ ('^' || slug || '/[a-z]{3}$')), c integer generated always as (a * 2) stored)` },
  { table: 'coalesced', sql: `create table coalesced (a integer check (coalesce(a, 0) >= 3), b text check (coalesce(b, '') <> ''), c boolean check (c is true), d boolean not null check (d is not true), e boolean check (e is not null), f boolean not null check (f), g boolean not null check (not g))` },
  { table: 'opaque_checks', sql: `create table opaque_checks (a text not null check (md5(a) ~ '^[0-7]'), b integer not null check (b * b between 100 and 500), c text check (reverse(c) like 'z%'), d inet check (family(d) = 4), e integer not null check (e in (11, 13) and e # 13 = 0))` },
  { table: 'keys', sql: 'create table keys (a integer, b text, c mood, d boolean, primary key (a, b), unique (c, d), unique (b))' },
  { table: 'few_values', sql: 'create table few_values (c mood primary key)', rows: 4 },
  { table: 'two_values', sql: 'create table two_values (b boolean primary key)', rows: 2 },
  { table: 'singleton', sql: 'create table singleton (alone boolean primary key default true check (alone), name text not null)', rows: 1 },
  { table: 'no_distinct_nulls', sql: 'create table no_distinct_nulls (a text unique nulls not distinct, b integer)' },
  { table: 'expression_keys', sql: `create table expression_keys (email text not null, tenant integer not null, code varchar(3) not null); create unique index on expression_keys (lower(email)); create unique index on expression_keys (tenant, upper(code))` },
  { table: 'partial_keys', sql: `create table partial_keys (owner integer not null check (owner in (1, 2)), main boolean not null, deleted_at timestamptz); create unique index on partial_keys (owner) where main; create unique index on partial_keys (main) where deleted_at is null and main` },
  { table: 'included', sql: 'create table included (a varchar(2) not null, b integer); create unique index on included (a) include (b)' },
  { table: 'counted', sql: `create table counted (id serial primary key, big bigint generated always as identity, small smallint generated by default as identity (start 5 increment -1 minvalue -100 maxvalue 32000), other smallserial, made_at timestamptz not null default clock_timestamp(), random_id uuid not null default gen_random_uuid())` },
  { table: 'nothing_at_all', sql: 'create table nothing_at_all ()' },
  { table: 'only_generated', sql: 'create table only_generated (id integer generated always as identity, twice integer generated always as (1 + 1) stored)' },
  { table: 'parents', sql: 'create table parents (id uuid primary key, tenant integer not null, code text not null unique, unique (tenant, id), unique (tenant, code))' },
  { table: 'children', sql: 'create table children (id integer primary key, parent uuid not null references parents, maybe uuid references parents on delete set null, tenant integer not null, code text, foreign key (tenant, parent) references parents (tenant, id), foreign key (tenant, code) references parents (tenant, code) match full)' , rows: 5 },
  { table: 'one_to_one', sql: 'create table one_to_one (parent uuid primary key references parents, note text)' },
  { table: 'junction', sql: 'create table junction (parent uuid references parents, child integer references children, primary key (parent, child))' },
  { table: 'friends', sql: 'create table friends (a uuid not null references parents, b uuid not null references parents, check (a <> b), primary key (a, b))' },
  { table: 'friends_in_order', sql: 'create table friends_in_order (a uuid not null references parents, b uuid not null references parents, check (a < b), primary key (a, b))' },
  { table: 'tree', sql: 'create table tree (id integer primary key, parent integer references tree, tenant integer not null, up integer, unique (tenant, id), foreign key (tenant, up) references tree (tenant, id), check (parent <> id))' },
  { table: 'rooted_tree', sql: 'create table rooted_tree (id integer primary key, parent integer not null references rooted_tree)' },
  { table: 'egg', sql: 'create table egg (id integer primary key, hen integer not null); create table hen (id integer primary key, egg integer not null references egg); alter table egg add foreign key (hen) references hen' },
  { table: 'boss', sql: 'create table team (id uuid primary key, lead uuid); create table boss (id uuid primary key, team uuid not null references team); alter table team add foreign key (lead) references boss' },
  { table: 'late', sql: 'create table later (id integer primary key, late integer not null unique); create table late (id integer primary key, later integer not null references later deferrable initially deferred); alter table later add foreign key (late) references late deferrable' },
  { table: 'members', sql: 'create table orgs (id uuid primary key, owner uuid not null); create table members (org uuid not null references orgs, id uuid not null, primary key (org, id)); alter table orgs add foreign key (id, owner) references members (org, id)' },
  { table: 'by_month', sql: `create table by_month (at timestamptz not null, n integer, primary key (at, n)) partition by range (at); create table by_month_1 partition of by_month for values from ('2031-01-01') to ('2031-02-01'); create table by_month_2 partition of by_month for values from ('2031-02-01') to ('2031-03-01')` },
  { table: 'by_list', sql: `create table by_list (kind text, sub integer not null) partition by list (kind); create table by_list_a partition of by_list for values in ('a', 'b''s') partition by range (sub); create table by_list_a1 partition of by_list_a for values from (minvalue) to (-5); create table by_list_a2 partition of by_list_a for values from (100) to (maxvalue); create table by_list_n partition of by_list for values in (null)` },
  { table: 'by_hash', sql: 'create table by_hash (id uuid primary key) partition by hash (id); create table by_hash_0 partition of by_hash for values with (modulus 2, remainder 0); create table by_hash_1 partition of by_hash for values with (modulus 2, remainder 1)' },
  { table: 'by_two', sql: `create table by_two (a integer not null, b date not null, c text) partition by range (a, b); create table by_two_1 partition of by_two for values from (7, '2024-01-01') to (7, '2024-06-01'); create table by_two_2 partition of by_two for values from (9, minvalue) to (12, maxvalue)` },
  { table: 'by_default', sql: 'create table by_default (a integer not null check (a > 3)) partition by list (a); create table by_default_x partition of by_default default' },
  { table: 'by_expression', sql: 'create table by_expression (a text not null) partition by list (lower(a)); create table by_expression_x partition of by_expression for values in (\'xyz\', \'abc\')' },
  { table: 'inheriting', sql: 'create table inherited (id integer primary key, name text not null check (length(name) < 9)); create table inheriting (extra date not null) inherits (inherited)' },
  { table: 'shouted', sql: 'create table shouted (code text primary key); create trigger t before insert on shouted for each row execute function shout()' },
  { table: 'heard', sql: 'create table heard (code text primary key references shouted)' },
  { table: 'made_by_trigger', sql: `create table account (id uuid primary key); create table made_by_trigger (id uuid primary key references account, bio text); create function make_it() returns trigger language plpgsql as $$ begin insert into public.made_by_trigger (id) values (new.id); return null; end $$; create trigger t after insert on account for each row execute function make_it()` },
  { table: 'no_overlap', sql: 'create table no_overlap (id integer primary key, during daterange not null, exclude using gist (during with &&))' },
  { table: 'forced', sql: 'create table forced (id integer primary key, t text); alter table forced enable row level security, force row level security' },
  { table: '"Odd ""Schema.x"."Odd ""Table.y ☃"', sql: `create table "Odd ""Schema.x"."Odd ""Table.y ☃" ("select" integer primary key, "a b" text not null check ("a b" ~ '^q'), "UP" "Odd ""Schema.x"."Odd Type" not null, "d""q" date check ("d""q" < '2000-01-01'), "x.y" integer references "Odd ""Schema.x"."Odd ""Table.y ☃")` },
  { table: '"Odd ""Schema.x"."Whole.row ""of"', sql: `create table "Odd ""Schema.x"."Whole.row ""of" (id integer, x text, y text, z text, check ("Whole.row ""of" is not null))` },
  { table: 'domains_in_use', sql: `create table domains_in_use (a positive not null check (a <> 5), b small_positive not null, c email, d percent not null check (d > 99), e moods not null, f short_list not null, g birthday not null check (g >= '2019-01-01'), h positive[] check (cardinality(h) = 2))` },
  { table: 'wide_rows', sql: `create table wide_rows (${Array.from({ length: 60 }, (_, at) => `c${at} text${at % 3 === 0 ? ' not null' : ''}`).join(', ')})` },
  { table: 'unlogged_rows', sql: 'create unlogged table unlogged_rows (id bigint primary key, t text)' },
  { table: 'rewritten', sql: 'create table rewritten_log (n integer); create table rewritten (n integer not null); create rule r as on insert to rewritten do also insert into rewritten_log values (1)' },
];

export const refusedTables: readonly (HardTable & { readonly why: RegExp })[] = [
  {
    table: 'never',
    sql: 'create table never (id integer primary key); create trigger t before insert on never for each row execute function refuse()',
    why: /never a row in never \(P0001, said by .*refuse\(\)\)/,
  },
  {
    table: 'after_never',
    sql: 'create table after_never (id integer primary key, never integer not null references never)',
    why: /after_never_never_fkey asks for rows of public\.never, which was refused: never a row/,
  },
  {
    table: 'contradiction',
    sql: 'create table contradiction (a integer not null, constraint too_small check (a < 3), constraint too_big check (a > 5))',
    why: /too_small|too_big/,
  },
  {
    table: 'excluded',
    sql: `create table excluded (a integer not null check (a = 7), constraint only_once exclude using btree (a with =)); insert into excluded values (7)`,
    why: /the exclusion constraint only_once/,
  },
  {
    table: 'no_partition',
    sql: 'create table no_partition (a integer) partition by list (a)',
    why: /it has no partition/,
  },
  {
    table: 'unguessable',
    sql: `create table unguessable (a text not null constraint secret check (md5(a) = 'ffffffffffffffffffffffffffffffff'))`,
    why: /secret/,
  },
];
