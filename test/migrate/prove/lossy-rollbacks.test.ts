/**
 * Every loss of the table is caught where it is not declared, shown where it is, and not there in the keeping twin.
 *
 * Here all of them are in one migration, each in a schema of its own; test/long proves each by itself.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Found } from '../../../src/migrate/prove/prove-one.ts';
import { proveOne } from '../../../src/migrate/prove/prove-one.ts';
import type { LossCase } from './lossy-rollbacks.ts';
import { lossyRollbacks, shop } from './lossy-rollbacks.ts';
import type { Proving } from './proving.ts';
import { pair, provingStage } from './proving.ts';

interface Twin {
  readonly number: number;
  readonly setup: string;
  readonly up: string;
  readonly down: string;
}

let proving: Proving;
let undeclared: Found;
let declared: Found;
let keeping: Found;

const all = lossyRollbacks.map((one, number) => ({ ...one, number, setup: `${shop} ${one.setup ?? ''}` }));

beforeAll(async () => {
  proving = await provingStage({ rows: true });
  undeclared = await prove(all, '');
  declared = await prove(all, '-- dbkit:lossy much\n');
  const twins = all.flatMap((one): Twin[] =>
    one.keeping === undefined ? [] : [{ ...one, up: one.keeping.up ?? one.up, down: one.keeping.down }],
  );
  keeping = await prove(twins, '');
}, 60_000);

afterAll(() => proving.close());

async function prove(twins: readonly Twin[], directive: string): Promise<Found> {
  const { sql, stage } = proving;
  const own = ({ number }: Twin, text: string) => text.replaceAll('shop', `shop${number}`);
  await sql.run(all.map(({ number }) => `drop schema if exists shop${number} cascade;`).join(' '));
  await sql.run(`delete from dbkit.journal; ${twins.map((one) => own(one, one.setup)).join('\n')}`);
  const empty = await stage.look(null);
  const before = await stage.fill(empty, null, 'before');
  const filled = [...before.contents.tables.values()].filter(({ count }) => count > 0);
  expect(filled.length).toBeGreaterThanOrEqual(3 * twins.length);
  const up = twins.map((one) => own(one, one.up)).join('\n');
  const down = twins.map((one) => own(one, one.down)).join('\n');
  return (await proveOne(stage, pair('01_changes', up, `${directive}${down}`), before)).found;
}

function lossOf({ lost: { table, column } }: LossCase, number: number) {
  return expect.objectContaining({ table: table.replace('shop', `shop${number}`), column });
}

it('the table is as long as it says', () => {
  expect(new Set(lossyRollbacks.map(({ name }) => name)).size).toBe(lossyRollbacks.length);
  expect(lossyRollbacks.length).toBeGreaterThanOrEqual(20);
});

it('what is not declared fails the proof, and that alone', () => {
  expect(undeclared).toMatchObject({ status: 'failed', faults: [{ kind: 'undeclared loss' }] });
});

it.each(all)('caught: $name', (one) => {
  expect(undeclared.losses).toContainEqual(lossOf(one, one.number));
});

it('what is declared is shown, and proven', () => {
  expect(declared).toMatchObject({ status: 'lossy', reason: 'much', faults: [] });
  for (const one of all) expect(declared.losses).toContainEqual(lossOf(one, one.number));
});

it('the twins that keep their data lose nothing', () => {
  expect(keeping.losses).toEqual([]);
  expect(keeping).toMatchObject({ status: 'proven', faults: [] });
  expect(all.filter((one) => one.keeping !== undefined).length).toBeGreaterThanOrEqual(20);
});
