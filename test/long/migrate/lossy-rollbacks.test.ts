/** Every loss of the table by itself; see test/migrate/prove for all in one. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Found } from '../../../src/migrate/prove/prove-one.ts';
import { proveOne } from '../../../src/migrate/prove/prove-one.ts';
import { lossyRollbacks, shop } from '../../migrate/prove/lossy-rollbacks.ts';
import type { Proving } from '../../migrate/prove/proving.ts';
import { pair, provingStage } from '../../migrate/prove/proving.ts';

let proving: Proving;

beforeAll(async () => {
  proving = await provingStage({ rows: true });
});

beforeEach(() => proving.sql.run('drop schema if exists shop cascade; delete from dbkit.journal;'));

afterAll(() => proving.close());

async function prove(setup: string, up: string, down: string): Promise<Found> {
  const { sql, stage } = proving;
  await sql.run(`drop schema if exists shop cascade; delete from dbkit.journal; ${shop} ${setup}`);
  const empty = await stage.look(null);
  const before = await stage.fill(empty, null, 'before');
  expect(before.contents.tables.get('shop.orders')?.count).toBeGreaterThan(0);
  return (await proveOne(stage, pair('01_change', up, down), before)).found;
}

it('the table is as long as it says', () => {
  expect(new Set(lossyRollbacks.map(({ name }) => name)).size).toBe(lossyRollbacks.length);
  expect(lossyRollbacks.length).toBeGreaterThanOrEqual(20);
});

describe.each(lossyRollbacks)('$name', ({ setup = '', up, down, keeping, lost }) => {
  it('is caught', async () => {
    const found = await prove(setup, up, down);
    expect(found.losses).toContainEqual(expect.objectContaining(lost));
    expect(found).toMatchObject({ status: 'failed', faults: [{ kind: 'undeclared loss' }] });
  });

  it('is shown where it is declared', async () => {
    const found = await prove(setup, up, `-- dbkit:lossy what is in ${lost.table}\n${down}`);
    expect(found).toMatchObject({ status: 'lossy', reason: `what is in ${lost.table}`, faults: [] });
    expect(found.losses).toContainEqual(expect.objectContaining(lost));
  });

  it.runIf(keeping !== undefined)('is not there where the data is kept', async () => {
    const found = await prove(setup, keeping?.up ?? up, keeping?.down ?? down);
    expect(found.losses).toEqual([]);
    expect(found).toMatchObject({ status: 'proven', faults: [] });
  });
});
