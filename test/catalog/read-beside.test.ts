/** A catalog that two sessions read is the one that a session reads alone. */
import { expect, it } from 'vitest';
import { readCatalog } from '../../src/catalog/read.ts';
import { testDatabase } from '../harness/test-database.ts';

it('in every list, with names as they are without a search_path', async () => {
  const db = await testDatabase({ platform: 'supabase' });
  const [first, second] = [await db.connect(), await db.connect()];
  await first.run(`create type public.mood as enum ('good', 'bad');
    create table public.days (at date primary key, mood public.mood not null default 'good');
    create function public.today() returns date language sql return current_date;`);
  const alone = await readCatalog(first, { roles: 'used' });
  expect(await readCatalog(first, { roles: 'used', beside: second })).toEqual(alone);
  expect(alone.columns.find(({ name }) => name === 'mood')?.type).toBe('public.mood');
});
