/** What people tell about themselves, and to whom they show it. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'every row of public.profiles' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create type public.profile_visibility as enum ('private', 'members', 'public')`.execute(db);
  await db.schema
    .createTable('public.profiles')
    .addColumn('user_id', 'uuid', (column) => column.primaryKey())
    .addColumn('username', 'text')
    .addColumn('display_name', 'text')
    .addColumn('bio', 'text')
    .addColumn('locale', 'text')
    .addColumn('time_zone', 'text')
    .addColumn('avatar_path', 'text')
    // Nobody is shown before they asked for it.
    .addColumn('visibility', sql`public.profile_visibility`, (column) => column.notNull().defaultTo('private'))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    // A profile is a part of its user.
    .addForeignKeyConstraint('profiles_user_id_fkey', ['user_id'], 'public.users', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .addCheckConstraint('profiles_username_shape', sql`username ~ '^[A-Za-z][A-Za-z0-9_]{2,29}$'`)
    .addCheckConstraint(
      'profiles_username_not_ours',
      sql`lower(username) not in ('admin', 'administrator', 'moderator', 'official', 'root', 'security', 'support', 'system')`,
    )
    .addCheckConstraint(
      'profiles_display_name_shape',
      sql`char_length(btrim(display_name)) between 1 and 80 and char_length(display_name) <= 80 and display_name !~ '[[:cntrl:]]'`,
    )
    .addCheckConstraint('profiles_bio_length', sql`char_length(bio) <= 1000`)
    .addCheckConstraint('profiles_locale_shape', sql`locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'`)
    .addCheckConstraint(
      'profiles_time_zone_shape',
      sql`char_length(time_zone) <= 64 and time_zone ~ '^[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$'`,
    )
    // A profile publishes the file it names, so it may name only a file in the folder of its own user.
    .addCheckConstraint(
      'profiles_avatar_path_in_own_folder',
      sql`avatar_path ~ ('^' || user_id::text || '/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$')`,
    )
    .execute();
  await sql`comment on table public.profiles is
    'What a user tells about themselves; visibility says to whom: nobody, signed-in people, everybody.'`.execute(db);
  await db.schema
    .createIndex('profiles_username_key')
    .unique()
    .on('public.profiles')
    .expression(sql`lower(username)`)
    .execute();
  await sql`
    create trigger touch_updated_at before update on public.profiles
      for each row when (old.* is distinct from new.*) execute function private.touch_updated_at()`.execute(db);

  await sql`alter table public.profiles enable row level security`.execute(db);
  await sql`revoke all on table public.profiles from public, anon, authenticated, service_role`.execute(db);
  // Rows come and go with their user; clients change what is theirs to say, and never whose profile it is.
  await sql`grant select (user_id, username, display_name, bio, avatar_path) on table public.profiles to anon`.execute(
    db,
  );
  await sql`grant select on table public.profiles to authenticated`.execute(db);
  await sql`
    grant update (username, display_name, bio, locale, time_zone, avatar_path, visibility)
      on table public.profiles to authenticated`.execute(db);
  await sql`grant select, insert, update, delete on table public.profiles to service_role`.execute(db);
  await sql`
    create policy profiles_select_public on public.profiles for select to anon
      using (visibility = 'public')`.execute(db);
  // One policy for all three reasons: PostgreSQL would run several for each row. An anonymous sign-in is nobody's member.
  await sql`
    create policy profiles_select_visible on public.profiles for select to authenticated
      using (
        user_id = (select auth.uid())
        or visibility = 'public'
        or (
          visibility = 'members'
          and (select auth.uid()) is not null
          and not coalesce(((select auth.jwt()) ->> 'is_anonymous')::boolean, false)
        )
      )`.execute(db);
  await sql`
    create policy profiles_update_own on public.profiles for update to authenticated
      using (user_id = (select auth.uid()))
      with check (user_id = (select auth.uid()))`.execute(db);

  // With the rights of whoever makes the user: the sign-up's definer, or the service.
  await sql`
    create function private.create_profile() returns trigger language plpgsql set search_path = '' as $$
    begin
      insert into public.profiles (user_id) values (new.id) on conflict (user_id) do nothing;
      return null;
    end
    $$`.execute(db);
  await sql`revoke all on function private.create_profile() from public, anon, authenticated, service_role`.execute(db);
  await sql`
    create trigger create_profile after insert on public.users
      for each row execute function private.create_profile()`.execute(db);
  await sql`insert into public.profiles (user_id) select id from public.users on conflict (user_id) do nothing`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger create_profile on public.users`.execute(db);
  await sql`drop function private.create_profile()`.execute(db);
  await db.schema.dropTable('public.profiles').execute();
  await sql`drop type public.profile_visibility`.execute(db);
}
