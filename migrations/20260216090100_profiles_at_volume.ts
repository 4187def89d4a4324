/** Profiles that are found by name, and written, as fast among a hundred thousand as among ten. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

// One pattern for all rows, and an equality for the folder.
const inOwnFolder = sql`avatar_path ~ '^[0-9a-f-]{36}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'
  and split_part(avatar_path, '/', 1) = user_id::text`;
const before = sql`avatar_path ~ ('^' || user_id::text || '/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$')`;

// A column that comes later has to be named in the trigger as well.
const written = ['user_id', 'username', 'display_name', 'bio', 'locale', 'time_zone', 'avatar_path', 'visibility'];
const row = (name: string) => [...written, 'created_at', 'updated_at'].map((column) => `${name}.${column}`).join(', ');

export async function up(db: Kysely<unknown>): Promise<void> {
  // A condition on the whole row can not be written down again once a column is generated: a dump would not be restored.
  await touchWhen(db, `(${row('old')}) is distinct from (${row('new')})`);
  // Under row-level security a condition runs ahead of the policies only if its functions are leakproof. lower() is not,
  // equality of text is: an index on lower(username) is never used by a client, one on a column is.
  await sql`drop index public.profiles_username_key`.execute(db);
  await sql`
    alter table public.profiles
      add column username_lower text generated always as (lower(username)) stored`.execute(db);
  await sql`comment on column public.profiles.username_lower is
    'For look-ups, and unique: where username_lower = lower(…).'`.execute(db);
  await sql`create unique index profiles_username_key on public.profiles (username_lower)`.execute(db);
  await sql`grant select (username_lower) on table public.profiles to anon`.execute(db);

  // A pattern that differs in each row is compiled for each row. The same rule without that.
  await replaceAvatarRule(db, inOwnFolder);
}

async function touchWhen(db: Kysely<unknown>, condition: string): Promise<void> {
  await sql`
    create or replace trigger touch_updated_at before update on public.profiles
      for each row when (${sql.raw(condition)}) execute function private.touch_updated_at()`.execute(db);
}

async function replaceAvatarRule(db: Kysely<unknown>, rule: typeof inOwnFolder): Promise<void> {
  await sql`
    alter table public.profiles
      drop constraint profiles_avatar_path_in_own_folder,
      add constraint profiles_avatar_path_in_own_folder check (${rule})`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await replaceAvatarRule(db, before);
  // The index goes with its column.
  await sql`alter table public.profiles drop column username_lower`.execute(db);
  await touchWhen(db, 'old.* is distinct from new.*');
  await sql`create unique index profiles_username_key on public.profiles (lower(username))`.execute(db);
}
