/** Each rollback leaves the catalog exactly as it was, with and without rows in the tables. */
import { describe, expect, it } from 'vitest';
import { readMigrationFolder } from '../../src/migrate/folder.ts';
import { migrateDown, migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { readCatalog } from './catalog-snapshot.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { folder, options, referenceDatabase, subscribe } from './reference-database.ts';

const names = (await readMigrationFolder(folder)).map(({ name }) => name);

describe.each(['revoked', 'legacy'] as const)('with default privileges %s', (defaultPrivileges) => {
  it('each migration goes up, down and up again', async () => {
    const reference = await referenceDatabase({ defaultPrivileges, to: 'zero' });
    const { sql, context } = reference;
    // The journal's schema is made by the first run; from here on only the application changes.
    await migrateUp({ ...options, count: 1 }, context);
    await migrateDown(options, context);
    let before = await readCatalog(sql);
    for (const name of names) {
      await migrateUp({ ...options, count: 1 }, context);
      const after = await readCatalog(sql);
      expect(after, name).not.toEqual(before);
      await migrateDown(options, context);
      expect(await readCatalog(sql), `down of ${name}`).toEqual(before);
      await migrateUp({ ...options, count: 1 }, context);
      expect(await readCatalog(sql), `${name} again`).toEqual(after);
      before = after;
    }
  }, 120_000);

  it('all of it goes down to what the platform made, and up again, with rows in every table', async () => {
    const reference = await referenceDatabase({ defaultPrivileges, to: 'zero' });
    const { sql, context } = reference;
    const bootstrapped = await readCatalog(sql);
    await migrateUp(options, context);
    const full = await readCatalog(sql);
    const ada = await fill(reference);
    await migrateTo({ ...options, name: 'zero' }, context);
    expect(await readCatalog(sql)).toEqual(bootstrapped);
    await migrateUp(options, context);
    expect(await readCatalog(sql)).toEqual(full);
    // The account outlived the rollback, and has its rows again.
    const { rows } = await sql.query('select user_id from public.profiles');
    expect(rows).toEqual([{ user_id: ada }]);
    await migrateTo({ ...options, name: 'zero' }, context);
    expect(await readCatalog(sql)).toEqual(bootstrapped);
  });
});

it('a rollback keeps the rows of the tables that stay', async () => {
  const reference = await referenceDatabase();
  const { sql, context } = reference;
  await fill(reference);
  // The free plan is brought by a migration, and goes with it.
  const rows = async () =>
    (await sql.query(`select * from public.profiles, public.subscription_plans where code <> 'free'`)).rows;
  const before = await rows();
  expect(before).toHaveLength(1);
  await migrateDown({ ...options, count: 2 }, context);
  await migrateUp(options, context);
  expect(await rows()).toEqual(before);
});

it('btree_gist stays where it was there before', async () => {
  const { sql, context } = await referenceDatabase({ to: 'zero' });
  await sql.run('create extension btree_gist with schema extensions');
  await migrateUp(options, context);
  await migrateTo({ ...options, name: 'zero' }, context);
  const { rows } = await sql.query(`select from pg_extension where extname = 'btree_gist'`);
  expect(rows).toHaveLength(1);
});

it('accounts from before the first migration get their rows', async () => {
  const { sql, context, signUp } = await referenceDatabase({ to: 'zero' });
  const ids = [await signUp(), await signUp()].sort();
  await migrateUp(options, context);
  const { rows } = await sql.query('select u.id from public.users u join public.profiles on user_id = u.id order by 1');
  expect(rows.map(({ id }) => id)).toEqual(ids);
});

it('on a plain PostgreSQL the first migration says what is missing, and leaves nothing', async () => {
  const reference = await referenceDatabase({ platform: 'postgres', to: 'zero' });
  await expect(migrateUp(options, reference.context)).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringContaining('auth.users does not exist'),
    sql: { hint: expect.stringContaining('dbkit db bootstrap --platform supabase') },
  });
  const { rows } = await reference.sql.query(`select from pg_namespace where nspname = 'private'`);
  expect(rows).toEqual([]);
});

/** A user with a profile, a plan and a subscription to it. */
async function fill({ sql, signUp }: ReferenceDatabase): Promise<string> {
  const ada = await signUp();
  await sql.query(`update public.profiles set display_name = 'Ada', username = 'ada' where user_id = $1`, [ada]);
  await subscribe(sql, ada);
  return ada;
}
