import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import { fillTables } from '../../src/catalog/rows/fill.ts';
import type { ReferenceDatabase } from '../reference/reference-database.ts';
import { referenceDatabase } from '../reference/reference-database.ts';

let application: ReferenceDatabase;
let catalog: Catalog;
beforeAll(async () => {
  application = await referenceDatabase();
  catalog = await readCatalog(application.sql);
});
afterAll(() => application.db.drop());

test('every table of the reference application gets rows', async () => {
  const { sql } = application;
  const report = await fillTables(sql, catalog, { seed: 'one', rows: 3 });
  expect(report.refused).toEqual([]);
  // Accounts of the platform are there because users refer to them; other tables of it stay empty.
  expect(report.filled.map((one) => one.table).filter((table) => /^(auth|storage)/u.test(table))).toEqual([
    'auth.users',
  ]);
  const { rows } = await sql.query<{ full: number; all: number }>(`
    select count(*) filter (where username is not null and display_name is not null and time_zone is not null)::integer as full,
      count(*)::integer as all from public.profiles`);
  // Also where a trigger made the row first, it has what ours was to have.
  expect(rows[0]?.all).toBe(3);
  expect(rows[0]?.full).toBeGreaterThan(0);
});
