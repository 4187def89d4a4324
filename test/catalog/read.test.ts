/** One database with an object of every kind, asserted object by object. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { withSession } from '../harness/sessions.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { assertEverything } from './assert-everything.ts';
import { createRoles, dropRoles, everything } from './everything.ts';

const word = 'reading';
let db: TestDatabase;
let sql: Connection;
let catalog: Catalog;

beforeAll(async () => {
  db = await testDatabase();
  sql = await db.connectAsAdmin();
  await sql.run(dropRoles(word));
  await sql.run(createRoles(word));
  await sql.run(everything(word, 18, db.name));
  catalog = await readCatalog(sql, { roles: 'used' });
});

afterAll(async () => {
  const { adminSettings } = db;
  await db.drop();
  await withSession({ ...adminSettings, database: 'postgres' }, (admin) => admin.run(dropRoles(word)));
});

test('every object has the fields that it was made with', () => {
  assertEverything(catalog, word, 18);
});

test('nothing names an OID, and no secret is read', () => {
  const text = JSON.stringify(catalog);
  expect(text.match(/never read|pg_toast|RI_Constraint|pg_temp_/g)).toBeNull();
  expect(text).toContain('app.api_key=<not read>');
});

test('it survives JSON as it is', () => {
  expect(JSON.parse(JSON.stringify(catalog))).toEqual(catalog);
});

test("dbkit's own schema and those that are left out are not in it", async () => {
  await sql.run(
    'begin; create schema dbkit; create table dbkit.journal (id integer); create type dbkit.kind as enum (); comment on schema dbkit is $$x$$',
  );
  const without = await readCatalog(sql, { roles: 'used' });
  expect(without).toEqual(catalog);
  const less = await readCatalog(sql, { roles: 'used', exceptSchemas: ['app', 'dbkit'] });
  expect(less.relations.map(({ schema }) => schema)).toEqual(['Odd Schema']);
  expect(less.columns.map(({ name }) => name)).toEqual(['select', 'a.b', "C'c"]);
  expect((await readCatalog(sql, { exceptSchemas: [] })).schemas.map(({ name }) => name)).toContain('dbkit');
  await sql.run('rollback');
});

test("the caller's transaction and settings stay as they were", async () => {
  await sql.run(`set search_path = app; set timezone = 'Asia/Tokyo'`);
  await sql.run('begin; set local search_path = "Odd Schema", app; create table app.mine ()');
  const seen = await readCatalog(sql, { roles: 'used' });
  expect(seen.relations.map(({ id }) => id)).toContain('app.mine');
  expect(await settingsOf(sql)).toEqual({ path: '"Odd Schema", app', zone: 'Asia/Tokyo' });
  await sql.run('rollback');
  expect(await settingsOf(sql)).toEqual({ path: 'app', zone: 'Asia/Tokyo' });
  expect(await readCatalog(sql, { roles: 'used' })).toEqual(catalog);
  await sql.run('reset all');
});

test('a session that threw its prepared statements away is read all the same, in a transaction too', async () => {
  const session = await db.connectAsAdmin();
  await readCatalog(session, { roles: 'used' });
  await session.run('deallocate all');
  expect(await readCatalog(session, { roles: 'used' })).toEqual(catalog);
  const another = await db.connectAsAdmin();
  await readCatalog(another, { roles: 'used' });
  await another.run('deallocate all; begin; create table app.kept ()');
  expect((await readCatalog(another, { roles: 'used' })).relations.map(({ id }) => id)).toContain('app.kept');
  await another.run('rollback');
});

test('a temporary table of the name of a catalog misleads nobody, and is not shown', async () => {
  const session = await db.connectAsAdmin();
  await session.run('create temporary table pg_class (oid integer); create temporary table customers (id integer)');
  expect(await readCatalog(session, { roles: 'used' })).toEqual(catalog);
});

test('whoever may log in can read, without what only its owner sees', async () => {
  const session = await db.connectAsAdmin();
  await session.run(`set session authorization ${word}_owner`);
  const seen = await readCatalog(session, { roles: 'used' });
  expect(seen.policies).toEqual(catalog.policies);
  expect(seen.relations).toEqual(catalog.relations);
  expect(seen.userMappings.map(({ options }) => options)).toEqual([[], []]);
});

async function settingsOf(session: Connection): Promise<{ path: string; zone: string } | undefined> {
  const { rows } = await session.query<{ path: string; zone: string }>(
    `select current_setting('search_path') as path, current_setting('timezone') as zone`,
  );
  return rows[0];
}
