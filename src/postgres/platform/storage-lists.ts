/**
 * The functions that list files, as the Storage service and whoever imitates it calls them. Run as
 * supabase_storage_admin, after storage-functions.ts.
 *
 * Supabase's skip from folder to folder, to be fast in buckets of millions; these group, and give the same rows. With
 * one exception: in falling order Supabase loses a folder of a single file that follows a file.
 */

// What a row of a list is made of: a folder has a name only.
const ofFile = (column: string) => `case when e.folder is null then e.${column} end`;
const fileColumns = ['updated_at', 'created_at', 'last_accessed_at', 'metadata'];

const listObjects = `
create function storage.list_objects_with_delimiter(
  _bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100,
  start_after text default '', next_token text default '', sort_order text default 'asc'
) returns table (
  name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
) language plpgsql stable as $$
declare
  prefix constant text := coalesce(prefix_param, '');
  rising constant boolean := lower(coalesce(sort_order, 'asc')) = 'asc';
  -- Listing goes on behind this name, or behind the whole folder of this name.
  last_name constant text := coalesce(nullif(next_token, ''), nullif(start_after, ''));
  is_folder constant boolean := exists (
    select from storage.objects o where o.bucket_id = _bucket_id and starts_with(o.name, last_name || delimiter_param));
  edge constant text := case
    when rising and is_folder then last_name || chr(ascii(delimiter_param) + 1)
    when rising or is_folder then last_name || delimiter_param
    else last_name end;
begin
  return query
    select coalesce(rtrim(e.folder, delimiter_param), e.name), ${ofFile('id')}, ${ofFile('metadata')},
      ${ofFile('updated_at')}, ${ofFile('created_at')}, ${ofFile('last_accessed_at')}
    from (
      select distinct on (coalesce(f.folder, o.name) collate "C") o.*, f.folder,
        coalesce(f.folder, o.name) collate "C" as place
      from storage.objects o, storage.get_common_prefix(o.name, prefix, delimiter_param) as f(folder)
      where o.bucket_id = _bucket_id and starts_with(o.name, prefix)
        and (edge is null or case when rising then o.name collate "C" >= edge else o.name collate "C" < edge end)
      order by coalesce(f.folder, o.name) collate "C"
    ) e
    order by case when rising then e.place end, case when not rising then e.place end desc
    limit max_keys;
end $$;

create function storage.list_multipart_uploads_with_delimiter(
  bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100,
  next_key_token text default '', next_upload_token text default ''
) returns table (key text, id text, created_at timestamptz) language plpgsql as $$
begin
  return query
    select e.place, e.id, e.created_at
    from (
      select distinct on (p.place) p.place, u.id, u.created_at
      from storage.s3_multipart_uploads u,
        lateral (select coalesce(
          storage.get_common_prefix(u.key, prefix_param, delimiter_param), u.key) collate "C") as p(place)
      where u.bucket_id = list_multipart_uploads_with_delimiter.bucket_id and u.key ilike prefix_param || '%'
        and (next_key_token = '' or next_upload_token <> '' or p.place > next_key_token)
        and (next_upload_token = '' or u.id collate "C" > next_upload_token)
      order by p.place, u.key collate "C", u.created_at
    ) e
    order by e.place limit max_keys;
end $$;`;

const listed = `returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)`;

