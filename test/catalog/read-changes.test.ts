/** Each attribute of each kind of object: a statement that changes it shows where it has to, and nowhere else; undone it is gone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fingerprint } from '../../src/catalog/fingerprint.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { withSession } from '../harness/sessions.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { changes } from './changes.ts';
import { createRoles, dropRoles, everything } from './everything.ts';

const word = 'touching';
let db: TestDatabase;
let sql: Connection;

beforeAll(async () => {
  db = await testDatabase();
  sql = await db.connectAsAdmin();
  await sql.run(dropRoles(word));
  await sql.run(createRoles(word));
  await sql.run(everything(word, 18, db.name));
});

afterAll(async () => {
  const { adminSettings } = db;
  await db.drop();
  await withSession({ ...adminSettings, database: 'postgres' }, (admin) => admin.run(dropRoles(word)));
});

const read = () => readCatalog(sql, { roles: 'used' });

test('a change of any attribute changes the fingerprint, and is gone with it', async () => {
  const wrong: unknown[] = [];
  let before = await read();
  const table = changes(word, db.name);
  expect(table.length).toBeGreaterThanOrEqual(80);
  for (const [does, undoes, expected] of table) {
    await sql.run(does).catch((error: Error) => wrong.push({ does, error: error.message }));
    const after = await read();
    const found = listsThatDiffer(before, after).join(' ');
    if (found !== expected.split(' ').sort().join(' ')) wrong.push({ does, expected, found });
    if (fingerprint(after) === fingerprint(before)) wrong.push({ does, fingerprint: 'the same' });
    await sql.run(undoes).catch((error: Error) => wrong.push({ undoes, error: error.message }));
    const undone = await read();
    if (fingerprint(undone) !== fingerprint(before)) wrong.push({ undoes, left: listsThatDiffer(before, undone) });
    before = undone;
  }
  expect(wrong).toEqual([]);
}, 60_000);

test('the order of columns and the rows of a materialized view are no part of the fingerprint', async () => {
  const before = fingerprint(await read());
  await sql.run('alter table app.base drop a; alter table app.base add a integer; refresh materialized view app.moods');
  const after = await read();
  expect(after.columns.filter(({ relation }) => relation === 'app.derived').map(({ name }) => name)).toEqual([
    'b',
    'c',
    'a',
  ]);
  expect(after.relations.find(({ name }) => name === 'moods')?.populated).toBe(true);
  expect(fingerprint(after)).toBe(before);
});

/** Without what extensions made, and whatever the order of columns, as in the fingerprint. */
function listsThatDiffer(a: Catalog, b: Catalog): readonly string[] {
  const text = (catalog: Catalog, list: keyof Catalog) => {
    const objects = catalog[list] as readonly { readonly extension?: string | null }[];
    if (!Array.isArray(objects)) return JSON.stringify(objects);
    const own = objects.filter(({ extension }) => (extension ?? null) === null);
    return own.map((one) => JSON.stringify({ ...one, position: null, populated: null })).sort();
  };
  return (Object.keys(a) as (keyof Catalog)[]).filter((list) => String(text(a, list)) !== String(text(b, list))).sort();
}
