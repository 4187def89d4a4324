/**
 * Every wrong rollback of the table is caught and named, and its right twin is proven.
 *
 * Here all of them are in one migration, each with a schema and roles of its own; test/long proves each by itself.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Migration } from '../../../src/migrate/module.ts';
import type { Outcome } from '../../../src/migrate/prove/prove-one.ts';
import { proveOne } from '../../../src/migrate/prove/prove-one.ts';
import type { Proving } from './proving.ts';
import { pair, provingStage } from './proving.ts';
import type { RollbackCase } from './wrong-rollbacks.ts';
import { numbered, wrongRollbacks } from './wrong-rollbacks.ts';

const major = Number(process.env.DBKIT_TEST_MAJOR ?? 18);
const all = wrongRollbacks.filter((one) => (one.major ?? 0) <= major && one.alone !== true).map(numbered);

let right: Outcome['found'];
/** Words of each difference that the wrong downs left. */
let left: readonly string[];
let proving: Proving;

beforeAll(async () => {
  proving = await provingStage({ rows: false, ownServer: true });
  const { stage, sql } = proving;
  await sql.run(all.map(({ setup }) => setup).join('\n'));
  const before = await stage.look(null);
  const good = together('01_right', ({ right: down }) => down);
  right = (await proveOne(stage, good, before)).found;
  await stage.run([{ migration: good, direction: 'down' }]);
  const bad = (
    await proveOne(
      stage,
      together('02_wrong', ({ wrong }) => wrong),
      before,
    )
  ).found;
  left = bad.faults.flatMap(({ kind, differences }) =>
    kind === 'down differs' ? differences.map(({ words }) => words) : [],
  );
}, 60_000);

afterAll(() => proving.close());

function together(name: string, down: (one: RollbackCase) => string): Migration {
  return pair(name, all.map(({ up }) => up).join('\n'), all.map(down).reverse().join('\n'));
}

it('the table is as long as it says', () => {
  expect(new Set(wrongRollbacks.map(({ name }) => name)).size).toBe(wrongRollbacks.length);
  expect(wrongRollbacks.length).toBeGreaterThanOrEqual(170);
});

it('all right twins together leave nothing and make the same again', () => {
  expect(right.faults.flatMap(({ words, differences }) => [words, ...differences.map((one) => one.words)])).toEqual([]);
  expect(right.status).toBe('proven');
});

it.each(all)('caught: $name', (one) => {
  for (const mention of one.mentions) expect(mine(one)).toContain(mention.toLowerCase());
});

it('nothing is told that no case made', () => {
  const explained = all.flatMap((one) => one.mentions.map((mention) => mention.toLowerCase()));
  const words = left.filter((told) => !explained.some((mention) => told.toLowerCase().includes(mention)));
  expect(words).toEqual([]);
});

/** What was told of objects with this case's number; of what has no number (an extension, a setting) all. */
function mine({ up }: RollbackCase): string {
  const number = /\b(?:shop|prove)(\d+)/.exec(up)?.[1];
  const own = new RegExp(`\\b(?:shop|prove)${number ?? '\\d*'}(?!\\d)`);
  return left
    .filter((words) => number === undefined || own.test(words) || !/\b(?:shop|prove)\d/.test(words))
    .join('\n')
    .toLowerCase();
}
