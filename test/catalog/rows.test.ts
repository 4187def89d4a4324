import { expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/read.ts';
import { fillTables } from '../../src/catalog/rows/fill.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { testDatabase } from '../harness/test-database.ts';

const orders = `
  create table customers (id uuid primary key, name text not null, note text, at timestamptz default now());
  create table orders (id integer generated always as identity primary key, customer uuid not null references customers,
    total numeric(8,2) not null check (total > 0), kind text check (kind in ('a', 'b', 'c')), paid date);`;

async function contents(sql: Connection, seed = 'seed', rows = 4): Promise<{ customers: unknown; orders: unknown }> {
  await fillTables(sql, await readCatalog(sql), { seed, rows });
  const customers = await sql.query('select id, name, note, at::text from customers order by id');
  const all = await sql.query('select id, customer, total, kind, paid::text from orders order by id');
  return { customers: customers.rows, orders: all.rows };
}

test('the same seed gives the same rows, another seed others', async () => {
  const [first, second, third] = [await testDatabase(), await testDatabase(), await testDatabase()];
  const filled: unknown[] = [];
  for (const [db, seed] of [
    [first, 'one'],
    [second, 'one'],
    [third, 'two'],
  ] as const) {
    const sql = await db.connect();
    await sql.run(orders);
    filled.push(await contents(sql, seed));
  }
  expect(filled[1]).toEqual(filled[0]);
  expect(filled[2]).not.toEqual(filled[0]);
});

test('a column and a table that are added change nothing in the others', async () => {
  const [before, after] = [await testDatabase(), await testDatabase()];
  const one = await before.connect();
  await one.run(orders);
  const other = await after.connect();
  await other.run(`create table a_first (id integer primary key, n text);
    ${orders}
    alter table customers add column more text check (length(more) < 5), add column kind integer not null;
    alter table orders add column first integer references a_first;`);
  expect(await contents(other)).toEqual(await contents(one));
});

test('fewer rows are the first of more', async () => {
  const [few, many] = [await testDatabase(), await testDatabase()];
  const [one, other] = [await few.connect(), await many.connect()];
  for (const sql of [one, other]) await sql.run('create table t (id integer primary key, n text, d date unique)');
  await fillTables(one, await readCatalog(one), { seed: 's', rows: 2 });
  await fillTables(other, await readCatalog(other), { seed: 's', rows: 6 });
  const first = await one.query('select id, n, d::text from t');
  const all = await other.query('select id, n, d::text from t');
  expect(all.rows).toHaveLength(6);
  expect(all.rows.slice(0, 2)).toEqual(first.rows);
});

test('values differ between the columns and the rows of a table', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run(
    'create table t (a text not null, b text not null, c integer not null, d integer not null, e uuid not null, f uuid not null)',
  );
  await fillTables(sql, await readCatalog(sql), { seed: 's', rows: 4 });
  const { rows } = await sql.query<Record<string, unknown>>('select * from t');
  for (const row of rows) expect(new Set(Object.values(row)).size).toBe(6);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    expect(new Set(rows.map((row) => row[name])).size).toBeGreaterThanOrEqual(3);
  }
});

test('in a transaction of the caller nothing stays when that is rolled back', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run('create table t (id integer primary key)');
  await sql.run('begin');
  expect((await fillTables(sql, await readCatalog(sql), { seed: 's', rows: 3 })).filled).toEqual([
    { table: 'public.t', rows: 3 },
  ]);
  await sql.run('rollback');
  expect((await sql.query('select * from t')).rows).toEqual([]);
});

test('only the chosen tables and those that they refer to are filled', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run(`${orders} create table beside (id integer)`);
  const report = await fillTables(sql, await readCatalog(sql), { seed: 's', rows: 2, tables: ['public.orders'] });
  expect(report.filled.map((one) => one.table)).toEqual(['public.customers', 'public.orders']);
});

test('a second time gives the same rows, and the numbers of a sequence stay free', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run('create table t (id serial primary key, code text unique not null)');
  const catalog = await readCatalog(sql);
  await fillTables(sql, catalog, { seed: 's', rows: 2 });
  await fillTables(sql, catalog, { seed: 's', rows: 2 });
  await sql.run(`insert into t (code) values ('mine')`);
  const { rows } = await sql.query<{ id: number }>('select id from t order by id');
  expect(rows).toHaveLength(3);
  expect(rows[0]?.id).toBe(1);
});

test('where the plain keys are taken, others are found', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run(`create table codes (id integer primary key, name text); insert into codes select generate_series(-20000, 20000);
    create table days (day date primary key); insert into days select generate_series('2020-01-01'::date, '2027-12-31', '1 day');`);
  const options = { seed: 's', rows: 3, firstRow: 3 };
  const report = await fillTables(sql, await readCatalog(sql), options);
  expect(report).toEqual({
    filled: [
      { table: 'public.codes', rows: 3 },
      { table: 'public.days', rows: 3 },
    ],
    refused: [],
  });
});

test('a table of a refused transaction is left as it was', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run(`create table log (n integer); create table t (id integer primary key);
    create function f() returns trigger language plpgsql as $$ begin
      insert into public.log values (1); if (select count(*) from public.t) > 1 then raise exception 'no more'; end if; return new; end $$;
    create trigger f after insert on t for each statement execute function f();
    create trigger g before delete on t for each statement execute function f();`);
  const report = await fillTables(sql, await readCatalog(sql), { seed: 's', rows: 3 });
  expect(report.refused).toEqual([]);
  // One row is all that the trigger lets pass; what it wrote for the others is gone with them.
  expect(report.filled).toContainEqual({ table: 'public.t', rows: 1 });
});

test('row security that holds for the owner too is put back', async () => {
  const db = await testDatabase();
  const role = `${db.name}_owner`;
  const admin = await db.connectAsAdmin();
  await admin.run(`create role "${role}"; create schema app authorization "${role}"`);
  try {
    await admin.run(`set role "${role}"`);
    await admin.run(`create table app.t (id integer primary key); alter table app.t enable row level security;
      alter table app.t force row level security`);
    const report = await fillTables(admin, await readCatalog(admin), { seed: 's', rows: 3 });
    expect(report).toEqual({ filled: [{ table: 'app.t', rows: 3 }], refused: [] });
    const { rows } = await admin.query(`select relforcerowsecurity from pg_class where relname = 't'`);
    expect(rows).toEqual([{ relforcerowsecurity: true }]);
    expect((await admin.query('select * from app.t')).rows).toEqual([]);
  } finally {
    await admin.run(`reset role; drop owned by "${role}"; drop role "${role}"`);
  }
});

test('a row of tables in a circle is the same whichever call makes it', async () => {
  const [steps, once] = [await testDatabase(), await testDatabase()];
  const [one, other] = [await steps.connect(), await once.connect()];
  for (const sql of [one, other]) {
    await sql.run(`create table egg (id integer primary key, hen integer not null, code text not null unique);
      create table hen (id integer primary key, egg integer not null references egg, name text not null unique);
      alter table egg add foreign key (hen) references hen`);
  }
  const catalog = await readCatalog(one);
  for (const firstRow of [0, 2]) {
    expect((await fillTables(one, catalog, { seed: 's', rows: 2, firstRow })).refused).toEqual([]);
  }
  await fillTables(other, catalog, { seed: 's', rows: 4 });
  const values = 'select id, code as text from egg union all select id, name from hen order by 1, 2';
  const all = (await other.query(values)).rows;
  expect(all).toHaveLength(8);
  expect((await one.query(values)).rows).toEqual(all);
});
