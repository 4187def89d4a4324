/** SQL for a database with an object of every kind, and every attribute that a catalog knows, set to something. */

/** Roles belong to the cluster: each test file has a word of its own for theirs. */
export const rolesOf = (word: string) => ({
  owner: `${word}_owner`,
  reader: `${word}_reader`,
  odd: `${word} "odd" rôle's`,
});

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export function createRoles(word: string): string {
  const { owner, reader, odd } = rolesOf(word);
  return `
create role ${owner} nologin createdb connection limit 7;
create role ${reader} login noinherit valid until '2040-01-02 03:04:05+00' password 'never read';
create role ${quoted(odd)} bypassrls;
grant ${owner} to ${reader} with admin option;
alter role ${reader} set search_path = app, public;
alter role ${reader} set app.api_key = 'never read';
comment on role ${reader} is 'Reads';`;
}

export function dropRoles(word: string): string {
  const { owner, reader, odd } = rolesOf(word);
  return `drop role if exists ${owner}, ${reader}, ${quoted(odd)}`;
}

/** For a superuser, in an empty database. */
export function everything(word: string, major: number, database: string): string {
  const { owner, reader, odd } = rolesOf(word);
  return `
comment on database ${database} is 'All kinds';
alter database ${database} set app.flavour = 'plain';
alter database ${database} set app.jwt_secret = 'never read';
grant create on database ${database} to ${owner};
alter role ${reader} in database ${database} set statement_timeout = '3s';

create schema app authorization ${owner};
create schema "Odd Schema";
comment on schema app is 'The application';
grant usage on schema app to ${reader}, ${quoted(odd)} with grant option;
create extension citext schema app;
create extension postgres_fdw schema public;

create type app.mood as enum ('sad', 'it''s ok', 'happy');
create domain app.positive as numeric(10, 2) default 1.5 constraint above_zero check (value > 0) not null;
create domain app.word as text collate "C";
create type app.point3 as (x double precision, y double precision, "Z z" varchar(7) collate "C");
comment on column app.point3.x is 'First';
create function app.mood_gap(app.mood, app.mood) returns double precision language sql immutable as 'select 0.0::float8';
create type app.mood_range as range (subtype = app.mood, subtype_diff = app.mood_gap);
comment on type app.mood is 'How it goes';
revoke usage on type app.mood from public;
create type app.shell;

create function app.touch() returns trigger language plpgsql as $$begin return new; end$$;
create function app.total(amount numeric, in factor integer default 2, out whole numeric) language sql stable strict
  parallel safe leakproof cost 7 security definer set search_path = pg_catalog, pg_temp as 'select amount * factor';
create function app.words(variadic character varying[]) returns setof text language sql rows 33 begin atomic select 'a'::text; end;
create procedure app.tidy(inout n integer) language plpgsql as $$begin n := n + 1; end$$;
create aggregate app.product(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1', combinefunc = numeric_mul, sortop = >);
revoke execute on function app.touch() from public;
comment on function app.total(numeric, integer) is 'Multiplies';

create table app.customers (
  id bigint generated always as identity (start 10 increment 5 cache 3) primary key,
  email app.citext not null unique,
  mood app.mood default 'happy',
  balance app.positive,
  "Full Name" text collate "C",
  initials text generated always as (left("Full Name", 1)) stored,
  note text,
  constraint sane check (id > 0 and note <> '') no inherit
) with (fillfactor = 70, toast.autovacuum_enabled = false);
alter table app.customers add constraint later check (note <> 'x') not valid;
alter table app.customers alter note set storage external, alter note set statistics 55, alter note set compression pglz,
  alter balance set (n_distinct = 5);
alter table app.customers owner to ${owner};
grant select on app.customers to ${reader};
grant select ("Full Name"), update (note) on app.customers to ${quoted(odd)};
comment on table app.customers is 'People';
comment on column app.customers.note is 'Free';
comment on constraint sane on app.customers is 'Sane';

create table app.orders (
  id integer primary key,
  customer_id bigint not null,
  span int4range,
  code text,
  constraint no_overlap exclude using gist (span with &&),
  constraint codes unique nulls not distinct (code) include (span)
);
alter table app.orders add constraint of_customer foreign key (customer_id) references app.customers
  on delete cascade on update restrict deferrable initially deferred not valid;
alter table app.orders replica identity using index orders_pkey;
alter table app.orders cluster on orders_pkey;
create index by_code on app.orders using btree (lower(code), customer_id desc) include (span) with (fillfactor = 60) where id > 5;
alter index app.by_code alter column 1 set statistics 500;
comment on index app.by_code is 'Finds';
create statistics app.pairs (ndistinct, dependencies) on id, customer_id from app.orders;
alter statistics app.pairs set statistics 77;
comment on statistics app.pairs is 'Together';
create sequence app.tickets as smallint start 5 increment 2 minvalue 3 maxvalue 99 cache 4 cycle owned by app.orders.code;
create trigger touched before update of code on app.orders for each row when (old.code is distinct from new.code)
  execute function app.touch();
alter table app.orders enable always trigger touched;
comment on trigger touched on app.orders is 'Touches';
create rule no_delete as on delete to app.orders do instead nothing;
comment on rule no_delete on app.orders is 'Keeps';

alter table app.customers enable row level security, force row level security;
create policy own on app.customers as restrictive for update to ${reader}, ${quoted(odd)} using (id = 1) with check (note is not null);
create policy all_of_it on app.customers using (true);
comment on policy own on app.customers is 'Own';

create table app.events (id bigint not null, at date not null, note text, primary key (id, at)) partition by range (at);
create table app.events_2026 partition of app.events for values from ('2026-01-01') to ('2027-01-01');
create table app.events_rest partition of app.events default;
create index by_note on app.events (note);
create table app.event_notes (event_id bigint, at date, foreign key (event_id, at) references app.events);
create trigger touched before update on app.events for each row execute function app.touch();
create unlogged table app.base (a integer, b text);
create table app.derived (c integer) inherits (app.base);
create table app.typed of app.point3 (primary key (x));

create view app.sad_customers with (security_invoker = true, security_barrier = true) as
  select id, "Full Name" from app.customers where mood = 'sad' with local check option;
create materialized view app.moods as select mood, count(*) as n from app.customers group by mood with no data;
create unique index moods_mood on app.moods (mood);

create table "Odd Schema"."Odd ""table"". é" ("select" integer primary key, "a.b" text, "C'c" text);
create index "odd index" on "Odd Schema"."Odd ""table"". é" ("a.b");
create policy "p ""q"" 'r'" on "Odd Schema"."Odd ""table"". é" for select to public using ("select" > 0);
create function "Odd Schema"."f""n"("A a" "Odd Schema"."Odd ""table"". é") returns integer language sql as 'select 1';

alter default privileges for role ${owner} in schema app grant select on tables to ${reader};
alter default privileges for role ${owner} revoke execute on functions from public;

create publication some_tables for table app.customers (id, email) where (id > 5), app.events with (publish = 'insert, delete');
create publication whole_schema for tables in schema app with (publish_via_partition_root = true);
comment on publication some_tables is 'Some';
create function app.on_ddl() returns event_trigger language plpgsql as $$begin end$$;
create event trigger watch on ddl_command_end when tag in ('CREATE TABLE', 'DROP TABLE') execute function app.on_ddl();
alter event trigger watch disable;
comment on event trigger watch is 'Watches';

create foreign data wrapper plain_wrapper options (level '3');
create server elsewhere type 'pg' version '9' foreign data wrapper postgres_fdw options (host 'db.example', dbname 'x');
comment on server elsewhere is 'Far';
grant usage on foreign server elsewhere to ${reader};
create user mapping for ${reader} server elsewhere options (user 'u', password 'never read');
create user mapping for public server elsewhere;
create foreign table app.far (id integer options (column_name 'ID'), v text) server elsewhere options (table_name 'far');

create collation app.german (provider = icu, locale = 'de', deterministic = false);
create text search dictionary app.plain (template = simple, accept = false);
create text search configuration app.english (copy = pg_catalog.english);
create function app.same(app.point3, app.point3) returns boolean language sql immutable as 'select true';
create operator app.=== (leftarg = app.point3, rightarg = app.point3, function = app.same, commutator = operator(app.===));
create cast (app.mood as app.point3) with inout as assignment;
create conversion app.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create operator family app.fam using btree;
create access method heap2 type table handler heap_tableam_handler;
create language fake handler plpgsql_call_handler;
comment on collation app.german is 'Deutsch';
grant execute on function pg_catalog.pg_reload_conf() to ${reader};
${major >= 18 ? since18 : ''}`;
}

const since18 = `
create table app.newest (
  id integer, twice integer generated always as (id * 2) virtual,
  constraint there not null id,
  constraint loose check (id > 1) not enforced
);
`;
