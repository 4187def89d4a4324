import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import type { FillReport } from '../../src/catalog/rows/fill.ts';
import { fillTables } from '../../src/catalog/rows/fill.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { everyType, hardTables, refusedTables, setup } from './rows-tables.ts';

let db: TestDatabase;
let sql: Connection;
let catalog: Catalog;
let report: FillReport;
const wanted = 5;

beforeAll(async () => {
  db = await testDatabase();
  sql = await db.connect();
  for (const text of [
    setup,
    everyType.sql,
    ...hardTables.map((one) => one.sql),
    ...refusedTables.map((one) => one.sql),
  ]) {
    await sql.run(text);
  }
  catalog = await readCatalog(sql);
  report = await fillTables(sql, catalog, { seed: 'seed', rows: wanted });
});
afterAll(() => db.drop());

const idOf = (table: string): string => (table.startsWith('"') ? table : `public.${table}`);

async function count(table: string): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(`select count(*)::integer as n from ${idOf(table)}`);
  return rows[0]?.n ?? -1;
}

test.each(hardTables.map((one) => [one.table, one] as const))('%s gets its rows', async (table, { rows = wanted }) => {
  expect(report.refused.filter((one) => one.table === idOf(table))).toEqual([]);
  expect(report.filled.find((one) => one.table === idOf(table))?.rows).toBe(rows);
  expect(await count(table)).toBeGreaterThanOrEqual(rows);
});

test.each(refusedTables.map((one) => [one.table, one] as const))('%s is refused by name', async (table, { why }) => {
  expect(report.refused.find((one) => one.table === idOf(table))?.why).toMatch(why);
  expect(report.filled.map((one) => one.table)).not.toContain(idOf(table));
});

test('nothing else is refused', () => {
  expect(report.refused.map((one) => one.table).sort()).toEqual(refusedTables.map((one) => idOf(one.table)).sort());
});

describe('a column of every type', () => {
  test.each(everyType.types.map((type, at) => [type, at] as const))('%s', async (type, at) => {
    const { rows } = await sql.query<{ c: string | null; n: string | null }>(
      `select c${at}::text as c, n${at}::text as n from every_type order by id`,
    );
    expect(rows).toHaveLength(wanted);
    expect(rows.every((row) => row.n !== null)).toBe(true);
    expect(rows.some((row) => row.c !== null)).toBe(true);
    // A domain that is not null leaves its column no choice.
    expect(rows.some((row) => row.c === null)).toBe(type !== 'email');
  });
});
