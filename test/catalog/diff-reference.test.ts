/** The whole reference application as a script on a bare platform, and away again. */
import { expect, test } from 'vitest';
import { mendingScript } from '../../src/catalog/diff/script.ts';
import { diffCatalogs } from '../../src/catalog/diff.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import { testDatabase } from '../harness/test-database.ts';
import { referenceDatabase } from '../reference/reference-database.ts';

test('the reference application is made on a bare platform by the script alone', async () => {
  const reference = await referenceDatabase();
  const bare = await testDatabase({ platform: 'supabase' });
  const admin = await bare.connectAsAdmin();
  const [from, to] = [await readCatalog(admin), await readCatalog(await reference.db.connectAsAdmin())];
  const there = mendingScript(from, to);
  expect(there.impossible).toEqual([]);
  expect(there.losesData).toEqual([]);
  await admin.run(['begin;', ...there.statements, 'commit;'].join('\n'));
  const made = await readCatalog(admin);
  expect(diffCatalogs(made, to)).toEqual({ differences: [], columnOrder: [] });
  const back = mendingScript(made, from);
  expect(back.impossible).toEqual([]);
  expect(back.losesData.length).toBeGreaterThan(5);
  await admin.run(['begin;', ...back.statements, 'commit;'].join('\n'));
  expect(diffCatalogs(await readCatalog(admin), from)).toEqual({ differences: [], columnOrder: [] });
});