const searches = `
create function storage.search_by_timestamp(
  p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text,
  p_sort_order text, p_sort_column text, p_sort_column_after text
) ${listed} language plpgsql stable as $$
declare
  prefix constant text := coalesce(p_prefix, '');
  rising constant boolean := p_sort_order = 'asc';
  after_time constant timestamptz := coalesce(nullif(p_sort_column_after, '')::timestamptz, 'epoch');
begin
  return query
    select split_part(e.name, '/', p_level), e.name, e.id, e.updated_at, e.created_at, e.last_accessed_at, e.metadata
    from (
      select g.*, date_trunc('milliseconds', case p_sort_column when 'updated_at' then g.updated_at else g.created_at end) as at
      from (
        select o.name, o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata
        from storage.objects o
        where o.bucket_id = p_bucket_id and starts_with(o.name, prefix)
          and storage.get_common_prefix(o.name, prefix, '/') is null
        union all
        -- A folder is as old as the oldest file in it, and was never changed since.
        select rtrim(f.folder, '/'), null, min(o.created_at), min(o.created_at), null, null
        from storage.objects o, storage.get_common_prefix(o.name, prefix, '/') as f(folder)
        where o.bucket_id = p_bucket_id and starts_with(o.name, prefix) and f.folder is not null
        group by f.folder
      ) g
    ) e
    where p_start_after = ''
      or case when rising then (e.at, e.name collate "C") > (after_time, p_start_after)
         else (e.at, e.name collate "C") < (after_time, p_start_after) end
    order by case when rising then coalesce(e.at, 'epoch') end, case when rising then e.name collate "C" end,
      coalesce(e.at, 'epoch') desc, e.name collate "C" desc
    limit p_limit;
end $$;

create function storage.search_v2(
  prefix text, bucket_name text, limits integer default 100, levels integer default 1, start_after text default '',
  sort_order text default 'asc', sort_column text default 'name', sort_column_after text default ''
) ${listed} language plpgsql stable as $$
declare
  at_most constant integer := least(coalesce(limits, 100), 1500);
  direction constant text := case when lower(sort_order) = 'desc' then 'desc' else 'asc' end;
  sorted_by constant text := lower(coalesce(sort_column, 'name'));
begin
  if sorted_by in ('updated_at', 'created_at') then
    return query select * from storage.search_by_timestamp(
      prefix, bucket_name, at_most, levels, start_after, direction, sorted_by, sort_column_after);
  else
    return query
      select split_part(l.name, '/', levels), l.name, l.id, l.updated_at, l.created_at, l.last_accessed_at, l.metadata
      from storage.list_objects_with_delimiter(bucket_name, prefix, '/', at_most, start_after, '', direction) l;
  end if;
end $$;

create function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
  search text default '', sortcolumn text default 'name', sortorder text default 'asc'
) returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language plpgsql stable as $$
declare
  -- Case does not count. Names come back relative to the prefix, not to what is searched for below it.
  wanted constant text := lower(coalesce(prefix, '') || coalesce(search, ''));
  cut constant integer := length(coalesce(prefix, '')) + 1;
  rising constant boolean := lower(coalesce(sortorder, 'asc')) = 'asc';
  at_most constant integer := least(coalesce(limits, 100), 1500);
  sorted_by constant text := lower(coalesce(sortcolumn, 'name'));
  by_time constant boolean := sorted_by in ('updated_at', 'created_at', 'last_accessed_at');
begin
  return query
    select substring(coalesce(rtrim(left(e.name, length(e.folder)), '/'), e.name) from cut), ${ofFile('id')},
      ${fileColumns.map(ofFile).join(', ')}
    from (
      select distinct on (p.place, p.file) o.*, f.folder, p.place,
        case sorted_by when 'updated_at' then o.updated_at when 'created_at' then o.created_at
          when 'last_accessed_at' then o.last_accessed_at end as at
      from storage.objects o, storage.get_common_prefix(lower(o.name), wanted, '/') as f(folder),
        lateral (select
          coalesce(case when by_time then left(o.name, length(f.folder)) else f.folder end, lower(o.name)) collate "C",
          case when f.folder is null then o.name end) as p(place, file)
      where o.bucket_id = bucketname and starts_with(lower(o.name), wanted)
      order by p.place, p.file, lower(o.name) collate "C"
    ) e
    order by by_time and e.folder is null,
      case when rising and by_time and e.folder is null then e.at end,
      case when by_time and e.folder is null then e.at end desc,
      case when rising then e.place end, e.place desc
    limit at_most offset offsets;
end $$;`;

export const storageLists = listObjects + searches;
