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

test('what is left out stays as it was with all that lies in it, and the rest comes in an order that runs', async () => {
  const admin = await (await testDatabase()).connectAsAdmin();
  await admin.run('create schema s; create table s.kept (a int); create table s.gone (a int primary key)');
  const before = await readCatalog(admin, { roles: 'used' });
  const change = `create table s.ignored (id serial primary key, b int check (b > 0)); create index ignored_b on s.ignored (b);
    create index ignored_too on s.kept (a); drop table s.gone;
    create table s.z (a int); create view s.y as select * from s.z;
    create function s.f() returns int language sql as 'select 1'; alter table s.kept add column b int default s.f()`;
  await admin.run(`begin; ${change}`);
  const after = await readCatalog(admin, { roles: 'used' });
  await admin.run('rollback');
  const leftOut = ['table s.ignored', 'table s.gone', 'index s.ignored_too on s.kept'];
  const { statements } = mendingScript(before, after, new Set(leftOut));
  await admin.run(`begin; ${statements.join('\n')} commit`);
  const { differences } = diffCatalogs(await readCatalog(admin, { roles: 'used' }), after);
  expect(differences.map(({ object }) => object).sort()).toEqual([...leftOut].sort());
});
