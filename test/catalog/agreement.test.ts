/** Two catalogs have one fingerprint where the diff finds nothing, and two where it finds something: field by field, and in real pairs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffCatalogs } from '../../src/catalog/diff.ts';
import { fingerprint } from '../../src/catalog/fingerprint.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import { ofApplication } from '../../src/catalog/scope.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { withSession } from '../harness/sessions.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { createRoles, dropRoles, everything } from './everything.ts';

const word = 'agreeing';
let db: TestDatabase;
let sql: Connection;
let catalog: Catalog;

beforeAll(async () => {
  db = await testDatabase();
  sql = await db.connectAsAdmin();
  await sql.run(dropRoles(word));
  await sql.run(createRoles(word));
  await sql.run(everything(word, 18, db.name));
  catalog = ofApplication(await readCatalog(sql, { roles: 'used' }), 'postgres');
});

afterAll(async () => {
  const { adminSettings } = db;
  await db.drop();
  await withSession({ ...adminSettings, database: 'postgres' }, (admin) => admin.run(dropRoles(word)));
});

/**
 * Fields that the two do not agree on, and why. Members of extensions are none of both as `ofApplication` answers it: the
 * extension and its version stand for them. Of two models or two majors the diff tells nothing.
 */
const leftOut: Readonly<Record<string, string>> = {
  'database.owner': 'who owns a database is said where it is made: told by the diff, not in the fingerprint',
  'relations.*.populated': 'whether a materialized view is filled is a matter of data: told by the diff alone',
  'columns.*.position': 'the order of columns is told apart',
  // Parts of what identifies an object, which can not differ alone.
  '*.*.schema': 'it is part of the id',
  '*.*.name': 'it is part of the id',
  'constraints.*.on': 'nothing has the id of a table and of a domain',
  'indexes.*.relation': 'an index of the same name on another table has another definition',
  'indexes.*.replicaIdentity': 'the table names the index',
};

/** Kinds decide what else an object has: of another kind it is another object, which the pairs below have. */
const kinds = ['types.*.kind', 'relations.*.kind'];

const isLeftOut = (pattern: string, hasId: boolean): boolean =>
  pattern in leftOut || kinds.includes(pattern) || (hasId && pattern.replace(/^\w+/, '*') in leftOut);

type Path = readonly (string | number)[];

function* leaves(value: unknown, path: Path = []): Generator<readonly [Path, unknown]> {
  if (Array.isArray(value) || value === null || typeof value !== 'object') yield [path, value];
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value))
    yield* leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]);
}

const patternOf = (path: Path) => path.map((key) => (typeof key === 'number' ? '*' : key)).join('.');

function withValue(whole: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(whole) ? [...whole] : { ...(whole as object) }) as Record<string | number, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

/** What the field holds elsewhere in the catalog, what it can hold besides, and a list with less in it. */
function mutationsOf(path: Path, value: unknown, known: ReadonlySet<string>): readonly unknown[] {
  if (Array.isArray(value)) return value.length > 0 ? [value.slice(1)] : [];
  const elsewhere = [...known].filter((one) => one !== JSON.stringify(value)).slice(0, 1);
  const other = { boolean: !value, number: Number(value) + 1, string: `${value}x` }[typeof value as string];
  const isWord = path.at(-1) === 'objects' || path.at(-1) === 'enabled';
  return [...elsewhere.map((one) => JSON.parse(one)), ...(other === undefined || isWord ? [] : [other])];
}

test('every field of every kind of object is in both, or left out for a reason', () => {
  const all = [...leaves(catalog)].filter(([path]) => path.length > 1);
  const values = new Map<string, Set<string>>();
  for (const [path, value] of all) {
    const known = values.get(patternOf(path)) ?? new Set();
    values.set(patternOf(path), known.add(JSON.stringify(value)));
  }
  const base = fingerprint(catalog);
  const wrong: string[] = [];
  const tried = new Map<string, number>();
  for (const [path, value] of all) {
    const pattern = patternOf(path);
    const hasId = path.length === 3 && Object.hasOwn(Object(catalog[path[0] as 'types'][Number(path[1])]), 'id');
    const count = tried.get(pattern) ?? 0;
    // A few of a kind: dozens of columns say the same.
    if (count >= 5 || isLeftOut(pattern, hasId)) continue;
    for (const mutation of mutationsOf(path, value, values.get(pattern) ?? new Set())) {
      const other = withValue(catalog, path, mutation) as Catalog;
      const differs = fingerprint(other) !== base;
      const told = [diffCatalogs(catalog, other), diffCatalogs(other, catalog)].map(
        (one) => one.differences.length > 0,
      );
      if (told.some((one) => one !== differs))
        wrong.push(`${path.join('.')}: ${JSON.stringify({ value, mutation, differs, told })}`);
      tried.set(pattern, count + 1);
    }
  }
  expect(wrong).toEqual([]);
  expect(tried.size).toBeGreaterThan(150);
});

/** Of what the server prints in two ways: as BETWEEN leaves it, and as it is read back from a dump. */
const inTwoWays = (is: (column: string) => string) => `
  alter table t.t add constraint c check (${is('a')});
  alter table t.t add g boolean generated always as (${is('a')}) stored;
  create view t.v as select a from t.t where ${is('a')};
  create materialized view t.m as select a from t.t where ${is('a')};
  create policy p on t.t using (${is('a')}) with check (${is('a')});
  create index i on t.t using gin (w) with (fastupdate = off, gin_pending_list_limit = 99) where ${is('a')};
  create trigger r before update on t.t for each row when (${is('new.a')}) execute function t.touch();
  create rule r as on update to t.v where ${is('new.a')} do instead nothing;
  create publication agreeing for table t.t where (${is('a')});
  create function t.f(a integer, b boolean default (${is('1')})) returns boolean language sql return ${is('a')};
  create function t.u(a integer) returns boolean language sql begin atomic select ${is('a')}; end;
  create statistics t.s on (${is('a')}), a from t.t;
  create domain t.d as integer check (${is('value')})`;

test('what is printed in two ways and means one thing is no difference to either', async () => {
  await sql.run(`begin; create schema t; create table t.t (id integer primary key, a integer, w tsvector);
    create function t.touch() returns trigger language plpgsql as $$begin return new; end$$; savepoint bare`);
  await sql.run(inTwoWays((column) => `(${column} between 1 and 2) and ${column} > 0`));
  const before = await readCatalog(sql, { roles: 'used' });
  await sql.run('rollback to savepoint bare');
  await sql.run(inTwoWays((column) => `${column} >= 1 and ${column} <= 2 and ${column} > 0`));
  await sql.run(`drop index t.i; alter role ${word}_owner valid until 'infinity';
    create index i on t.t using gin (w) with (gin_pending_list_limit = 99, fastupdate = off) where a >= 1 and a <= 2 and a > 0`);
  const after = await readCatalog(sql, { roles: 'used' });
  await sql.run('rollback');
  expect(JSON.stringify(after)).not.toBe(JSON.stringify(before));
  expect(diffCatalogs(before, after).differences.map(({ words }) => words)).toEqual([]);
  expect(fingerprint(after)).toBe(fingerprint(before));
});
