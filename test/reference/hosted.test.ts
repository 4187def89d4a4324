/** What passes on the stand-in passes on Supabase: no statement asks for what is refused there, none needs more than `postgres`. */
import { expect, it } from 'vitest';
import { migrateUp } from '../../src/migrate/migrate.ts';
import { planMigrations } from '../../src/migrate/plan.ts';
import { elevationFor } from '../../src/postgres/platform/elevation.ts';
import { findHostedRefusals } from '../../src/postgres/platform/hosted-rules.ts';
import { options, referenceDatabase } from './reference-database.ts';

it('neither up nor down does anything that is refused or done as somebody else there', async () => {
  const { context } = await referenceDatabase({ to: 'zero' });
  const up = await planMigrations({ ...options, request: { verb: 'up', count: null } }, context);
  await migrateUp(options, context);
  const down = await planMigrations({ ...options, request: { verb: 'to', name: 'zero' } }, context);
  const statements = [...up.migrations, ...down.migrations].flatMap((migration) => migration.statements);
  expect(statements.some((text) => /create trigger create_application_user/.test(text))).toBe(true);
  expect(statements.some((text) => /drop function private.on_sign_up/.test(text))).toBe(true);
  expect(statements.flatMap((text) => findHostedRefusals(text))).toEqual([]);
  // btree_gist is a trusted extension: on Supabase it is made as the superuser, elsewhere by whoever owns the database.
  // The policies of storage.objects are the other thing that `postgres` may do there beyond what it owns.
  const elevated = statements.filter((text) => elevationFor(text) !== null).map((text) => text.trim().split(/\s+/));
  expect(elevated.map((words) => words.slice(0, 5).join(' '))).toEqual([
    'create extension btree_gist with schema',
    ...['select_published', 'select_visible', 'insert_own', 'update_own', 'delete_own'].map(
      (name) => `create policy avatars_${name} on storage.objects`,
    ),
    ...['delete_own', 'update_own', 'insert_own', 'select_visible', 'select_published'].map(
      (name) => `drop policy avatars_${name} on storage.objects`,
    ),
  ]);
});
