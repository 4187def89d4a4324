import type { Story } from './story.ts';

const orders = `create table @.orders (id bigint primary key, owner_id uuid, org bigint, note text);
  alter table @.orders enable row level security; grant select on @.orders to authenticated;
  create policy own on @.orders for select to authenticated using (owner_id = (select auth.uid()));
  create policy change on @.orders for update to authenticated using (owner_id = (select auth.uid()));
  create policy barrier on @.orders as restrictive to authenticated using (org = 1);`;
const definer = (more: string) =>
  `create or replace function @.total() returns bigint language sql security definer ${more} as 'select 1::bigint';`;

export const accessStories: readonly Story[] = [
  {
    rule: 'table-without-row-security',
    setup: 'create table @.before (id bigint); grant select on @.before to anon;',
    lookAlikes: [
      'create table @.private (id bigint);',
      'create table @.fine (); alter table @.fine enable row level security; grant select on @.fine to anon;',
      'alter table @.before add column a int;',
    ],
    fault: 'create table @.notes (id bigint); grant select (id) on @.notes to authenticated;',
    found: [['@.notes', 2]],
    mended: 'after',
  },
  {
    rule: 'row-security-switched-off',
    setup: `${orders} create table @.gone (); alter table @.gone enable row level security;`,
    lookAlikes: ['drop table @.gone;'],
    fault: 'alter table @.orders disable row level security;',
    found: [['@.orders', 1]],
    mended: 'after',
  },
  {
    rule: 'row-security-not-forced',
    setup: `${orders} alter table @.orders force row level security;`,
    lookAlikes: ['create table @.fresh (); alter table @.fresh no force row level security;'],
    fault: 'alter table @.orders no force row level security;',
    found: [['@.orders', 1]],
    mended: 'after',
  },
  {
    rule: 'policy-true-for-writes',
    setup: orders,
    lookAlikes: [
      'create policy service on @.orders for all to service_role using (true);',
      'create policy seen on @.orders for select to anon using (true);',
      'create policy guard on @.orders as restrictive for delete to anon using (true);',
    ],
    fault:
      'create policy wide on @.orders for delete to authenticated using (org = 1 or 1 = 1); create policy made on @.orders for insert to authenticated with check (id = id);',
    found: [
      ['policy made on @.orders', 2],
      ['policy wide on @.orders', 1],
    ],
    mended: { sql: 'create policy wide on @.orders for delete to authenticated using (org = 1);' },
  },
  {
    rule: 'policy-true-for-reads',
    setup: orders,
    lookAlikes: ['create policy service on @.orders for select to service_role using (true);'],
    fault: 'create policy seen on @.orders for select using (not false);',
    found: [['policy seen on @.orders', 1]],
    mended: { sql: 'create policy seen on @.orders for select to anon using (org = 2);' },
  },
  {
    rule: 'policy-dropped',
    setup: orders,
    lookAlikes: [
      'drop policy change on @.orders; create policy alter_own on @.orders for update to authenticated using (owner_id = (select auth.uid()));',
    ],
    fault: 'drop policy own on @.orders;',
    found: [['policy own on @.orders', 1]],
    mended: { sql: 'alter policy own on @.orders using (owner_id = (select auth.uid()) and org = 1);' },
  },
  {
    rule: 'restrictive-policy-dropped',
    setup: orders,
    lookAlikes: ['drop policy change on @.orders;'],
    fault: 'drop policy barrier on @.orders;',
    found: [['policy barrier on @.orders', 1]],
    mended: {
      sql: 'drop policy barrier on @.orders; create policy wall on @.orders as restrictive to authenticated using (org = 2);',
    },
  },
  {
    rule: 'policy-widened',
    setup: orders,
    lookAlikes: [
      'alter policy change on @.orders using (owner_id = (select auth.uid()) and org = 1);',
      'alter policy own on @.orders to authenticated;',
    ],
    fault:
      'alter policy own on @.orders using (owner_id = (select auth.uid()) or org = 1); alter policy change on @.orders to authenticated, anon;',
    found: [
      ['policy change on @.orders', 2],
      ['policy own on @.orders', 1],
    ],
    mended: { sql: 'alter policy change on @.orders using (owner_id = (select auth.uid()) and org = 1);' },
  },
  {
    rule: 'policy-condition-replaced',
    setup: orders,
    lookAlikes: ['alter policy own on @.orders using (owner_id = (select auth.uid()) or org = 7);'],
    fault: 'alter policy change on @.orders using (org = 3);',
    found: [['policy change on @.orders', 1]],
    mended: { sql: 'alter policy change on @.orders using (owner_id = (select auth.uid()) and org = 1);' },
  },
  {
    rule: 'policy-function-per-row',
    setup: orders,
    lookAlikes: ['create policy fine on @.orders for delete to authenticated using (owner_id = (select auth.uid()));'],
    fault: 'create policy slow on @.orders for delete to authenticated using (owner_id = auth.uid());',
    found: [['policy slow on @.orders', 1]],
    mended: {
      sql: 'create policy slow on @.orders for delete to authenticated using (owner_id = (select auth.uid()));',
    },
  },
  {
    rule: 'grant-to-everyone',
    setup: `${orders} create policy visitors on @.orders for select to anon using (org = 0);`,
    lookAlikes: [
      'grant select on @.orders to anon;',
      'grant usage on schema @ to anon;',
      'grant insert on @.orders to authenticated;',
    ],
    fault: 'grant insert on @.orders to anon; grant update (note) on @.orders to public;',
    found: [
      ['@.orders', 1],
      ['@.orders.note', 2],
    ],
    mended: { sql: 'grant update (note) on @.orders to authenticated;' },
  },
  {
    rule: 'grant-beyond-row-security',
    setup: orders,
    lookAlikes: [
      'grant truncate on @.orders to service_role;',
      'grant insert, update, delete on @.orders to authenticated;',
    ],
    fault: 'grant all on @.orders to authenticated;',
    found: [['@.orders', 1]],
    mended: 'after',
  },
  {
    rule: 'grant-create-on-schema',
    setup: '',
    lookAlikes: ['grant usage on schema @ to anon; grant create on schema @ to service_role;'],
    fault: 'grant create on schema @ to authenticated;',
    found: [['schema @', 1]],
    mended: 'after',
  },
  {
    rule: 'default-privileges-widened',
    setup: '',
    lookAlikes: ['alter default privileges in schema @ grant select on tables to service_role;'],
    fault: 'alter default privileges in schema @ grant select on tables to anon;',
    found: [['default privileges of postgres in schema @', 1]],
    mended: 'after',
  },
  {
    rule: 'view-bypasses-row-security',
    setup: `${orders} create table @.prices (a int);`,
    lookAlikes: [
      'create view @.fine with (security_invoker = true) as select * from @.orders; grant select on @.fine to authenticated;',
      'create view @.inner_view as select * from @.orders;',
      'create view @.list as select * from @.prices; grant select on @.list to anon;',
    ],
    fault: 'create view @.all_orders as select * from @.inner_view; grant select on @.all_orders to authenticated;',
    found: [['@.all_orders', 2]],
    mended: {
      sql: 'create view @.all_orders with (security_invoker = true) as select * from @.orders; grant select on @.all_orders to authenticated;',
    },
  },
  {
    rule: 'security-invoker-lost',
    setup: `${orders} create view @.mine with (security_invoker = true) as select id from @.orders;`,
    lookAlikes: ['create or replace view @.mine with (security_invoker = on) as select id, org from @.orders;'],
    fault: 'create or replace view @.mine as select id, org, note from @.orders;',
    found: [['@.mine', 1]],
    mended: 'after',
  },
  {
    rule: 'unprotected-relation-exposed',
    setup: orders,
    lookAlikes: ['create materialized view @.kept as select 1 as a;'],
    fault: 'create materialized view @.totals as select count(*) as n from @.orders; grant select on @.totals to anon;',
    found: [['@.totals', 2]],
    mended: 'after',
  },
  {
    rule: 'definer-without-search-path',
    setup: '',
    lookAlikes: [
      `create function @.fine() returns int language sql security definer set search_path = '' as 'select 1';`,
      `create function @.caller() returns int language sql as 'select 1';`,
    ],
    fault: definer(''),
    found: [['@.total()', 1]],
    mended: 'after',
  },
  {
    rule: 'definer-callable-by-clients',
    setup: '',
    lookAlikes: [
      'create function @.fires() returns trigger language plpgsql security definer as $$ begin return new; end $$;',
    ],
    fault: definer(`set search_path = ''`),
    found: [['@.total()', 1]],
    mended: 'after',
  },
  {
    rule: 'routine-settings-lost',
    setup: definer(`set search_path = ''`),
    lookAlikes: [definer(`set search_path = '' set work_mem = '8MB'`)],
    fault: `create or replace function @.total() returns bigint language sql set search_path = '' as 'select 2::bigint';`,
    found: [['@.total()', 1]],
    mended: 'after',
  },
  {
    rule: 'secret-column-exposed',
    setup: orders,
    lookAlikes: ['create table @.inner_keys (api_key text);', 'alter table @.orders add column has_password boolean;'],
    fault: 'alter table @.orders add column api_key text;',
    found: [['@.orders.api_key', 1]],
    mended: { sql: 'alter table @.orders add column label text;' },
  },
  {
    rule: 'role-bypasses-row-security',
    setup: '',
    lookAlikes: ['create role "@_plain";'],
    fault: 'create role "@_above" bypassrls;',
    down: 'drop role "@_above";',
    found: [['role @_above', 1]],
    mended: 'after',
  },
  {
    rule: 'role-granted-to-client',
    setup: 'create role "@_more"; create role "@_less";',
    lookAlikes: ['grant "@_less" to "@_more";'],
    fault: 'grant "@_more" to authenticated;',
    found: [['role authenticated', 1]],
    mended: 'after',
  },
  {
    rule: 'down-leaves-access-open',
    setup: orders,
    fault: 'drop policy if exists barrier on @.orders; alter table @.orders add column a int;',
    down: 'alter table @.orders drop column a;',
    direction: 'down',
    found: [['policy barrier on @.orders', null]],
    mended: {
      sql: 'drop policy barrier on @.orders;',
      down: 'create policy barrier on @.orders as restrictive to authenticated using (org = 1);',
    },
  },
  {
    rule: 'down-leaves-access-open',
    setup: orders,
    fault: 'revoke select on @.orders from authenticated; alter table @.orders force row level security;',
    down: 'grant all on @.orders to authenticated; alter table @.orders disable row level security;',
    direction: 'down',
    found: [
      ['@.orders', 2],
      ['@.orders', 2],
    ],
    mended: {
      sql: 'alter table @.orders disable row level security;',
      down: 'alter table @.orders enable row level security;',
    },
  },
];
