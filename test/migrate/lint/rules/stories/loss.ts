import type { Story } from './story.ts';

const orders = `create table @.orders (id bigint primary key, customer bigint, total integer, note text, "Odd name" text);`;

export const lossStories: readonly Story[] = [
  {
    rule: 'drop-table',
    setup: `${orders} create table @.renamed (id int); create table @.again (id int);`,
    lookAlikes: ['alter table @.renamed rename to other;', 'create table @.fresh (); drop table @.fresh;'],
    fault: 'drop table @.again; create table @.again (id bigint); drop table @.orders;',
    found: [
      ['@.again', 1],
      ['@.orders', 3],
    ],
    mended: { sql: 'comment on table @.orders is $$unused$$;' },
  },
  {
    rule: 'drop-column',
    setup: orders,
    lookAlikes: [
      'alter table @.orders rename column customer to buyer;',
      'alter table @.orders add column a int; alter table @.orders drop column a;',
    ],
    fault: 'alter table @.orders drop column note, drop column "Odd name";',
    found: [
      ['@.orders.note', 1],
      ['@.orders.Odd name', 1],
    ],
    mended: { sql: 'alter table @.orders alter column note drop not null;' },
  },
  {
    rule: 'drop-schema',
    setup: 'create schema "@_more"; create table "@_more".a (); create schema "@_empty";',
    lookAlikes: ['drop schema "@_empty";'],
    fault: 'drop schema "@_more" cascade;',
    found: [['schema @_more', 1]],
    mended: { sql: 'drop table "@_more".a;' },
  },
  {
    rule: 'drop-database',
    setup: '',
    lookAlikes: ['select $$drop database @$$;'],
    alone: true,
    fault: 'drop database if exists "@_none";',
    found: [['database @_none', 1]],
    mended: { sql: 'select 1;' },
  },
  {
    rule: 'truncate-table',
    setup: orders,
    lookAlikes: ['create table @.fresh (); truncate @.fresh;'],
    fault: 'truncate @.orders cascade;',
    found: [['@.orders', 1]],
    mended: { sql: 'delete from @.orders where total = 0;' },
  },
  {
    rule: 'delete-all-rows',
    setup: orders,
    lookAlikes: ['delete from @.orders where total = 0;'],
    fault: 'delete from @.orders;',
    found: [['@.orders', 1]],
    mended: { sql: 'delete from @.orders where id < 5;' },
  },
  {
    rule: 'rename-table',
    setup: orders,
    lookAlikes: ['create table @.fresh (); alter table @.fresh rename to newer;'],
    fault: 'alter table @.orders rename to "Purchases";',
    found: [['@.orders', 1]],
    mended: 'instead',
  },
  {
    rule: 'rename-column',
    setup: orders,
    lookAlikes: ['alter table @.orders rename column note to old_note; alter table @.orders add column note text;'],
    fault: 'alter table @.orders rename column "Odd name" to plain_name;',
    found: [['@.orders.Odd name', 1]],
    mended: 'instead',
  },
  {
    rule: 'rename-schema',
    setup: 'create schema "@_old";',
    lookAlikes: ['create schema "@_x"; alter schema "@_x" rename to "@_y";'],
    fault: 'alter schema "@_old" rename to "@_new";',
    found: [['schema @_old', 1]],
    mended: { sql: 'create schema "@_new";' },
  },
  {
    rule: 'rename-enum-value',
    setup: `create type @.state as enum ('new', 'paid');`,
    lookAlikes: [`create type @.fresh as enum ('a'); alter type @.fresh rename value 'a' to 'b';`],
    fault: `alter type @.state rename value 'new' to 'open';`,
    found: [['@.state', 1]],
    mended: 'instead',
  },
  {
    rule: 'drop-not-null',
    setup: 'create table @.orders (id bigint not null, note text not null);',
    lookAlikes: ['create table @.fresh (a int not null); alter table @.fresh alter a drop not null;'],
    fault: 'alter table @.orders alter column note drop not null;',
    found: [['@.orders.note', 1]],
    mended: { sql: `alter table @.orders alter column note set default '';` },
  },
  {
    rule: 'constraint-dropped',
    setup: `${orders} create table @.customers (id bigint primary key);
      alter table @.orders add constraint of_customer foreign key (customer) references @.customers,
        add constraint positive check (total > 0), add constraint one_note unique (note);
      create table @.links (id bigint primary key, a bigint, b bigint, unique (a, b));`,
    lookAlikes: [
      'alter table @.orders drop constraint positive, add constraint not_negative check (total >= 0);',
      'alter table @.orders rename constraint not_negative to at_least_zero;',
      'alter table @.orders drop constraint one_note; create unique index one_lower_note on @.orders (lower(note)); alter table @.links drop constraint links_a_b_key, drop column id, add primary key (a, b);',
    ],
    fault: 'alter table @.orders drop constraint of_customer;',
    found: [['@.orders', 1]],
    mended: {
      sql: `alter table @.orders drop constraint of_customer,
        add constraint of_customer foreign key (customer) references @.customers on delete cascade not valid;`,
    },
  },
];
