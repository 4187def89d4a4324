/** Users of the application: one row for each account of auth.users, made as the account is made. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'every row of public.users; the accounts in auth.users stay' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    do $$
    begin
      if to_regclass('auth.users') is null then
        raise exception 'auth.users does not exist: these migrations extend the accounts of Supabase'
          using hint = 'on a plain PostgreSQL, make the stand-in first: dbkit db bootstrap --platform supabase';
      end if;
    end
    $$`.execute(db);

  // Not among the schemas that the API serves, and closed to its roles: nothing in here can be called from outside.
  await sql`create schema private`.execute(db);
  await sql`revoke all on schema private from public, anon, authenticated, service_role`.execute(db);
  await sql`
    create function private.touch_updated_at() returns trigger language plpgsql set search_path = '' as $$
    begin
      new.updated_at := now();
      return new;
    end
    $$`.execute(db);
  await sql`revoke all on function private.touch_updated_at() from public, anon, authenticated, service_role`.execute(
    db,
  );

  await db.schema
    .createTable('public.users')
    .addColumn('id', 'uuid', (column) => column.primaryKey())
    .addColumn('suspended_at', 'timestamptz')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    // An account that is deleted takes everything of its user along.
    .addForeignKeyConstraint('users_id_fkey', ['id'], 'auth.users', ['id'], (key) => key.onDelete('cascade'))
    .execute();
  await sql`comment on table public.users is
    'The users of the application, one for each account of auth.users. The address stays there.'`.execute(db);
  await sql`comment on column public.users.suspended_at is
    'Since when the user is shut out of what a subscription gives; set by the service only.'`.execute(db);
  await sql`
    create trigger touch_updated_at before update on public.users
      for each row when (old.* is distinct from new.*) execute function private.touch_updated_at()`.execute(db);

  await sql`alter table public.users enable row level security`.execute(db);
  await sql`revoke all on table public.users from public, anon, authenticated, service_role`.execute(db);
  await sql`grant select on table public.users to authenticated`.execute(db);
  await sql`grant select, insert, update, delete on table public.users to service_role`.execute(db);
  await sql`
    create policy users_select_own on public.users for select to authenticated
      using (id = (select auth.uid()))`.execute(db);

  // The auth service signs people up as a role that holds nothing in public, hence the definer's rights. The account
  // is worth more than our row: an error, or a lock that somebody holds on our tables, must not undo the sign-up.
  // Nothing is read from raw_user_meta_data: whoever signs up writes that.
  await sql`
    create function private.on_sign_up() returns trigger language plpgsql security definer
      set search_path = '' set lock_timeout = '2s' as $$
    begin
      begin
        insert into public.users (id) values (new.id) on conflict (id) do nothing;
      exception when others then
        raise warning 'account % has no row in public.users: % (%)', new.id, sqlerrm, sqlstate;
      end;
      return null;
    end
    $$`.execute(db);
  await sql`revoke all on function private.on_sign_up() from public, anon, authenticated, service_role`.execute(db);
  await sql`
    create trigger create_application_user after insert on auth.users
      for each row execute function private.on_sign_up()`.execute(db);
  // The trigger's lock keeps sign-ups waiting until this commits: no account is missed between the two.
  await sql`
    insert into public.users (id, created_at) select id, coalesce(created_at, now()) from auth.users
      on conflict (id) do nothing`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  // CASCADE takes the trigger along. DROP TRIGGER would ask for the ownership of auth.users, which is the auth service's.
  await sql`drop function private.on_sign_up() cascade`.execute(db);
  await db.schema.dropTable('public.users').execute();
  await sql`drop function private.touch_updated_at()`.execute(db);
  await sql`drop schema private`.execute(db);
}
