/** The canary: a table that is nobody's business, and a view that would show people's data if it had the wrong rights. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'every row of public.test_table' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('public.test_table')
    .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn('user_id', 'uuid', (column) => column.notNull().defaultTo(sql`auth.uid()`))
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('shared', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    // What a user wrote goes with them.
    .addForeignKeyConstraint('test_table_user_id_fkey', ['user_id'], 'public.users', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .addCheckConstraint(
      'test_table_label_shape',
      sql`char_length(btrim(label)) >= 1 and char_length(label) <= 80 and label !~ '[[:cntrl:]]'`,
    )
    .execute();
  await sql`comment on table public.test_table is
    'Nothing of use: what checks of access are tried on. A shared row is shown to everybody who is signed in.'`.execute(
    db,
  );
  // Two indexes, for the two sides of the policy's OR; the first is the foreign key's as well.
  await sql`create index test_table_user on public.test_table (user_id)`.execute(db);
  await sql`create index test_table_shared on public.test_table (created_at) where shared`.execute(db);

  await sql`alter table public.test_table enable row level security`.execute(db);
  await sql`revoke all on table public.test_table from public, anon, authenticated, service_role`.execute(db);
  // Whose row it is can be said when it is made, and never changed.
  await sql`grant select, delete, insert (user_id, label, shared), update (label, shared)
    on table public.test_table to authenticated`.execute(db);
  await sql`grant select, insert, update, delete on table public.test_table to service_role`.execute(db);
  await sql`
    create policy test_table_select_visible on public.test_table for select to authenticated
      using (user_id = (select auth.uid()) or (shared and (select auth.uid()) is not null))`.execute(db);
  await sql`
    create policy test_table_insert_own on public.test_table for insert to authenticated
      with check (user_id = (select auth.uid()))`.execute(db);
  await sql`
    create policy test_table_update_own on public.test_table for update to authenticated
      using (user_id = (select auth.uid()))
      with check (user_id = (select auth.uid()))`.execute(db);
  await sql`
    create policy test_table_delete_own on public.test_table for delete to authenticated
      using (user_id = (select auth.uid()))`.execute(db);

  // security_invoker is all that stands between a shared row and the account of whoever shared it. To replace the view,
  // say it again: CREATE OR REPLACE VIEW without it takes it away.
  await sql`
    create view public.test_table_with_users with (security_invoker = true) as
    select
      t.id,
      t.user_id,
      t.label,
      t.shared,
      t.created_at,
      u.created_at as user_created_at,
      u.suspended_at as user_suspended_at
    from public.test_table t
    left join public.users u on u.id = t.user_id`.execute(db);
  await sql`comment on view public.test_table_with_users is
    'Each row beside its user, as far as the reader may see that one: of a row that somebody else shared, nothing.'`.execute(
    db,
  );
  await sql`revoke all on table public.test_table_with_users from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`grant select on table public.test_table_with_users to authenticated, service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop view public.test_table_with_users`.execute(db);
  await db.schema.dropTable('public.test_table').execute();
}
