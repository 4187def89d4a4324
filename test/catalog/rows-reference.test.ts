import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/read.ts';
import { fillTables } from '../../src/catalog/rows/fill.ts';
import type { ReferenceDatabase } from '../reference/reference-database.ts';
import { referenceDatabase } from '../reference/reference-database.ts';

let application: ReferenceDatabase;
beforeAll(async () => {
  application = await referenceDatabase();
});
afterAll(() => application.db.drop());

test('every table of the reference application gets rows', async () => {
  const catalog = await readCatalog(application.sql);
  const report = await fillTables(application.sql, catalog, { seed: 'one', rows: 3 });
  expect(report.refused).toEqual([]);
});
