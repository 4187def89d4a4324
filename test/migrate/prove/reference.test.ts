/** Every rollback of the reference application is proven, with rows in its tables. */
import { expect, it } from 'vitest';
import { proveMigrations } from '../../../src/migrate/prove/prove.ts';
import { folder } from '../../reference/reference-database.ts';
import { migrateOptions, testGround } from './proving.ts';

it('all of them, from where each begins, and each loss is declared', async () => {
  const ground = testGround({ platform: 'supabase' });
  const { migrations, failed } = await proveMigrations({ migrate: migrateOptions(folder), proofs: null }, ground);
  expect(failed).toBe(0);
  expect(ground.opened).toBe(1);
  const told = migrations.map(({ name, status, faults, withoutRows }) => ({ name, status, faults, withoutRows }));
  for (const one of told)
    expect(one).toMatchObject({ status: expect.stringMatching(/^(?:proven|lossy)$/), faults: [], withoutRows: [] });
  expect(migrations.filter(({ status }) => status === 'lossy').length).toBeGreaterThan(10);
}, 60_000);
