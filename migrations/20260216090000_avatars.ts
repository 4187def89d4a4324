/**
 * Pictures of profiles: who may put which file where, who may see it, and how a file goes that nobody shows any more.
 * In one file, though it is long: a right to upload without the rest would be a right to leave files lying about.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'the queue of files to delete, private.file_deletions; the files themselves stay' };

const maxBytes = sql.lit(2 * 1024 * 1024);
// No image/svg+xml: it is a document that can carry scripts.
const mimeTypes = sql.lit('{image/avif,image/gif,image/jpeg,image/png,image/webp}');

// As profiles_avatar_path_in_own_folder has it.
const fileName = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}';

const inOwnFolder = sql`split_part(name, '/', 1) = (select auth.uid())::text`;
const wellNamed = sql`name ~ ('^' || (select auth.uid())::text || ${sql.lit(`/${fileName}$`)})`;
const shownByProfile = sql`exists (select from public.profiles p where p.avatar_path = objects.name)`;
// A token outlives its user: no files for one who is gone.
const ofLiveUser = sql`exists (
  select from public.users u where u.id = (select auth.uid()) and u.suspended_at is null)`;

export async function up(db: Kysely<unknown>): Promise<void> {
  // The bucket is private: in a public one everybody reads every file, whatever the policies say. One that was there
  // before is taken over only if it is as this migration would make it, which is how its rollback leaves one with files.
  await sql`
    do $$
    begin
      if to_regclass('storage.objects') is null then
        raise exception 'storage.objects does not exist: pictures are kept by the Storage service of Supabase'
          using hint = 'on a plain PostgreSQL, make the stand-in first: dbkit db bootstrap --platform supabase';
      end if;
      insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
        values ('avatars', 'avatars', false, ${maxBytes}, ${mimeTypes})
        on conflict (id) do nothing;
      if not exists (
        select from storage.buckets
        where id = 'avatars' and public is false and file_size_limit = ${maxBytes} and allowed_mime_types = ${mimeTypes}
      ) then
        raise exception 'there is a bucket "avatars" already, and its settings are not those of this application'
          using hint = 'make it private, with a limit of 2 MiB and the types ' || ${mimeTypes} || ', or rename it';
      end if;
    end
    $$`.execute(db);
  // For the policies below, which ask for each file whether a profile shows it.
  await sql`create index profiles_avatar_path on public.profiles (avatar_path) where avatar_path is not null`.execute(
    db,
  );

  // The policies read profiles as whoever asks: a file is shown to exactly those who may see the profile that names it,
  // and a listing, being a SELECT, shows no others.
  await sql`
    create policy avatars_select_published on storage.objects for select to anon
      using (bucket_id = 'avatars' and ${shownByProfile})`.execute(db);
  await sql`
    create policy avatars_select_visible on storage.objects for select to authenticated
      using (bucket_id = 'avatars' and (${inOwnFolder} or ${shownByProfile}))`.execute(db);
  await sql`
    create policy avatars_insert_own on storage.objects for insert to authenticated
      with check (bucket_id = 'avatars' and ${wellNamed} and ${ofLiveUser})`.execute(db);
  // What a profile shows is neither overwritten nor moved nor deleted under it: a new picture has a new name.
  await sql`
    create policy avatars_update_own on storage.objects for update to authenticated
      using (bucket_id = 'avatars' and ${inOwnFolder} and not ${shownByProfile})
      with check (bucket_id = 'avatars' and ${wellNamed} and ${ofLiveUser})`.execute(db);
  await sql`
    create policy avatars_delete_own on storage.objects for delete to authenticated
      using (bucket_id = 'avatars' and ${inOwnFolder} and not ${shownByProfile})`.execute(db);
  // From here on set_avatar() looks at the file first.
  await sql`revoke update (avatar_path) on table public.profiles from authenticated`.execute(db);

  await createQueue(db);
  await createClientFunctions(db);
  await createServiceFunctions(db);
}

/** Files that nobody shows any more. SQL can not delete a file, only lose its row: the service asks the Storage API. */
async function createQueue(db: Kysely<unknown>): Promise<void> {
  // No foreign key to storage.buckets: a bucket that the service removes must not wait for this table.
  await db.schema
    .createTable('private.file_deletions')
    .addColumn('bucket_id', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('queued_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('claimed_at', 'timestamptz')
    .addPrimaryKeyConstraint('file_deletions_pkey', ['bucket_id', 'path'])
    .execute();
  await sql`comment on table private.file_deletions is
    'Files to be deleted through the Storage API: see claim_file_deletions() and file_deleted().'`.execute(db);
  await sql`comment on column private.file_deletions.claimed_at is
    'Since when somebody is at it. The file is as good as gone: nobody may show it again.'`.execute(db);
  await sql`create index file_deletions_queued on private.file_deletions (queued_at)`.execute(db);
  await sql`alter table private.file_deletions enable row level security`.execute(db);
  await sql`revoke all on table private.file_deletions from public, anon, authenticated, service_role`.execute(db);

  // Whoever changes or deletes a profile: the definer's rights, because the service holds nothing in private. Who
  // leaves takes along the whole folder. In the order of names, so that no two that queue the same files deadlock.
  await sql`
    create function private.queue_old_avatar() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      insert into private.file_deletions (bucket_id, path)
        select 'avatars', f.path
        from (
          select old.avatar_path as path where old.avatar_path is not null
          union
          select o.name from storage.objects o
          where tg_op = 'DELETE' and o.bucket_id = 'avatars'
            -- From the slash to what comes after it: a range that the index of Storage serves.
            and o.name collate "C" >= old.user_id::text || '/' and o.name collate "C" < old.user_id::text || '0'
        ) f
        order by f.path collate "C"
        on conflict (bucket_id, path) do nothing;
      return null;
    end
    $$`.execute(db);
  await sql`revoke all on function private.queue_old_avatar() from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`
    create trigger queue_old_avatar after update on public.profiles
      for each row when (old.avatar_path is distinct from new.avatar_path)
      execute function private.queue_old_avatar()`.execute(db);
  await sql`
    create trigger queue_files_of_deleted after delete on public.profiles
      for each row execute function private.queue_old_avatar()`.execute(db);
}

async function createClientFunctions(db: Kysely<unknown>): Promise<void> {
  // Profile, file, queue, in this order: two at once wait for each other, and a file that queue_avatar_orphans() holds
  // is looked for on the queue only after it got there.
  await sql`
    create function definer.set_avatar(p_file_name text) returns text
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.signed_in_user();
      v_path constant text := v_user::text || '/' || p_file_name;
      v_metadata jsonb;
    begin
      if p_file_name is null or p_file_name !~ ${sql.lit(`^${fileName}$`)} then
        raise sqlstate 'PT422' using message = 'not the name of a picture',
          hint = 'up to 100 of A-Z a-z 0-9 . _ -, of which the first is a letter or a digit; without the folder';
      end if;
      perform from public.profiles p where p.user_id = v_user for update;
      if not found then
        raise sqlstate 'PT404' using message = 'the user has no profile',
          hint = 'select * from repair_users(), as the service';
      end if;
      select o.metadata into v_metadata from storage.objects o
        where o.bucket_id = 'avatars' and o.name = v_path for share;
      if not found then
        raise sqlstate 'PT404' using message = 'there is no such file',
          hint = 'upload it to the bucket avatars, into the folder of the user''s id';
      end if;
      -- The Storage API keeps to the limits of the bucket while it uploads; they may have been others at that time.
      if not exists (
        select from storage.buckets b
        where b.id = 'avatars'
          and (b.allowed_mime_types is null or v_metadata ->> 'mimetype' = any (b.allowed_mime_types))
          and (b.file_size_limit is null or case jsonb_typeof(v_metadata -> 'size')
            when 'number' then (v_metadata ->> 'size')::numeric <= b.file_size_limit end)
      ) then
        raise sqlstate 'PT422' using message = 'the file is not of a type and size that a picture may have',
          hint = 'the bucket''s limits: 2 MiB of avif, gif, jpeg, png or webp unless the service changed them';
      end if;
      delete from private.file_deletions d
        where d.bucket_id = 'avatars' and d.path = v_path and d.claimed_at is null;
      if exists (select from private.file_deletions d where d.bucket_id = 'avatars' and d.path = v_path) then
        raise sqlstate 'PT409' using message = 'the file is being deleted',
          hint = 'upload the picture under another name';
      end if;
      update public.profiles p set avatar_path = v_path where p.user_id = v_user;
      return v_path;
    end
    $$`.execute(db);
  await sql`
    create function definer.remove_avatar() returns boolean
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.signed_in_user();
    begin
      update public.profiles p set avatar_path = null where p.user_id = v_user and p.avatar_path is not null;
      return found;
    end
    $$`.execute(db);
  await sql`
    create function public.set_avatar(file_name text) returns text language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select definer.set_avatar(file_name);
    end`.execute(db);
  await sql`
    create function public.remove_avatar() returns boolean language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select definer.remove_avatar();
    end`.execute(db);
  await sql`comment on function public.set_avatar(text) is
    'Shows a file of the own folder in the bucket avatars as the own picture; answers its path. PT404 no such file; PT409 it is being deleted; PT422 a name, type or size that no picture has.'`.execute(
    db,
  );
  await sql`comment on function public.remove_avatar() is
    'Takes the own picture down, queues its file for deletion, and says whether there was one.'`.execute(db);
  for (const name of ['set_avatar(text)', 'remove_avatar()']) {
    const functions = sql.raw(`definer.${name}, public.${name}`);
    await sql`revoke all on function ${functions} from public, anon, authenticated, service_role`.execute(db);
    await sql`grant execute on function ${functions} to authenticated`.execute(db);
  }
}

async function createServiceFunctions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function public.claim_file_deletions(max_rows integer default 100) returns table (bucket_id text, path text)
      language sql security definer set search_path = pg_catalog, pg_temp as $$
    with due as materialized (
      select d.bucket_id, d.path
      from private.file_deletions d
      where (d.claimed_at is null or d.claimed_at < clock_timestamp() - interval '1 hour')
        and not (d.bucket_id = 'avatars' and exists (select from public.profiles p where p.avatar_path = d.path))
      order by d.queued_at
      limit greatest(0, max_rows)
      for update skip locked
    )
    update private.file_deletions d set claimed_at = clock_timestamp()
      from due
      where d.bucket_id = due.bucket_id and d.path = due.path
      returning d.bucket_id, d.path
    $$`.execute(db);
  await sql`comment on function public.claim_file_deletions(integer) is
    'Hands out files to delete through the Storage API, each to one caller; again after an hour without file_deleted(). None that a profile shows.'`.execute(
    db,
  );

  await sql`
    create function public.file_deleted(bucket_id text, path text) returns boolean
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      delete from private.file_deletions d
        where d.bucket_id = file_deleted.bucket_id and d.path = file_deleted.path and d.claimed_at is not null
          and not exists (
            select from storage.objects o where o.bucket_id = file_deleted.bucket_id and o.name = file_deleted.path);
      return found;
    end
    $$`.execute(db);
  await sql`comment on function public.file_deleted(text, text) is
    'Takes a claimed file off the queue. False, and it stays there: it is not claimed, or it still exists.'`.execute(
    db,
  );

  await sql`
    create function public.avatar_orphans() returns table (kind text, path text, created_at timestamptz)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select 'row_without_file', p.avatar_path, null
    from public.profiles p
    where p.avatar_path is not null
      and not exists (select from storage.objects o where o.bucket_id = 'avatars' and o.name = p.avatar_path)
    union all
    select 'file_without_row', o.name, o.created_at
    from storage.objects o
    where o.bucket_id = 'avatars'
      and coalesce(o.updated_at, o.created_at) < now() - interval '1 hour'
      and not exists (select from public.profiles p where p.avatar_path = o.name)
      and not exists (select from private.file_deletions d where d.bucket_id = o.bucket_id and d.path = o.name)
    order by 1, 2
    $$`.execute(db);
  await sql`comment on function public.avatar_orphans() is
    'Profiles whose file is not there, and files older than an hour that no profile shows and nobody queued for deletion.'`.execute(
    db,
  );

  // Locked, so that set_avatar() either has shown the file by now or will find it on the queue.
  await sql`
    create function public.queue_avatar_orphans(max_rows integer default 1000) returns integer
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_queued integer;
    begin
      with orphans as materialized (
        select o.name
        from storage.objects o
        where o.bucket_id = 'avatars'
          and coalesce(o.updated_at, o.created_at) < now() - interval '1 hour'
          and not exists (select from public.profiles p where p.avatar_path = o.name)
          and not exists (select from private.file_deletions d where d.bucket_id = o.bucket_id and d.path = o.name)
        order by o.name collate "C"
        limit greatest(0, max_rows)
        for update of o skip locked
      )
      insert into private.file_deletions (bucket_id, path)
        select 'avatars', f.name from orphans f order by f.name collate "C"
        on conflict (bucket_id, path) do nothing;
      get diagnostics v_queued = row_count;
      return v_queued;
    end
    $$`.execute(db);
  await sql`comment on function public.queue_avatar_orphans(integer) is
    'Queues files for deletion that avatar_orphans() calls file_without_row; answers how many.'`.execute(db);

  for (const name of serviceFunctions) {
    const service = sql.raw(`public.${name}`);
    await sql`revoke all on function ${service} from public, anon, authenticated, service_role`.execute(db);
    await sql`grant execute on function ${service} to service_role`.execute(db);
  }
}

const serviceFunctions = [
  'claim_file_deletions(integer)',
  'file_deleted(text, text)',
  'avatar_orphans()',
  'queue_avatar_orphans(integer)',
];

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const name of [...serviceFunctions, 'set_avatar(text)', 'remove_avatar()']) {
    await sql`drop function ${sql.raw(`public.${name}`)}`.execute(db);
  }
  await sql`drop function definer.set_avatar(text)`.execute(db);
  await sql`drop function definer.remove_avatar()`.execute(db);
  await sql`drop trigger queue_files_of_deleted on public.profiles`.execute(db);
  await sql`drop trigger queue_old_avatar on public.profiles`.execute(db);
  await sql`drop function private.queue_old_avatar()`.execute(db);
  await db.schema.dropTable('private.file_deletions').execute();
  await sql`grant update (avatar_path) on table public.profiles to authenticated`.execute(db);
  await sql`drop policy avatars_delete_own on storage.objects`.execute(db);
  await sql`drop policy avatars_update_own on storage.objects`.execute(db);
  await sql`drop policy avatars_insert_own on storage.objects`.execute(db);
  await sql`drop policy avatars_select_visible on storage.objects`.execute(db);
  await sql`drop policy avatars_select_published on storage.objects`.execute(db);
  await sql`drop index public.profiles_avatar_path`.execute(db);
  // Without its row in storage.objects a file could neither be found nor deleted any more, so a bucket with files, or
  // with an upload that is under way, stays. Storage lets rows be deleted only by those who say that they mean it.
  await sql`
    do $$
    begin
      perform set_config('storage.allow_delete_query', 'true', true);
      delete from storage.buckets b
        where b.id = 'avatars' and not exists (select from storage.objects o where o.bucket_id = b.id);
      perform set_config('storage.allow_delete_query', 'false', true);
      if exists (select from storage.buckets where id = 'avatars') then
        raise warning 'the bucket "avatars" stays, because there are files in it; without policies, clients do not reach them';
      end if;
    exception when foreign_key_violation then
      raise warning 'the bucket "avatars" stays, because an upload to it is under way';
    end
    $$`.execute(db);
}
