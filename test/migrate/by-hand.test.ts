import { expect, test } from 'vitest';
import { migrateDown, migrateUp } from '../../src/migrate/migrate.ts';
import { migrationStatus } from '../../src/migrate/status.ts';
import { databaseIdentity } from '../../src/postgres/schema-digest.ts';
import { migrationProject } from './project.ts';

const files = {
  '1_orders.up.sql': 'create table orders (id bigint primary key, note text)',
  '1_orders.down.sql': 'drop table orders',
  '2_items.up.sql': 'create table items (id bigint primary key); create materialized view m as select 1 as n',
  '2_items.down.sql': 'drop materialized view m; drop table items',
};

test('status tells that the schema may have been changed by hand, and not of rows, upkeep or dbkit itself', async () => {
  const project = await migrationProject(files);
  const changed = async () => (await migrationStatus(project.options, project.context)).changedSince !== null;
  expect(await changed()).toBe(false);
  await migrateUp(project.options, project.context);
  expect(await changed()).toBe(false);
  for (const sql of [
    'insert into orders select i from generate_series(1, 1000) i',
    'analyze',
    'vacuum full orders',
    'vacuum freeze pg_catalog.pg_class',
    'reindex table orders',
    'truncate orders',
    'cluster orders using orders_pkey',
    'refresh materialized view m',
    'create temp table passing (id int)',
    'create table dbkit.other (id int)',
    'grant usage on schema dbkit to pg_monitor; grant select on dbkit.journal, dbkit.schema_version to pg_monitor',
  ]) {
    await project.sql.run(sql);
    expect([sql, await changed()]).toEqual([sql, false]);
  }
  await migrateDown(project.options, project.context);
  expect(await changed()).toBe(false);
  await project.sql.run('grant usage on schema dbkit to pg_read_all_stats');
  await project.sql.run('alter table orders rename column note to remark');
  expect(await changed()).toBe(true);
});

test('each single change by hand is noticed from the state that the last run left', async () => {
  const project = await migrationProject({});
  for (const [at, sql] of [
    'alter table orders alter column note set default 1',
    'alter table orders alter column note set not null',
    'alter table orders enable row level security',
    `comment on table orders is 'x'`,
    'grant select on orders to public',
    'grant select (id) on orders to public',
    'alter function t() security definer',
    'create index on orders (note)',
    'alter policy p on orders using (false)',
    'alter table orders disable trigger all',
    `alter default privileges in schema public grant select on tables to public`,
    'revoke usage on schema public from public',
    'alter table orders set (toast.autovacuum_enabled = false)',
    `create collation german (provider = icu, locale = 'de')`,
    'create text search configuration mine (copy = pg_catalog.english)',
    'alter text search configuration mine drop mapping for email',
  ].entries()) {
    const name = `${at + 10}_a`;
    await project.write({
      [`${name}.up.sql`]:
        at === 0
          ? `create table orders (id bigint primary key, note text); create policy p on orders using (true);
             create function t() returns trigger language plpgsql as 'begin return new; end'; create trigger t before insert on orders for each row execute function t()`
          : 'select 1',
      [`${name}.down.sql`]: 'select 1',
    });
    await migrateUp(project.options, project.context);
    expect((await migrationStatus(project.options, project.context)).changedSince).toBe(null);
    await project.sql.run(sql);
    const { changedSince } = await migrationStatus(project.options, project.context);
    expect([sql, changedSince]).toEqual([sql, expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)]);
  }
});

test('a restored copy, an older schema of dbkit and a role without rights are not told of', async () => {
  const project = await migrationProject(files);
  await migrateUp(project.options, project.context);
  await project.sql.run('create table stray (id int)');
  const changed = async () => (await migrationStatus(project.options, project.context)).changedSince;
  expect(await changed()).not.toBe(null);
  await project.sql.run(`update dbkit.schema_state set database = '1:2:3'`);
  expect(await changed()).toBe(null);
  // A run that stored nothing came after it.
  await project.sql.run(`update dbkit.schema_state set database = ${databaseIdentity}`);
  expect(await changed()).not.toBe(null);
  await project.sql.run(`update dbkit.journal set finished_at = clock_timestamp() where name = '2_items'`);
  expect(await changed()).toBe(null);
  await project.sql.run('drop table dbkit.schema_state');
  expect(await changed()).toBe(null);
  await project.sql.run('create table more (id int)');
  // What can not be remembered does not end the run.
  expect((await migrateDown(project.options, project.context)).ran).toHaveLength(1);
});
