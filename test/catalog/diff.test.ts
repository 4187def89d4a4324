/** Each change is told, undone by the script, and made again by it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mendingScript } from '../../src/catalog/diff/script.ts';
import { diffCatalogs } from '../../src/catalog/diff.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { cases, common } from './diff-cases.ts';
import { words } from './diff-words.ts';

let db: TestDatabase;
let admin: Connection;

beforeAll(async () => {
  db = await testDatabase();
  admin = await db.connectAsAdmin();
});
afterAll(() => db.drop());

const read = () => readCatalog(admin, { roles: 'used' });

async function apply(from: Catalog, to: Catalog): Promise<Catalog> {
  const { statements } = mendingScript(from, to);
  await admin.run(statements.length === 0 ? 'select' : statements.join('\n'));
  return read();
}

describe.each(Object.entries(cases))('%s', (name, { setup, change, stays, staysBack }) => {
  test('is told, undone and made again', async () => {
    await admin.run('begin');
    try {
      await admin.run(`${common}${setup ?? ''}`);
      const before = await read();
      await admin.run(change);
      const after = await read();
      expect(diffCatalogs(before, after).differences.map((one) => one.words)).toEqual(words[name]);
      const back = await apply(after, before);
      expect(diffCatalogs(before, back).differences.map((one) => one.words)).toEqual(staysBack ?? []);
      const again = await apply(back, after);
      expect(diffCatalogs(again, after).differences.map((one) => one.words)).toEqual(stays ?? []);
    } finally {
      await admin.run('rollback');
    }
  });
});
