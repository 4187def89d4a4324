/** Statements that change one attribute of a database with `everything` in it, how each is undone, and where it shows. */
import { quoted, rolesOf } from './everything.ts';

/** Does, undoes, and the lists of the catalog that differ in between, by spaces. */
export type Change = readonly [does: string, undoes: string, lists: string];

export function changes(word: string, database: string): readonly Change[] {
  const { owner, reader, odd } = rolesOf(word);
  const c = 'app.customers';
  const o = 'app.orders';
  const seq = 'app.tickets';
  const total = 'app.total(numeric, integer)';
  return [
    // The database and its roles.
    [
      `alter database ${database} set app.flavour = 'sour'`,
      `alter database ${database} set app.flavour = 'plain'`,
      'database',
    ],
    [`comment on database ${database} is 'x'`, `comment on database ${database} is 'All kinds'`, 'database'],
    [
      `grant temporary on database ${database} to ${reader}`,
      `revoke temporary on database ${database} from ${reader}`,
      'database',
    ],
    [`alter role ${reader} nologin`, `alter role ${reader} login`, 'roles'],
    [`alter role ${reader} inherit`, `alter role ${reader} noinherit`, 'roles'],
    [`alter role ${reader} createrole`, `alter role ${reader} nocreaterole`, 'roles'],
    [`alter role ${reader} createdb`, `alter role ${reader} nocreatedb`, 'roles'],
    [`alter role ${reader} superuser`, `alter role ${reader} nosuperuser`, 'roles'],
    [`alter role ${reader} replication`, `alter role ${reader} noreplication`, 'roles'],
    [`alter role ${reader} bypassrls`, `alter role ${reader} nobypassrls`, 'roles'],
    [`alter role ${owner} connection limit 8`, `alter role ${owner} connection limit 7`, 'roles'],
    [
      `alter role ${reader} valid until 'infinity'`,
      `alter role ${reader} valid until '2040-01-02 03:04:05+00'`,
      'roles',
    ],
    [`alter role ${reader} set work_mem = '8MB'`, `alter role ${reader} reset work_mem`, 'roles'],
    [`comment on role ${reader} is null`, `comment on role ${reader} is 'Reads'`, 'roles'],
    [`grant ${owner} to ${quoted(odd)}`, `revoke ${owner} from ${quoted(odd)}`, 'memberships'],
    [`revoke admin option for ${owner} from ${reader}`, `grant ${owner} to ${reader} with admin option`, 'memberships'],
    // Schemas, extensions, types.
    ['create schema more', 'drop schema more', 'schemas'],
    [`alter schema app owner to postgres`, `alter schema app owner to ${owner}`, 'schemas'],
    [`grant create on schema app to ${reader}`, `revoke create on schema app from ${reader}`, 'schemas'],
    [`revoke usage on schema public from public`, `grant usage on schema public to public`, 'schemas'],
    [`comment on schema app is 'x'`, `comment on schema app is 'The application'`, 'schemas'],
    ['create extension hstore schema app', 'drop extension hstore', 'extensions'],
    ['alter extension citext set schema public', 'alter extension citext set schema app', 'extensions columns'],
    [`create type app.more as enum ('a')`, 'drop type app.more', 'types'],
    [
      `alter type app.mood rename value 'sad' to 'blue'`,
      `alter type app.mood rename value 'blue' to 'sad'`,
      'types relations',
    ],
    ['grant usage on type app.mood to public', 'revoke usage on type app.mood from public', 'types'],
    ['alter domain app.positive drop not null', 'alter domain app.positive set not null', 'constraints types'],
    ['alter domain app.positive set default 2', 'alter domain app.positive set default 1.5', 'types'],
    [
      'alter domain app.word add constraint short check (length(value) < 9)',
      'alter domain app.word drop constraint short',
      'constraints',
    ],
    [
      'alter type app.mood owner to pg_database_owner',
      'alter type app.mood owner to postgres; revoke usage on type app.mood from public',
      'types',
    ],
    [`comment on column app.point3.x is 'x'`, `comment on column app.point3.x is 'First'`, 'types'],
    ['create type app.pair as (a integer)', 'drop type app.pair', 'types'],
    // Relations.
    ['create table app.more ()', 'drop table app.more', 'relations'],
    [`alter table ${o} owner to ${owner}`, `alter table ${o} owner to postgres`, 'relations sequences'],
    [`alter table ${c} set (fillfactor = 71)`, `alter table ${c} set (fillfactor = 70)`, 'relations'],
    [
      `alter table ${c} reset (toast.autovacuum_enabled)`,
      `alter table ${c} set (toast.autovacuum_enabled = false)`,
      'relations',
    ],
    [`alter table ${c} disable row level security`, `alter table ${c} enable row level security`, 'relations'],
    [`alter table ${c} no force row level security`, `alter table ${c} force row level security`, 'relations'],
    [`alter table app.base set logged`, `alter table app.base set unlogged`, 'relations'],
    [`alter table ${c} replica identity full`, `alter table ${c} replica identity default`, 'relations'],
    [
      `alter table ${o} replica identity nothing`,
      `alter table ${o} replica identity using index orders_pkey`,
      'relations indexes',
    ],
    [
      'alter table app.derived no inherit app.base',
      'drop table app.derived; create table app.derived (c integer) inherits (app.base)',
      'relations columns',
    ],
    [
      'alter table app.events detach partition app.events_rest',
      'alter table app.events attach partition app.events_rest default',
      'relations columns constraints indexes triggers',
    ],
    [
      `alter view app.sad_customers set (security_invoker = false)`,
      'alter view app.sad_customers set (security_invoker = true)',
      'relations',
    ],
    [
      'alter view app.sad_customers reset (check_option)',
      'alter view app.sad_customers set (check_option = local)',
      'relations',
    ],
    [
      `alter foreign table app.far options (set table_name 'x')`,
      `alter foreign table app.far options (set table_name 'far')`,
      'relations',
    ],
    [`grant insert on ${c} to ${reader}`, `revoke insert on ${c} from ${reader}`, 'relations'],
    [
      `grant select on ${c} to ${reader} with grant option`,
      `revoke grant option for select on ${c} from ${reader}`,
      'relations',
    ],
    [`comment on table ${c} is null`, `comment on table ${c} is 'People'`, 'relations'],
    // Columns.
    [`alter table ${c} add more integer`, `alter table ${c} drop more`, 'columns'],
    ['alter table app.base alter b type varchar(9)', 'alter table app.base alter b type text', 'columns'],
    [
      `alter table ${c} alter balance set not null`,
      `alter table ${c} alter balance drop not null`,
      'columns constraints',
    ],
    [`alter table ${c} alter mood set default 'sad'`, `alter table ${c} alter mood set default 'happy'`, 'columns'],
    [`alter table ${c} alter id set generated by default`, `alter table ${c} alter id set generated always`, 'columns'],
    [
      `alter table ${c} alter initials drop expression`,
      `alter table ${c} drop initials; alter table ${c} add initials text generated always as (left("Full Name", 1)) stored`,
      'columns',
    ],
    [`alter table ${c} alter note set storage main`, `alter table ${c} alter note set storage external`, 'columns'],
    [
      `alter table ${c} alter note set compression default`,
      `alter table ${c} alter note set compression pglz`,
      'columns',
    ],
    [`alter table ${c} alter note set statistics 56`, `alter table ${c} alter note set statistics 55`, 'columns'],
    [
      `alter table ${c} alter balance reset (n_distinct)`,
      `alter table ${c} alter balance set (n_distinct = 5)`,
      'columns',
    ],
    [
      `alter foreign table app.far alter id options (drop column_name)`,
      `alter foreign table app.far alter id options (column_name 'ID')`,
      'columns',
    ],
    [
      `grant update ("Full Name") on ${c} to ${reader}`,
      `revoke update ("Full Name") on ${c} from ${reader}`,
      'columns',
    ],
    [`comment on column ${c}.note is 'x'`, `comment on column ${c}.note is 'Free'`, 'columns'],
    [`alter table ${o} rename span to period`, `alter table ${o} rename period to span`, 'columns constraints indexes'],
    // Constraints.
    [`alter table ${c} add constraint more check (id > 1)`, `alter table ${c} drop constraint more`, 'constraints'],
    [
      `alter table ${o} alter constraint of_customer not deferrable`,
      `alter table ${o} alter constraint of_customer deferrable initially deferred`,
      'constraints',
    ],
    [
      `alter table ${o} alter constraint of_customer initially immediate`,
      `alter table ${o} alter constraint of_customer initially deferred`,
      'constraints',
    ],
    [
      `alter table ${o} validate constraint of_customer`,
      `alter table ${o} drop constraint of_customer; alter table ${o} add constraint of_customer foreign key (customer_id) references app.customers on delete cascade on update restrict deferrable initially deferred not valid`,
      'constraints',
    ],
    [
      `alter table ${o} disable trigger all`,
      `alter table ${o} enable trigger all; alter table ${o} enable always trigger touched`,
      'constraints triggers',
    ],
    [`comment on constraint sane on ${c} is 'x'`, `comment on constraint sane on ${c} is 'Sane'`, 'constraints'],
    // Indexes.
    [`create index more on ${c} (note)`, 'drop index app.more', 'indexes'],
    ['alter index app.by_code set (fillfactor = 61)', 'alter index app.by_code set (fillfactor = 60)', 'indexes'],
    [
      'alter index app.by_code alter column 1 set statistics 501',
      'alter index app.by_code alter column 1 set statistics 500',
      'indexes',
    ],
    [`alter table ${o} set without cluster`, `alter table ${o} cluster on orders_pkey`, 'indexes'],
    [`comment on index app.by_code is 'x'`, `comment on index app.by_code is 'Finds'`, 'indexes'],
    [
      `update pg_index set indisvalid = false where indexrelid = 'app.by_code'::regclass`,
      `update pg_index set indisvalid = true where indexrelid = 'app.by_code'::regclass`,
      'indexes',
    ],
    // Sequences.
    [`alter sequence ${seq} increment 3`, `alter sequence ${seq} increment 2`, 'sequences'],
    [`alter sequence ${seq} start 7`, `alter sequence ${seq} start 5`, 'sequences'],
    [`alter sequence ${seq} minvalue 2`, `alter sequence ${seq} minvalue 3`, 'sequences'],
    [`alter sequence ${seq} maxvalue 98`, `alter sequence ${seq} maxvalue 99`, 'sequences'],
    [`alter sequence ${seq} cache 9`, `alter sequence ${seq} cache 4`, 'sequences'],
    [`alter sequence ${seq} no cycle`, `alter sequence ${seq} cycle`, 'sequences'],
    [`alter sequence ${seq} as integer`, `alter sequence ${seq} as smallint`, 'sequences'],
    [`alter sequence ${seq} owned by none`, `alter sequence ${seq} owned by ${o}.code`, 'sequences'],
    [`grant usage on sequence ${seq} to ${reader}`, `revoke usage on sequence ${seq} from ${reader}`, 'sequences'],
    [`alter sequence ${seq} set unlogged`, `alter sequence ${seq} set logged`, 'sequences'],
    // Routines.
    [`alter function ${total} volatile`, `alter function ${total} stable`, 'routines'],
    [`alter function ${total} called on null input`, `alter function ${total} strict`, 'routines'],
    [`alter function ${total} not leakproof`, `alter function ${total} leakproof`, 'routines'],
    [`alter function ${total} parallel restricted`, `alter function ${total} parallel safe`, 'routines'],
    [`alter function ${total} security invoker`, `alter function ${total} security definer`, 'routines'],
    [`alter function ${total} cost 8`, `alter function ${total} cost 7`, 'routines'],
    [`alter function app.words(varchar[]) rows 34`, `alter function app.words(varchar[]) rows 33`, 'routines'],
    [
      `alter function ${total} set search_path = ''`,
      `alter function ${total} set search_path = pg_catalog, pg_temp`,
      'routines',
    ],
    [`alter function ${total} owner to ${owner}`, `alter function ${total} owner to postgres`, 'routines'],
    [`revoke execute on function ${total} from public`, `grant execute on function ${total} to public`, 'routines'],
    [`comment on function ${total} is null`, `comment on function ${total} is 'Multiplies'`, 'routines'],
    [
      'create or replace function app.touch() returns trigger language plpgsql as $$begin return old; end$$',
      'create or replace function app.touch() returns trigger language plpgsql as $$begin return new; end$$',
      'routines',
    ],
    [
      `create or replace aggregate app.product(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '2', combinefunc = numeric_mul, sortop = >)`,
      `create or replace aggregate app.product(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1', combinefunc = numeric_mul, sortop = >)`,
      'routines',
    ],
    // Triggers, rules, policies.
    [`alter table ${o} disable trigger touched`, `alter table ${o} enable always trigger touched`, 'triggers'],
    [
      `drop trigger touched on ${o}`,
      `create trigger touched before update of code on ${o} for each row when (old.code is distinct from new.code) execute function app.touch(); alter table ${o} enable always trigger touched; comment on trigger touched on ${o} is 'Touches'`,
      'triggers',
    ],
    [`comment on trigger touched on ${o} is null`, `comment on trigger touched on ${o} is 'Touches'`, 'triggers'],
    ['alter event trigger watch enable replica', 'alter event trigger watch disable', 'eventTriggers'],
    [`alter table ${o} disable rule no_delete`, `alter table ${o} enable rule no_delete`, 'rules'],
    [`alter policy own on ${c} using (id = 2)`, `alter policy own on ${c} using (id = 1)`, 'policies'],
    [
      `alter policy own on ${c} with check (true)`,
      `alter policy own on ${c} with check (note is not null)`,
      'policies',
    ],
    [`alter policy own on ${c} to public`, `alter policy own on ${c} to ${reader}, ${quoted(odd)}`, 'policies'],
    [`alter policy own on ${c} rename to mine`, `alter policy mine on ${c} rename to own`, 'policies'],
    [`drop policy all_of_it on ${c}`, `create policy all_of_it on ${c} using (true)`, 'policies'],
    [`comment on policy own on ${c} is null`, `comment on policy own on ${c} is 'Own'`, 'policies'],
    // The rest.
    [
      `alter default privileges for role ${owner} in schema app grant insert on tables to ${reader}`,
      `alter default privileges for role ${owner} in schema app revoke insert on tables from ${reader}`,
      'defaultPrivileges',
    ],
    [
      `alter default privileges for role ${owner} grant execute on functions to public`,
      `alter default privileges for role ${owner} revoke execute on functions from public`,
      'defaultPrivileges',
    ],
    [
      `alter publication some_tables add table app.typed`,
      'alter publication some_tables drop table app.typed',
      'publications',
    ],
    [
      `alter publication some_tables set (publish = 'insert')`,
      `alter publication some_tables set (publish = 'insert, delete')`,
      'publications',
    ],
    [
      `alter publication some_tables set table ${c} (id) where (id > 5), app.events`,
      `alter publication some_tables set table ${c} (id, email) where (id > 5), app.events`,
      'publications',
    ],
    [
      'alter publication whole_schema drop tables in schema app',
      'alter publication whole_schema add tables in schema app',
      'publications',
    ],
    [
      'alter publication whole_schema set (publish_via_partition_root = false)',
      'alter publication whole_schema set (publish_via_partition_root = true)',
      'publications',
    ],
    [
      `alter foreign data wrapper plain_wrapper options (set level '4')`,
      `alter foreign data wrapper plain_wrapper options (set level '3')`,
      'foreignDataWrappers',
    ],
    [
      `alter server elsewhere options (set host 'x')`,
      `alter server elsewhere options (set host 'db.example')`,
      'foreignServers',
    ],
    [`alter server elsewhere version '10'`, `alter server elsewhere version '9'`, 'foreignServers'],
    [
      `alter user mapping for ${reader} server elsewhere options (drop password)`,
      `alter user mapping for ${reader} server elsewhere options (add password 'never read')`,
      'userMappings',
    ],
    ['alter statistics app.pairs set statistics 78', 'alter statistics app.pairs set statistics 77', 'statistics'],
    [`comment on statistics app.pairs is null`, `comment on statistics app.pairs is 'Together'`, 'statistics'],
    ['drop cast (app.mood as app.point3)', 'create cast (app.mood as app.point3) with inout as assignment', 'others'],
    [
      'alter text search dictionary app.plain (accept = true)',
      'alter text search dictionary app.plain (accept = false)',
      'others',
    ],
    [
      'alter text search configuration app.english drop mapping for email',
      'alter text search configuration app.english add mapping for email with simple',
      'others',
    ],
    [
      'alter operator app.=== (app.point3, app.point3) set (restrict = eqsel)',
      'alter operator app.=== (app.point3, app.point3) set (restrict = none)',
      'others',
    ],
    [
      'alter operator family app.fam using btree add operator 3 app.=== (app.point3, app.point3)',
      'alter operator family app.fam using btree drop operator 3 (app.point3, app.point3)',
      'others',
    ],
    [
      `revoke execute on function pg_catalog.pg_reload_conf() from ${reader}`,
      `grant execute on function pg_catalog.pg_reload_conf() to ${reader}`,
      'others',
    ],
    [`grant set on parameter work_mem to ${reader}`, `revoke set on parameter work_mem from ${reader}`, 'others'],
  ];
}
