/** What a script says beside its statements, and what two catalogs need to be compared. */
import { expect, test } from 'vitest';
import { mendingScript } from '../../src/catalog/diff/script.ts';
import { diffCatalogs } from '../../src/catalog/diff.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import { testDatabase } from '../harness/test-database.ts';

test('statements that lose rows or values, what can not be done, and the order of columns', async () => {
  const admin = await (await testDatabase()).connectAsAdmin();
  await admin.run(`create schema s;
    create type s.mood as enum ('low', 'high');
    create table s.gone (a int);
    create table s.kept (narrow bigint, wide integer, dropped text, mood s.mood, derived int generated always as (1) stored);
    create table s.turned (a int, b int)`);
  const before = await readCatalog(admin, { roles: 'used' });
  await admin.run(`drop table s.gone;
    alter table s.kept drop column dropped, drop column derived, drop column mood,
      alter column narrow type smallint, alter column wide type bigint;
    drop type s.mood;
    create type s.mood as enum ('high');
    alter table s.kept add column mood s.mood;
    alter table s.turned drop column a, add column a int`);
  const after = await readCatalog(admin, { roles: 'used' });

  const script = mendingScript(before, after);
  expect([...script.losesData].sort()).toEqual([
    'alter table s.kept alter column "narrow" type smallint;',
    'alter table s.kept drop column "dropped";',
    'drop table s.gone;',
  ]);
  expect(script.impossible.map(({ words }) => words)).toEqual(['type s.mood: label low is missing']);
  expect(diffCatalogs(before, after).columnOrder.map(({ words }) => words)).toEqual([
    'table s.turned: order of the columns: a, b became b, a',
  ]);
  const [type] = before.types;
  const hostile = {
    ...before,
    types: [{ ...type, id: 's."x\ndrop schema s;\n--"', labels: ['a'], kind: 'enum' }],
  } as Catalog;
  const without = mendingScript(hostile, { ...hostile, types: hostile.types.map((one) => ({ ...one, labels: [] })) });
  expect(without.impossible.map(({ words }) => words)).toEqual(['type s."x drop schema s; --": label a is missing']);
  expect(() => diffCatalogs(before, { ...after, major: after.major - 1 })).toThrow(RangeError);
  expect(diffCatalogs(after, after)).toEqual({ differences: [], columnOrder: [] });
});
