import type { Story } from './story.ts';

const orders = `create table @.orders (id bigint primary key, customer bigint, total integer, note varchar(20), "Odd name" text);`;
const customers = `create table @.customers (id bigint primary key);`;

export const lockStories: readonly Story[] = [
  {
    rule: 'index-blocks-writes',
    setup: orders,
    lookAlikes: ['create table @.fresh (id bigint); create index on @.fresh (id);'],
    fault: 'create unique index odd on @.orders (customer, "Odd name");',
    found: [['@.orders', 1]],
    mended: 'instead',
  },
  {
    rule: 'index-blocks-writes',
    setup: `create table @.events (at date, who bigint) partition by range (at);
      create table @.events_1 partition of @.events for values from ('2020-01-01') to ('2021-01-01');
      create table @.events_2 partition of @.events for values from ('2021-01-01') to ('2022-01-01');`,
    lookAlikes: ['create index on only @.events (at);'],
    fault: 'create index by_who on @.events (who);',
    found: [['@.events', 1]],
    mended: 'instead',
  },
  {
    rule: 'constraint-builds-index',
    setup: orders,
    lookAlikes: [
      'create table @.fresh (id bigint); alter table @.fresh add primary key (id);',
      'alter table @.orders add constraint positive check (total > 0) not valid;',
    ],
    fault: 'alter table @.orders add constraint one_note unique (customer, note) deferrable initially deferred;',
    found: [['@.orders', 1]],
    mended: 'instead',
  },
  {
    rule: 'foreign-key-checks-rows',
    setup: orders + customers,
    lookAlikes: [
      'alter table @.orders add column seller bigint references @.customers;',
      'create table @.fresh (customer bigint references @.customers);',
      'alter table @.orders add constraint later foreign key (customer) references @.customers not valid;',
    ],
    fault: 'alter table @.orders add foreign key (customer) references @.customers on delete cascade;',
    found: [['@.orders', 1]],
    mended: 'instead',
  },
  {
    rule: 'check-reads-all-rows',
    setup: orders,
    lookAlikes: ['alter table @.orders add constraint later check (total < 9) not valid;'],
    fault: 'alter table @.orders add constraint positive check (total > 0);',
    found: [['@.orders', 1]],
    mended: 'instead',
  },
  {
    rule: 'validated-in-same-transaction',
    apart: true,
    setup: `${orders} alter table @.orders add constraint old check (total < 9) not valid;`,
    lookAlikes: ['alter table @.orders validate constraint old;'],
    fault: `alter table @.orders add constraint positive check (total > 0) not valid;
      alter table @.orders validate constraint positive;`,
    found: [['@.orders', 2]],
    mended: 'instead',
  },
  {
    rule: 'lock-held-during-data-change',
    apart: true,
    setup: orders,
    lookAlikes: [
      `update @.orders set note = '' where note is null; alter table @.orders alter column note set default '';`,
      `create table @.fresh (id bigint); alter table @.fresh add note text; insert into @.fresh select id from @.orders;`,
    ],
    fault: `alter table @.orders add column state text; update @.orders set state = 'new' where state is null;`,
    found: [['@.orders', 2]],
    mended: 'instead',
  },
  {
    rule: 'backfill-in-one-statement',
    setup: orders,
    lookAlikes: [
      `update @.orders set note = '' where note is null;`,
      'create table @.fresh (a int); update @.fresh set a = 1;',
    ],
    fault: `update @.orders set note = 'unknown';`,
    found: [['@.orders', 1]],
    mended: 'instead',
  },
  {
    rule: 'not-null-reads-all-rows',
    setup: `${orders} alter table @.orders add constraint known check (total is not null);`,
    lookAlikes: [
      'alter table @.orders alter column total set not null;',
      'alter table @.orders alter column id set not null;',
    ],
    fault: 'alter table @.orders alter column "Odd name" set not null;',
    found: [['@.orders.Odd name', 1]],
    mended: 'instead',
  },
  {
    rule: 'required-column-without-default',
    setup: orders,
    lookAlikes: [
      `alter table @.orders add column state text not null default 'new';`,
      `alter table @.orders add column optional text; update @.orders set optional = '' where optional is null;
        alter table @.orders alter column optional set not null;`,
      'create table @.fresh (id bigint not null); truncate @.orders; alter table @.orders add column must text not null;',
    ],
    fault: 'alter table @.orders add column currency text not null;',
    found: [['@.orders.currency', 1]],
    mended: 'instead',
  },
  {
    rule: 'column-rewrites-table',
    setup: orders,
    lookAlikes: ['alter table @.orders add column seen timestamptz default now();'],
    fault: `alter table @.orders add column token uuid default gen_random_uuid(), add column plain text,
      add column made timestamptz default now();`,
    found: [['@.orders.token', 1]],
    mended: 'instead',
  },
  {
    rule: 'column-rewrites-table',
    setup: orders,
    fault: 'alter table @.orders add column place bigserial;',
    found: [['@.orders.place', 1]],
    mended: 'instead',
  },
  {
    rule: 'column-type-rewrites-table',
    setup: orders,
    lookAlikes: [
      'alter table @.orders alter column note type varchar(40);',
      'alter table @.orders alter column note type text;',
      'create table @.fresh (a int); alter table @.fresh alter column a type bigint;',
    ],
    fault: 'alter table @.orders alter column total type bigint;',
    found: [['@.orders.total', 1]],
    mended: 'instead',
  },
  {
    rule: 'table-rewritten',
    setup: orders,
    lookAlikes: [
      'alter table @.orders set (fillfactor = 70);',
      'create unlogged table @.fresh (); alter table @.fresh set logged;',
    ],
    fault: 'alter table @.orders set unlogged;',
    found: [['@.orders', 1]],
    mended: { sql: 'alter table @.orders set (fillfactor = 80);' },
  },
  {
    rule: 'table-read-under-lock',
    setup: `create table @.events (at date) partition by range (at);
      create table @.old (at date not null check (at >= '2019-01-01' and at < '2020-01-01'));
      create table @.unsure (at date);`,
    lookAlikes: [`alter table @.events attach partition @.old for values from ('2019-01-01') to ('2020-01-01');`],
    fault: `alter table @.events attach partition @.unsure for values from ('2020-01-01') to ('2021-01-01');`,
    found: [['@.unsure', 1]],
    mended: { sql: `create table @.next partition of @.events for values from ('2020-01-01') to ('2021-01-01');` },
  },
  {
    rule: 'domain-constraint-reads-tables',
    setup:
      'create domain @.amount as integer; create domain @.unused as integer; create table @.orders (total @.amount);',
    lookAlikes: [
      'alter domain @.unused add constraint positive check (value > 0);',
      'alter domain @.amount set default 1;',
    ],
    fault: 'alter domain @.amount add constraint positive check (value > 0);',
    found: [['@.amount', 1]],
    mended: 'instead',
  },
  {
    rule: 'index-drop-blocks',
    setup: `${orders} create index by_note on @.orders (note); create table @.gone (id bigint); create index gone_id on @.gone (id);`,
    lookAlikes: [
      'drop index @.gone_id; drop table @.gone;',
      'create table @.fresh (a int); create index fresh_a on @.fresh (a); drop index @.fresh_a;',
    ],
    fault: 'drop index @.by_note;',
    found: [['@.by_note', 1]],
    mended: 'instead',
  },
  {
    rule: 'reindex-blocks',
    setup: orders,
    fault: 'reindex table @.orders;',
    found: [['@.orders', 1]],
    mended: 'instead',
  },
  {
    rule: 'partition-detach-blocks',
    setup: `create table @.events (at date) partition by range (at);
      create table @.old partition of @.events for values from ('2019-01-01') to ('2020-01-01');`,
    lookAlikes: ['alter table @.old set (fillfactor = 70);'],
    fault: 'alter table @.events detach partition @.old;',
    found: [['@.events', 1]],
    mended: 'instead',
  },
  {
    rule: 'refresh-blocks-reads',
    setup: `${orders} create materialized view @.totals as select customer, count(*) as n from @.orders group by 1;
      create unique index on @.totals (customer); create materialized view @.empty as select 1 as a with no data;`,
    lookAlikes: ['refresh materialized view @.empty;'],
    fault: 'refresh materialized view @.totals;',
    found: [['@.totals', 1]],
    mended: 'instead',
  },
  {
    rule: 'explicit-table-lock',
    setup: orders,
    lookAlikes: ['lock table @.orders in access share mode;'],
    fault: 'lock table @.orders in share row exclusive mode;',
    found: [['@.orders', 1]],
    mended: { sql: 'select 1 from @.orders for update;' },
  },
  {
    rule: 'lock-timeout-off',
    apart: true,
    setup: orders,
    lookAlikes: [
      `set local lock_timeout = '10s'; select 1 from @.orders;`,
      `set local lock_timeout = 0; select 1 from @.orders; set local lock_timeout = '1s'; select 2;`,
      `select pg_catalog.set_config('lock_timeout', '5s', true), '@'; select set_config('app.lock_timeout', '0', true);`,
    ],
    fault: `set local lock_timeout to default; select '@';`,
    found: [['lock_timeout', 1]],
    mended: { sql: `set local lock_timeout = '5s'; select '@';` },
  },
  {
    rule: 'statement-timeout-off',
    apart: true,
    setup: orders,
    lookAlikes: [`set local statement_timeout = '1h'; select '@';`],
    fault: `set statement_timeout = 0; select '@';`,
    found: [['statement_timeout', 1]],
    mended: 'instead',
  },
  {
    rule: 'lock-timeout-off',
    apart: true,
    setup: orders,
    lookAlikes: [
      `select set_config('lock_timeout', 0::text, true), '@'; do $$ begin set local lock_timeout = '2s'; end $$;`,
      `select set_config('lock_timeout', current_setting('lock_timeout'), true), '@';`,
      `do $$ begin perform '@'; perform set_config('lock_timeout', '0', true); perform set_config('lock_timeout', '1min', true); end $$;`,
    ],
    fault: `select set_config('lock_timeout', '0', true), '@';`,
    found: [['lock_timeout', 1]],
    mended: { sql: `select set_config('lock_timeout', '5s', true), '@';` },
  },
  {
    rule: 'statement-timeout-off',
    apart: true,
    setup: orders,
    lookAlikes: [`do $$ begin perform '@'; perform set_config('statement_timeout', '1h', true); end $$;`],
    fault: `select '@'; do $$ begin perform set_config('statement_timeout', '0', false); end $$;`,
    found: [['statement_timeout', 2]],
    mended: 'instead',
  },
  {
    rule: 'duplicates-would-fail',
    setup: `${orders} create unique index one_customer on @.orders (customer);`,
    lookAlikes: [
      'alter table @.orders add column code text unique;',
      'create unique index wider on @.orders (customer, note);',
      'create table @.fresh (a int unique);',
    ],
    fault: 'create unique index one_total on @.orders (total) where total > 0;',
    found: [['@.one_total', 1]],
    mended: { sql: 'create index by_total on @.orders (total);' },
  },
  {
    rule: 'needless-transaction-off',
    setup: orders,
    lookAlikes: ['create index concurrently on @.orders (total); comment on table @.orders is null;'],
    alone: true,
    fault: 'alter table @.orders add column a text; alter table @.orders add column b text;',
    found: [[null, null]],
    mended: { sql: 'select 1; select 2;' },
  },
  {
    rule: 'trigger-left-disabled',
    setup: `${orders} create function @.note() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger noted before insert on @.orders for each row execute function @.note();`,
    lookAlikes: ['alter table @.orders disable trigger noted; select 1; alter table @.orders enable trigger noted;'],
    fault: 'alter table @.orders disable trigger noted;',
    found: [['trigger noted on @.orders', 1]],
    mended: 'after',
  },
  // Names that need quotes, in every patch that is put together from them.
  ...(
    [
      ['column-type-rewrites-table', 'alter table @.odd alter column #c type bigint;', '@.#t.#p'],
      ['not-null-reads-all-rows', 'alter table @.odd alter column #c set not null;', '@.#t.#p'],
      ['column-rewrites-table', 'alter table @.odd add column #n bigserial;', '@.#t.#m'],
      ['required-column-without-default', 'alter table @.odd add column #n integer not null;', '@.#t.#m'],
      ['constraint-builds-index', 'alter table @.odd add constraint #n unique (#c);', '@.#t'],
      [
        'foreign-key-checks-rows',
        'alter table @.odd add constraint #n foreign key (#c) references @.odd (id);',
        '@.#t',
      ],
      ['index-blocks-writes', 'create index #n on @.odd (#c);', '@.#t'],
    ] as const
  ).map(([rule, fault, object]): Story => {
    const odd = (sql: string) =>
      sql
        .replaceAll('.odd', '."Odd.Tab""le ü"')
        .replaceAll('#t', '"Odd.Tab""le ü"')
        .replaceAll('#c', `"Col'umn"`)
        .replaceAll('#p', `Col'umn`)
        .replaceAll('#n', '"New "" name"')
        .replaceAll('#m', 'New " name');
    return {
      rule,
      setup: odd('create table @.odd (id integer primary key, #c integer);'),
      fault: odd(fault),
      found: [[odd(object), 1]],
      mended: 'instead',
    };
  }),
];
