/** Migrations as teams write them, and what a careful reader would say of each: nothing, or these findings alone. */

export interface LintCase {
  readonly name: string;
  /** `@` stands for the case's own schema, which is served to clients. Behind `base`. */
  readonly setup?: string;
  readonly up: string;
  /** `rule object`, in the order in which they are told; without the schema. */
  readonly found: readonly string[];
}

export const base = `
create schema @;
grant usage on schema @ to anon, authenticated;
create table @.people (id uuid primary key default gen_random_uuid(), email text not null, name varchar(50), born date);
create table @.orders (
  id bigint generated always as identity primary key,
  owner uuid references @.people,
  total integer,
  price numeric(10, 2),
  state text,
  paid_at timestamp,
  placed_at timestamptz not null default now()
);
create index orders_owner on @.orders (owner);
alter table @.people enable row level security;
alter table @.orders enable row level security;
create policy own on @.orders for select to authenticated using (owner = (select auth.uid()));
grant select on @.people, @.orders to authenticated;
`;

const off = '-- dbkit:transaction off\n';

const quiet: readonly LintCase[] = [
  {
    name: 'a new table with row-level security, policies and an index',
    up: `create table @.notes (
        id uuid primary key default gen_random_uuid(),
        owner uuid not null references @.people on delete cascade,
        body text not null check (length(body) < 10000),
        created_at timestamptz not null default now());
      create index notes_owner on @.notes (owner);
      alter table @.notes enable row level security;
      grant select, insert on @.notes to authenticated;
      create policy "read own" on @.notes for select to authenticated using ((select auth.uid()) = owner);
      create policy "write own" on @.notes for insert to authenticated with check ((select auth.uid()) = owner);`,
    // The reference locks people against writes for a moment, and reads none of its rows.
    found: [],
  },
  {
    name: 'a table made, filled, indexed, constrained and made NOT NULL in one migration',
    up: `create table @.countries (code text, name text);
      insert into @.countries values ('ch', 'Switzerland'), ('is', 'Iceland');
      update @.countries set name = upper(name);
      alter table @.countries alter column name set not null;
      alter table @.countries add primary key (code);
      alter table @.countries add constraint short check (length(code) = 2);
      create unique index countries_name on @.countries (name);
      alter table @.countries alter column name type varchar(80);
      alter table @.countries rename column name to title;
      alter table @.countries rename to lands;
      alter table @.lands drop column title;`,
    found: [],
  },
  { name: 'a nullable column', up: 'alter table @.orders add column memo text;', found: [] },
  {
    name: 'a column with a constant default, and NOT NULL',
    up: `alter table @.orders add column memo text not null default '', add column seen timestamptz not null default now();`,
    found: [],
  },
  {
    name: 'ADD COLUMN IF NOT EXISTS of one that is there',
    up: 'alter table @.orders add column if not exists state text;',
    found: [],
  },
  { name: 'varchar made longer', up: 'alter table @.people alter column name type varchar(200);', found: [] },
  { name: 'varchar to text', up: 'alter table @.people alter column name type text;', found: [] },
  {
    name: 'numeric with more digits in front',
    up: 'alter table @.orders alter column price type numeric(14, 2);',
    found: [],
  },
  { name: 'numeric without a limit', up: 'alter table @.orders alter column price type numeric;', found: [] },
  {
    name: 'timestamp to timestamptz where the session is in UTC',
    up: `set local timezone = 'UTC'; alter table @.orders alter column paid_at type timestamptz;`,
    found: [],
  },
  {
    name: 'NOT NULL by a CHECK that is not valid, the first step',
    up: 'alter table @.orders add constraint total_there check (total is not null) not valid;',
    found: [],
  },
  {
    name: 'NOT NULL by a CHECK, the second step',
    setup: 'alter table @.orders add constraint total_there check (total is not null) not valid;',
    up: 'alter table @.orders validate constraint total_there;',
    found: [],
  },
  {
    name: 'NOT NULL by a CHECK, the third step',
    setup: 'alter table @.orders add constraint total_there check (total is not null);',
    up: 'alter table @.orders alter column total set not null; alter table @.orders drop constraint total_there;',
    found: [],
  },
  {
    name: 'a foreign key that is not valid',
    setup: 'create table @.shops (id bigint primary key); alter table @.orders add column shop bigint;',
    up: 'alter table @.orders add constraint orders_shop foreign key (shop) references @.shops not valid;',
    found: [],
  },
  {
    name: 'the same, validated in the next migration',
    setup:
      'create table @.shops (id bigint primary key); alter table @.orders add column shop bigint; alter table @.orders add constraint orders_shop foreign key (shop) references @.shops not valid;',
    up: 'alter table @.orders validate constraint orders_shop;',
    found: [],
  },
  {
    name: 'an index made concurrently',
    up: `${off}create index concurrently orders_state on @.orders (state);`,
    found: [],
  },
  { name: 'an index dropped concurrently', up: `${off}drop index concurrently @.orders_owner;`, found: [] },
  {
    name: 'a unique constraint on an index that is there',
    setup: 'create unique index people_email on @.people (email);',
    up: 'alter table @.people add constraint people_email_key unique using index people_email;',
    found: [],
  },
  {
    name: 'ADD VALUE to an enum',
    setup: `create type @.mood as enum ('sad', 'ok');`,
    up: `alter type @.mood add value 'happy';`,
    found: [],
  },
  {
    name: 'a partition made with its table',
    setup: 'create table @.events (at date not null, what text) partition by range (at);',
    up: `create table @.events_26 partition of @.events for values from ('2026-01-01') to ('2027-01-01');`,
    found: [],
  },
  {
    name: 'a partition attached whose CHECK says what its bounds say',
    setup: `create table @.events (at date not null, what text) partition by range (at);
      create table @.events_26 (at date not null, what text, constraint b check (at >= '2026-01-01' and at < '2027-01-01'));`,
    up: `alter table @.events attach partition @.events_26 for values from ('2026-01-01') to ('2027-01-01');
      alter table @.events_26 drop constraint b;`,
    found: [],
  },
  {
    name: 'a new table that is empty, attached as a partition',
    setup: 'create table @.events (at date not null, what text) partition by range (at);',
    up: `create table @.events_27 (like @.events including all);
      alter table @.events attach partition @.events_27 for values from ('2027-01-01') to ('2028-01-01');`,
    found: [],
  },
  {
    name: 'a definer function with its search_path, revoked from everybody',
    up: `create function @.total() returns bigint language sql security definer set search_path = '' as 'select 1::bigint';
      revoke execute on function @.total() from public, anon, authenticated;`,
    found: [],
  },
  {
    name: 'a definer function whose search_path is set by ALTER',
    up: `create function @.stamp() returns trigger language plpgsql security definer as $$ begin return new; end $$;
      alter function @.stamp() set search_path = '';
      create trigger stamp before update on @.orders for each row execute function @.stamp();`,
    found: [],
  },
  {
    name: 'a policy replaced by one of the same name and condition',
    up: `drop policy if exists own on @.orders;
      create policy own on @.orders for select to authenticated using (owner = (select auth.uid()));`,
    found: [],
  },
  {
    name: 'a policy that asks once instead of for every row',
    setup: 'alter policy own on @.orders using (owner = auth.uid());',
    up: 'drop policy own on @.orders; create policy own on @.orders for select to authenticated using (owner = (select auth.uid()));',
    found: [],
  },
  {
    name: 'a policy made narrower',
    up: `alter policy own on @.orders using (owner = (select auth.uid()) and state <> 'hidden');`,
    found: [],
  },
  {
    name: 'a view that asks for its reader',
    up: 'create view @.mine with (security_invoker = on) as select id, total from @.orders; grant select on @.mine to authenticated;',
    found: [],
  },
  {
    name: 'a view replaced with its options',
    setup: 'create view @.mine with (security_invoker) as select id from @.orders;',
    up: 'create or replace view @.mine with (security_invoker) as select id, total from @.orders;',
    found: [],
  },
  {
    name: 'a renamed table with a view of the old name',
    up: `alter table @.orders rename to purchases;
      create view @.orders with (security_invoker = true) as select * from @.purchases;`,
    found: [],
  },
  {
    name: 'a temporary table for a backfill of few rows by key',
    up: `create temp table worth on commit drop as select id from @.orders where total > 100;
      alter table worth add column n int;
      create index on worth (id);
      update @.orders set state = 'big' where id = any (array[1, 2, 3]);`,
    found: [],
  },
  {
    name: 'a comment and statistics',
    up: `comment on table @.orders is 'all'; alter table @.orders alter column total set statistics 500;`,
    found: [],
  },
  {
    name: 'fillfactor and autovacuum',
    up: 'alter table @.orders set (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.01);',
    found: [],
  },
  { name: 'a default changed', up: `alter table @.orders alter column state set default 'new';`, found: [] },
  { name: 'an extension', up: 'create extension if not exists pg_trgm schema @;', found: [] },
  {
    name: 'grants of reading in a loop, to the signed-in',
    up: `do $$ declare t text; begin
        foreach t in array array['people', 'orders'] loop
          execute format('grant select, insert on @.%I to authenticated', t);
        end loop; end $$;`,
    found: [],
  },
  {
    name: 'an updated_at trigger',
    up: `create function @.touch() returns trigger language plpgsql set search_path = '' as $$ begin new.placed_at := now(); return new; end $$;
      create trigger touch before update on @.orders for each row execute function @.touch();`,
    found: [],
  },
  {
    name: 'a trigger off for a while',
    setup: `create function @.touch() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger touch before update on @.orders for each row execute function @.touch();`,
    up: `alter table @.orders disable trigger touch;
      update @.orders set state = 'old' where id = 1;
      alter table @.orders enable trigger touch;`,
    // The lock of DISABLE TRIGGER is held while one row is changed: worth a word.
    found: ['lock-held-during-data-change orders'],
  },
  {
    name: 'a materialized view for the server alone, with its index',
    up: `create materialized view @.totals as select owner, sum(total) as total from @.orders group by owner;
      create unique index totals_owner on @.totals (owner);
      revoke all on @.totals from anon, authenticated;`,
    found: [],
  },
  {
    name: 'REFRESH CONCURRENTLY',
    setup: `create materialized view @.totals as select id from @.orders; create unique index on @.totals (id); revoke all on @.totals from anon, authenticated;`,
    up: 'refresh materialized view concurrently @.totals;',
    found: [],
  },
  {
    name: 'a constraint renamed, and an index',
    up: 'alter index @.orders_owner rename to orders_by_owner; alter table @.orders rename constraint orders_pkey to orders_key;',
    found: [],
  },
  {
    name: 'a CHECK replaced by a wider one that is not valid',
    setup: `alter table @.orders add constraint state_known check (state in ('a', 'b'));`,
    up: `alter table @.orders drop constraint state_known;
      alter table @.orders add constraint state_known check (state in ('a', 'b', 'c')) not valid;`,
    found: [],
  },
  {
    name: 'a sequence set on',
    up: `select setval(pg_get_serial_sequence('@.orders', 'id'), 1000);`,
    found: [],
  },
  {
    name: 'rows of a lookup table inserted where they lack',
    up: `insert into @.people (email) values ('a@example.org') on conflict do nothing;`,
    found: [],
  },
  {
    name: 'a schema of its own for what is private',
    up: `create schema @_private; create table @_private.keys (id uuid primary key, secret text not null);`,
    found: [],
  },
];

