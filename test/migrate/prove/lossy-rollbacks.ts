/**
 * Rollbacks that bring the catalog back and lose what was in the tables, each with a twin that keeps it. What can not
 * be kept has no such twin: there the declaration is all that is asked for.
 */

export interface LossCase {
  readonly name: string;
  readonly setup?: string;
  readonly up: string;
  readonly down: string;
  /** Keeps the data; absent where only a declaration helps. */
  readonly keeping?: { readonly up?: string; readonly down: string };
  /** What the loss must name: table, and column where it is one. */
  readonly lost: { readonly table: string; readonly column: string | null };
}

export const shop = `
  create schema shop;
  create table shop.people (id bigint primary key, name text not null, email text);
  create table shop.orders (
    id bigint primary key,
    person_id bigint not null references shop.people (id),
    total integer not null,
    note text not null
  );
  create table shop.tags (label text not null, weight integer not null);`;

export const lossyRollbacks: readonly LossCase[] = [
  {
    name: 'a column that comes back empty',
    up: 'alter table shop.people drop column email;',
    down: 'alter table shop.people add column email text;',
    keeping: {
      up: 'alter table shop.people rename column email to email_unused;',
      down: 'alter table shop.people rename column email_unused to email;',
    },
    lost: { table: 'shop.people', column: 'email' },
  },
  {
    name: 'a column that comes back with a default',
    up: 'alter table shop.orders drop column note;',
    down: `alter table shop.orders add column note text not null default ''; alter table shop.orders alter note drop default;`,
    keeping: {
      up: 'alter table shop.orders rename note to remark;',
      down: 'alter table shop.orders rename remark to note;',
    },
    lost: { table: 'shop.orders', column: 'note' },
  },
  {
    name: 'a table that comes back empty',
    up: 'drop table shop.tags;',
    down: 'create table shop.tags (label text not null, weight integer not null);',
    keeping: {
      up: 'alter table shop.tags rename to tags_unused;',
      down: 'alter table shop.tags_unused rename to tags;',
    },
    lost: { table: 'shop.tags', column: null },
  },
  {
    name: 'a table that goes with its rows',
    up: 'create table shop.invoices (id bigint primary key, paid boolean not null);',
    down: 'drop table shop.invoices;',
    lost: { table: 'shop.invoices', column: null },
  },
  {
    name: 'a column that goes with its values',
    up: `alter table shop.orders add column place text not null default 'door';`,
    down: 'alter table shop.orders drop column place;',
    lost: { table: 'shop.orders', column: 'place' },
  },
  {
    name: 'text cut short',
    up: 'alter table shop.people alter name type varchar(2) using left(name, 2);',
    down: 'alter table shop.people alter name type text;',
    keeping: {
      up: 'alter table shop.people add column short varchar(2) generated always as (left(name, 2)) stored;',
      down: 'alter table shop.people drop column short;',
    },
    lost: { table: 'shop.people', column: 'name' },
  },
  {
    name: 'numbers rounded',
    setup: 'alter table shop.orders add column price numeric(12, 4) not null default 1.2345;',
    up: 'update shop.orders set price = trunc(price);',
    down: 'select 1;',
    keeping: {
      up: 'alter table shop.orders add column whole numeric generated always as (round(price)) stored;',
      down: 'alter table shop.orders drop column whole;',
    },
    lost: { table: 'shop.orders', column: 'price' },
  },
  {
    name: 'a moment without its time',
    setup: `alter table shop.orders add column placed timestamptz not null default '2026-03-04 05:06:07Z';`,
    up: 'alter table shop.orders alter placed type date;',
    down: 'alter table shop.orders alter placed type timestamptz;',
    keeping: {
      up: `alter table shop.orders alter placed type timestamp using placed at time zone 'UTC';`,
      down: `alter table shop.orders alter placed type timestamptz using placed at time zone 'UTC';`,
    },
    lost: { table: 'shop.orders', column: 'placed' },
  },
  {
    name: 'values that were made alike',
    up: `update shop.people set name = 'nobody';`,
    down: 'select 1;',
    keeping: {
      up: `create view shop.nobodies as select id, 'nobody'::text as name from shop.people;`,
      down: 'drop view shop.nobodies;',
    },
    lost: { table: 'shop.people', column: 'name' },
  },
  {
    name: 'rows that were deleted',
    up: 'delete from shop.tags where weight is not null;',
    down: 'select 1;',
    keeping: {
      up: 'create view shop.kept_tags as select * from shop.tags where weight is null;',
      down: 'drop view shop.kept_tags;',
    },
    lost: { table: 'shop.tags', column: null },
  },
  {
    name: 'one row that was deleted',
    up: 'delete from shop.orders where id = (select max(id) from shop.orders);',
    down: 'select 1;',
    keeping: {
      up: 'create view shop.kept_orders as select * from shop.orders where id <> (select max(id) from shop.orders);',
      down: 'drop view shop.kept_orders;',
    },
    lost: { table: 'shop.orders', column: null },
  },
  {
    name: 'a truncated table',
    up: 'truncate shop.tags;',
    down: 'select 1;',
    keeping: {
      up: 'alter table shop.tags rename to old_tags; create view shop.tags as select * from shop.old_tags where false;',
      down: 'drop view shop.tags; alter table shop.old_tags rename to tags;',
    },
    lost: { table: 'shop.tags', column: null },
  },
  {
    name: 'a down that deletes more than the up made',
    up: `insert into shop.tags values ('made by the up', 1);`,
    down: 'delete from shop.tags;',
    keeping: { down: `delete from shop.tags where label = 'made by the up';` },
    lost: { table: 'shop.tags', column: null },
  },
  {
    name: 'a down that deletes what came after the up',
    up: 'alter table shop.tags add column hot boolean;',
    down: 'delete from shop.tags where hot is not null; alter table shop.tags drop column hot;',
    lost: { table: 'shop.tags', column: null },
  },
  {
    name: 'two columns that changed places',
    setup: 'alter table shop.people add column nickname text not null default md5(random()::text);',
    up: 'update shop.people set name = nickname, nickname = name;',
    down: 'update shop.people set name = nickname;',
    keeping: { down: 'update shop.people set name = nickname, nickname = name;' },
    lost: { table: 'shop.people', column: 'nickname' },
  },
  {
    name: 'one of two columns that were joined',
    up: `update shop.people set email = coalesce(email, '') || name;`,
    down: `update shop.people set email = null;`,
    keeping: {
      up: `alter table shop.people add column both_of_them text generated always as (coalesce(email, '') || name) stored;`,
      down: 'alter table shop.people drop column both_of_them;',
    },
    lost: { table: 'shop.people', column: 'email' },
  },
  {
    name: 'keys that were numbered anew',
    up: 'alter table shop.orders drop column id; alter table shop.orders add column id bigint generated always as identity primary key;',
    down: 'alter table shop.orders alter id drop identity;',
    keeping: {
      up: 'alter table shop.orders alter id add generated by default as identity;',
      down: 'alter table shop.orders alter id drop identity;',
    },
    lost: { table: 'shop.orders', column: null },
  },
  {
    name: 'an array that became its first item',
    setup: `alter table shop.tags add column parts text[]; insert into shop.tags values ('two', 2, '{a,b}');`,
    up: 'alter table shop.tags alter parts type text using parts[1];',
    down: 'alter table shop.tags alter parts type text[] using array[parts];',
    lost: { table: 'shop.tags', column: 'parts' },
  },
  {
    name: 'an enum that lost a label',
    setup: `create type shop.state as enum ('open', 'paid'); alter table shop.orders add column state shop.state not null default 'paid';`,
    up: `alter table shop.orders alter state drop default; alter table shop.orders alter state type text using 'open'; drop type shop.state;`,
    down: `create type shop.state as enum ('open', 'paid'); alter table shop.orders alter state type shop.state using 'open'::shop.state;
      alter table shop.orders alter state set default 'paid';`,
    lost: { table: 'shop.orders', column: 'state' },
  },
  {
    name: 'rows of a partition that was dropped',
    setup: `create table shop.visits (id bigint not null, part integer not null) partition by list (part);
      create table shop.visits_1 partition of shop.visits for values in (1);
      create table shop.visits_2 partition of shop.visits for values in (2);
      insert into shop.visits values (1, 1), (2, 2);`,
    up: 'drop table shop.visits_2;',
    down: 'create table shop.visits_2 partition of shop.visits for values in (2);',
    keeping: {
      up: 'alter table shop.visits_2 add constraint still check (part = 2); alter table shop.visits detach partition shop.visits_2;',
      down: 'alter table shop.visits attach partition shop.visits_2 for values in (2); alter table shop.visits_2 drop constraint still;',
    },
    lost: { table: 'shop.visits', column: null },
  },
  {
    name: 'numbers that kept one digit',
    setup: 'create table shop.prices (id bigint primary key, amount numeric not null);',
    up: 'alter table shop.prices alter amount type numeric(60, 1);',
    down: 'alter table shop.prices alter amount type numeric;',
    keeping: {
      up: 'alter table shop.prices add column shown numeric generated always as (round(amount, 1)) stored;',
      down: 'alter table shop.prices drop column shown;',
    },
    lost: { table: 'shop.prices', column: 'amount' },
  },
  {
    name: 'numbers with half of their digits',
    setup: 'create table shop.weights (id bigint primary key, kilos double precision not null);',
    up: 'alter table shop.weights alter kilos type real using round(kilos::numeric % 1000, 3)::real;',
    down: 'alter table shop.weights alter kilos type double precision;',
    keeping: {
      up: 'alter table shop.weights rename kilos to kilograms;',
      down: 'alter table shop.weights rename kilograms to kilos;',
    },
    lost: { table: 'shop.weights', column: 'kilos' },
  },
  {
    name: 'documents whose text was read',
    setup: 'create table shop.forms (id bigint primary key, answers json not null);',
    up: 'alter table shop.forms alter answers type jsonb;',
    down: 'alter table shop.forms alter answers type json;',
    keeping: {
      up: 'alter table shop.forms add column read jsonb generated always as (answers::jsonb) stored;',
      down: 'alter table shop.forms drop column read;',
    },
    lost: { table: 'shop.forms', column: 'answers' },
  },
  {
    name: 'addresses without their network',
    setup: 'create table shop.hosts (id bigint primary key, address inet not null);',
    up: 'update shop.hosts set address = host(address)::inet;',
    down: 'select 1;',
    keeping: {
      up: 'alter table shop.hosts add column host text generated always as (host(address)) stored;',
      down: 'alter table shop.hosts drop column host;',
    },
    lost: { table: 'shop.hosts', column: 'address' },
  },
  {
    name: 'nulls that became a word',
    up: `update shop.people set email = 'none' where email is null; alter table shop.people alter email set not null;`,
    down: 'alter table shop.people alter email drop not null;',
    keeping: {
      up: `create view shop.reachable as select id, coalesce(email, 'none') as email from shop.people;`,
      down: 'drop view shop.reachable;',
    },
    lost: { table: 'shop.people', column: 'email' },
  },
  {
    name: 'two tables that became one',
    setup: 'create table shop.labels (label text not null, weight integer not null);',
    up: 'insert into shop.tags select * from shop.labels; drop table shop.labels;',
    down: `create table shop.labels (label text not null, weight integer not null);
      insert into shop.labels select * from shop.tags; delete from shop.tags;`,
    keeping: {
      up: `create view shop.all_labels as select * from shop.tags union all select * from shop.labels;`,
      down: 'drop view shop.all_labels;',
    },
    lost: { table: 'shop.tags', column: null },
  },
];