const faulty: readonly LintCase[] = [
  {
    name: 'a new table with grants and no row-level security',
    up: 'create table @.notes (id uuid primary key, body text); grant select, insert on @.notes to anon, authenticated;',
    found: ['table-without-row-security notes', 'grant-to-everyone notes'],
  },
  {
    name: 'auth.uid() for every row',
    up: 'create policy mine on @.people for select to authenticated using (auth.uid() = id);',
    found: ['policy-function-per-row policy mine on people'],
  },
  {
    name: 'Rails: add_index, add_reference and a serial key',
    up: `create table @.carts (id serial primary key, created_at timestamp(6) not null);
      alter table @.orders add column cart_id integer;
      create index index_orders_on_cart_id on @.orders (cart_id);
      alter table @.orders add constraint fk_rails_1 foreign key (cart_id) references @.carts (id);`,
    found: [
      'integer-key carts.id',
      'serial-column carts.id',
      'timestamp-without-time-zone carts.created_at',
      'index-blocks-writes orders',
      'foreign-key-checks-rows orders',
    ],
  },
  {
    name: 'a required column without default',
    up: 'alter table @.orders add column shop bigint not null;',
    found: ['required-column-without-default orders.shop'],
  },
  {
    name: 'a column with a volatile default',
    up: 'alter table @.orders add column token_id uuid not null default gen_random_uuid();',
    found: ['column-rewrites-table orders.token_id'],
  },
  {
    name: 'a stored generated column',
    up: 'alter table @.orders add column double integer generated always as (total * 2) stored;',
    found: ['column-rewrites-table orders.double'],
  },
  {
    name: 'an identity column',
    up: 'alter table @.people add column number bigint generated by default as identity;',
    found: ['column-rewrites-table people.number'],
  },
  {
    name: 'varchar made shorter',
    up: 'alter table @.people alter column name type varchar(20);',
    found: ['column-type-rewrites-table people.name'],
  },
  {
    name: 'integer to bigint',
    up: 'alter table @.orders alter column total type bigint;',
    found: ['column-type-rewrites-table orders.total'],
  },
  {
    name: 'numeric with fewer digits behind',
    up: 'alter table @.orders alter column price type numeric(10, 1);',
    found: ['column-type-rewrites-table orders.price'],
  },
  {
    name: 'timestamp to timestamptz somewhere else',
    up: `set local timezone = 'Europe/Zurich'; alter table @.orders alter column paid_at type timestamptz;`,
    found: ['column-type-rewrites-table orders.paid_at'],
  },
  {
    name: 'text to an enum',
    up: `create type @.order_state as enum ('new', 'paid');
      alter table @.orders alter column state type @.order_state using state::@.order_state;`,
    found: ['column-type-rewrites-table orders.state'],
  },
  {
    name: 'SET NOT NULL',
    up: 'alter table @.orders alter column total set not null;',
    found: ['not-null-reads-all-rows orders.total'],
  },
  {
    name: 'backfill and SET NOT NULL in one migration',
    up: `alter table @.orders add column shop bigint;
      update @.orders set shop = 1;
      alter table @.orders alter column shop set not null;`,
    found: [
      'backfill-in-one-statement orders',
      'lock-held-during-data-change orders',
      'not-null-reads-all-rows orders.shop',
    ],
  },
  {
    name: 'NOT VALID and VALIDATE in one transaction',
    up: `alter table @.orders add constraint positive check (total > 0) not valid;
      alter table @.orders validate constraint positive;`,
    found: ['validated-in-same-transaction orders'],
  },
  {
    name: 'a CHECK',
    up: 'alter table @.orders add constraint positive check (total > 0);',
    found: ['check-reads-all-rows orders'],
  },
  {
    name: 'a column with a foreign key',
    setup: 'create table @.shops (id bigint primary key);',
    up: 'alter table @.orders add column shop bigint references @.shops;',
    // All of it is NULL: the server does not look.
    found: [],
  },
  {
    name: 'a column, and then its foreign key',
    setup: 'create table @.shops (id bigint primary key);',
    up: 'alter table @.orders add column shop bigint; alter table @.orders add foreign key (shop) references @.shops;',
    found: ['foreign-key-checks-rows orders'],
  },
  {
    name: 'both in one statement',
    setup: 'create table @.shops (id bigint primary key);',
    up: 'alter table @.orders add column shop bigint, add foreign key (shop) references @.shops;',
    found: ['foreign-key-checks-rows orders'],
  },
  {
    name: 'a unique constraint',
    up: 'alter table @.people add constraint people_email unique (email);',
    found: ['constraint-builds-index people', 'duplicates-would-fail people_email'],
  },
  {
    name: 'a unique index made concurrently',
    up: `${off}create unique index concurrently people_email on @.people (email);`,
    found: ['duplicates-would-fail people_email'],
  },
  {
    name: 'a partition attached without a CHECK',
    setup: `create table @.events (at date not null, what text) partition by range (at); create table @.events_26 (at date not null, what text);`,
    up: `alter table @.events attach partition @.events_26 for values from ('2026-01-01') to ('2027-01-01');`,
    found: ['table-read-under-lock events_26'],
  },
  {
    name: 'a partition beside a default one',
    setup: `create table @.events (at date not null, what text) partition by range (at); create table @.events_rest partition of @.events default;`,
    up: `create table @.events_26 partition of @.events for values from ('2026-01-01') to ('2027-01-01');`,
    found: ['table-read-under-lock events_rest'],
  },
  {
    name: 'an index on a partitioned table',
    setup: `create table @.events (at date not null, what text) partition by range (at); create table @.events_26 partition of @.events for values from ('2026-01-01') to ('2027-01-01');`,
    up: 'create index on @.events (what);',
    found: ['index-blocks-writes events'],
  },
  {
    name: 'DDL in a DO block',
    up: `do $$ begin
        if not exists (select from information_schema.columns where table_schema = '@' and table_name = 'orders' and column_name = 'memo') then
          alter table @.orders add column memo text;
          alter table @.orders alter column total set not null;
          alter table @.orders alter column total type bigint;
          create index orders_memo on @.orders (memo);
          alter table @.orders drop column state;
        end if; end $$;`,
    // The index is built, and the rows are looked at, by the rewrite.
    found: ['column-type-rewrites-table orders.total', 'drop-column orders.state'],
  },
  {
    name: 'DDL in a function that is called',
    up: `create function @.mend() returns void language plpgsql as $$ begin
        execute 'alter table @.orders add constraint positive check (total > 0)';
        execute 'create index orders_state on @.orders (state)';
      end $$;
      select @.mend();`,
    found: ['check-reads-all-rows orders', 'index-blocks-writes orders'],
  },
  {
    name: 'SET NOT NULL, an index and a foreign key in DO blocks',
    up: `do $$ begin alter table @.orders alter total set not null; end $$;
      do $$ begin execute 'create index orders_state on @.orders (state)'; end $$;
      do $$ begin alter table @.people add column boss uuid; alter table @.people add foreign key (boss) references @.people; end $$;`,
    found: ['not-null-reads-all-rows orders.total', 'index-blocks-writes orders', 'foreign-key-checks-rows people'],
  },
  {
    name: 'SET NOT NULL and UNIQUE in a function',
    up: `create function @.mend() returns void language plpgsql as $$ begin
        execute 'alter table @.orders alter column total set not null';
        execute 'alter table @.people add constraint people_email unique (email)';
      end $$;
      select @.mend();`,
    found: ['constraint-builds-index people', 'duplicates-would-fail people_email', 'table-read-under-lock orders'],
  },
  {
    name: 'a nullable column beside a change of type',
    up: 'alter table @.orders add column memo text, alter column total type bigint;',
    found: ['column-type-rewrites-table orders.total'],
  },
  {
    name: 'limits switched off in a DO block',
    up: `do $$ begin perform set_config('lock_timeout', '0', true); set local statement_timeout = 0; end $$;`,
    found: ['lock-timeout-off lock_timeout', 'statement-timeout-off statement_timeout'],
  },
  {
    name: 'a new column filled where it is NULL',
    up: 'alter table @.orders add column shop bigint; update @.orders set shop = 1 where shop is null;',
    found: ['backfill-in-one-statement orders', 'lock-held-during-data-change orders'],
  },
  {
    name: 'a required column in a DO block',
    up: `do $$ begin alter table @.orders add column shop bigint not null; end $$;`,
    found: ['required-column-without-default orders.shop'],
  },
  {
    name: 'a volatile default in a DO block',
    up: `do $$ begin alter table @.orders add column tag uuid default gen_random_uuid(); end $$;`,
    found: ['column-rewrites-table orders.tag'],
  },
  {
    name: 'a backfill in a DO block',
    up: `do $$ begin update @.orders set state = 'new'; end $$;`,
    found: ['backfill-in-one-statement orders'],
  },
  {
    name: 'a rename in a DO block',
    up: `do $$ begin alter table @.orders rename column state to status; end $$;`,
    found: ['rename-column orders.state'],
  },
  {
    name: 'a table renamed in a DO block',
    up: `do $$ begin alter table @.orders rename to purchases; end $$;`,
    found: ['rename-table orders'],
  },
  { name: 'every row', up: `update @.orders set state = 'new';`, found: ['backfill-in-one-statement orders'] },
  // How many these are, only --stats can tell.
  { name: 'rows by a condition', up: `update @.orders set state = 'new' where state is null;`, found: [] },
  {
    name: 'a column renamed',
    up: 'alter table @.orders rename column state to status;',
    found: ['rename-column orders.state'],
  },
  { name: 'a table renamed', up: 'alter table @.orders rename to purchases;', found: ['rename-table orders'] },
  {
    name: 'a table moved to another schema',
    up: 'create schema @_archive; alter table @.orders set schema @_archive;',
    found: ['rename-table orders'],
  },
  { name: 'a column dropped', up: 'alter table @.orders drop column state;', found: ['drop-column orders.state'] },
  {
    name: 'a table dropped with what hangs on it',
    up: 'drop table @.people cascade;',
    found: ['drop-table people'],
  },
  { name: 'a table emptied', up: 'truncate @.people cascade;', found: ['truncate-table people'] },
  { name: 'all rows deleted', up: 'delete from @.orders;', found: ['delete-all-rows orders'] },
  { name: 'an index dropped', up: 'drop index @.orders_owner;', found: ['index-drop-blocks orders_owner'] },
  {
    name: 'a policy for everything',
    up: 'create policy everybody on @.people for all to anon, authenticated using (true) with check (true);',
    found: ['policy-true-for-writes policy everybody on people'],
  },
  {
    name: 'a public list',
    up: 'create policy everybody on @.people for select using (true);',
    found: ['policy-true-for-reads policy everybody on people'],
  },
  {
    name: 'policies dropped in a loop',
    up: `do $$ declare p record; begin
        for p in select policyname from pg_policies where schemaname = '@' loop
          execute format('drop policy %I on @.orders', p.policyname);
        end loop; end $$;`,
    found: ['policy-dropped policy own on orders'],
  },
  {
    name: 'a policy replaced by a wider one of another name',
    up: `drop policy own on @.orders;
      create policy "own and old" on @.orders for select to authenticated using (owner = (select auth.uid()) or state = 'old');`,
    found: ['policy-widened policy own and old on orders'],
  },
  {
    name: 'a policy replaced by a wider one of the same name',
    up: `drop policy own on @.orders;
      create policy own on @.orders for select to authenticated using (owner = (select auth.uid()) or state = 'old');`,
    found: ['policy-widened policy own on orders'],
  },
  {
    name: 'row-level security off',
    up: 'alter table @.orders disable row level security;',
    found: ['row-security-switched-off orders'],
  },
  {
    name: 'everything granted in a loop to anon',
    up: `do $$ declare t text; begin
        foreach t in array array['people', 'orders'] loop execute format('grant all on @.%I to anon', t); end loop; end $$;`,
    found: [
      'grant-beyond-row-security orders',
      'grant-beyond-row-security people',
      'grant-to-everyone orders',
      'grant-to-everyone people',
    ],
  },
  {
    name: 'default privileges for clients',
    up: 'alter default privileges in schema @ grant all on tables to anon;',
    found: ['default-privileges-widened default privileges of postgres in schema @'],
  },
  {
    name: 'a view that reads as its owner',
    up: 'create view @.everything as select * from @.orders; grant select on @.everything to authenticated;',
    found: ['view-bypasses-row-security everything'],
  },
  {
    name: 'a view replaced without its options',
    setup:
      'create view @.mine with (security_invoker) as select id from @.orders; grant select on @.mine to authenticated;',
    up: 'create or replace view @.mine as select id, total from @.orders;',
    found: ['security-invoker-lost mine'],
  },
  {
    name: 'a materialized view for clients',
    up: 'create materialized view @.totals as select owner, total from @.orders; grant select on @.totals to authenticated;',
    found: ['unprotected-relation-exposed totals'],
  },
  {
    name: 'a definer function without search_path that clients may call',
    up: `create function @.become(who uuid) returns void language sql security definer as 'select 1';
      grant execute on function @.become(uuid) to authenticated;`,
    found: ['definer-callable-by-clients become(uuid)', 'definer-without-search-path become(uuid)'],
  },
  {
    name: 'a function replaced that was a definer with a search_path',
    setup: `create function @.total() returns bigint language sql security definer set search_path = '' as 'select 1::bigint'; revoke execute on function @.total() from public;`,
    up: `create or replace function @.total() returns bigint language sql security definer as 'select 2::bigint';`,
    found: ['definer-without-search-path total()', 'routine-settings-lost total()'],
  },
  {
    name: 'REFRESH',
    setup: 'create materialized view @.totals as select id from @.orders;',
    up: 'refresh materialized view @.totals;',
    found: ['refresh-blocks-reads totals'],
  },
  { name: 'LOCK TABLE', up: 'lock table @.orders in exclusive mode;', found: ['explicit-table-lock orders'] },
  { name: 'CLUSTER', up: 'cluster @.orders using orders_owner;', found: ['table-rewritten orders'] },
  {
    name: 'SET LOGGED',
    setup: 'create unlogged table @.cache (id int);',
    up: 'alter table @.cache set logged;',
    found: ['table-rewritten cache'],
  },
  {
    name: 'a domain with one more CHECK',
    setup: 'create domain @.money_amount as numeric; alter table @.orders add column fee @.money_amount;',
    up: 'alter domain @.money_amount add constraint positive check (value >= 0);',
    found: ['domain-constraint-reads-tables money_amount'],
  },
  {
    name: 'a CHECK dropped',
    setup: 'alter table @.orders add constraint positive check (total > 0);',
    up: 'alter table @.orders drop constraint positive;',
    found: ['constraint-dropped orders'],
  },
  {
    name: 'a password beside what clients read',
    up: 'alter table @.people add column password_hash text, add column api_token text;',
    found: ['secret-column-exposed people.password_hash', 'secret-column-exposed people.api_token'],
  },
  {
    name: 'a default without NULL taken away',
    up: 'alter table @.orders alter column placed_at drop not null;',
    found: ['drop-not-null orders.placed_at'],
  },
  {
    name: 'a trigger left off',
    setup: `create function @.touch() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger touch before update on @.orders for each row execute function @.touch();`,
    up: 'alter table @.orders disable trigger user;',
    found: ['trigger-left-disabled trigger touch on orders'],
  },
  {
    name: 'a table replaced by drop and create',
    up: `drop table @.orders; create table @.orders (id bigint primary key); alter table @.orders enable row level security;`,
    // Whoever makes the table again forgets its policies.
    found: ['drop-table orders', 'policy-dropped policy own on orders'],
  },
  {
    name: 'CREATE TABLE AS and swapped names',
    up: `create table @.orders_new as select * from @.orders;
      alter table @.orders rename to orders_old;
      alter table @.orders_new rename to orders;
      grant select on @.orders to authenticated;`,
    found: ['row-security-switched-off orders'],
  },
];

export const lintCases: readonly LintCase[] = [...quiet, ...faulty];
