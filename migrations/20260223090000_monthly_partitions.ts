/** Tables that grow with time have one partition a month: which tables these are, and what makes the partitions. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'which tables have a partition a month' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('private.monthly_tables')
    .addColumn('parent', 'text', (column) => column.primaryKey())
    .addColumn('append_only', 'boolean', (column) => column.notNull().defaultTo(false))
    // With the suffix _YYYY_MM it must still be a name.
    .addCheckConstraint('monthly_tables_parent_shape', sql`parent ~ '^[a-z_][a-z0-9_]{0,62}[.][a-z_][a-z0-9_]{0,54}$'`)
    .execute();
  await sql`comment on table private.monthly_tables is
    'Tables that create_partitions() serves, as schema.table: partitioned by range of one timestamptz.'`.execute(db);
  await sql`comment on column private.monthly_tables.append_only is
    'Partitions refuse TRUNCATE: they inherit the row triggers of their table, but not those of statements.'`.execute(
    db,
  );
  await sql`alter table private.monthly_tables enable row level security`.execute(db);
  await sql`revoke all on table private.monthly_tables from public, anon, authenticated, service_role`.execute(db);

  // Looks at no row and at no setting: there is nothing by which it could be talked out of it.
  await sql`
    create function private.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      raise insufficient_privilege using
        message = format('%I.%I is append-only: %s refused', tg_table_schema, tg_table_name, lower(tg_op));
    end
    $$`.execute(db);
  await sql`comment on function private.refuse_change() is
    'Trigger of append-only tables. To be enabled ALWAYS: session_replication_role then does not switch it off.'`.execute(
    db,
  );
  await sql`revoke all on function private.refuse_change() from public, anon, authenticated, service_role`.execute(db);

  // Moving is no edit: the triggers of the source are off meanwhile, under a lock that lets nobody else write to it.
  await sql`
    create function private.move_rows(p_from regclass, p_to regclass, p_condition text) returns void
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_columns constant text := (
        select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_catalog.pg_attribute a
        where a.attrelid = p_to and a.attnum > 0 and not a.attisdropped and a.attgenerated = '');
      v_triggers constant jsonb := (
        select coalesce(jsonb_object_agg(t.tgname, t.tgenabled), '{}') from pg_catalog.pg_trigger t
        where t.tgrelid = p_from and not t.tgisinternal and t.tgenabled <> 'D');
      v_trigger record;
    begin
      execute format('lock table %s in access exclusive mode', p_from);
      for v_trigger in select * from jsonb_each_text(v_triggers) loop
        execute format('alter table %s disable trigger %I', p_from, v_trigger.key);
      end loop;
      execute format('with moved as (delete from %1$s where %3$s returning %4$s) insert into %2$s (%4$s) select * from moved',
        p_from, p_to, p_condition, v_columns);
      for v_trigger in select * from jsonb_each_text(v_triggers) loop
        execute format('alter table %s enable %s trigger %I', p_from,
          case v_trigger.value when 'A' then 'always' when 'R' then 'replica' end, v_trigger.key);
      end loop;
    end
    $$`.execute(db);
  await sql`revoke all on function private.move_rows(regclass, regclass, text) from public, anon, authenticated, service_role`.execute(
    db,
  );

  await sql`
    create function private.create_partition(
      p_parent regclass, p_partition text, p_from timestamptz, p_to timestamptz, p_append_only boolean, p_in_use boolean
    ) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_default regclass;
      v_condition text;
      v_referenced regclass;
      v_found boolean;
    begin
      -- Made apart and then attached: CREATE TABLE … PARTITION OF would lock out the readers of the whole table.
      execute format('create table %s (like %s including all excluding comments excluding identity)', p_partition, p_parent);
      execute format('alter table %s enable row level security', p_partition);
      execute format('revoke all on table %s from public, anon, authenticated, service_role', p_partition);

      -- ATTACH would take these as well, but after the others, against the order of whoever writes a user, then an event.
      for v_referenced in
        select distinct k.confrelid from pg_catalog.pg_constraint k
        where k.conrelid = p_parent and k.contype = 'f' order by 1
      loop
        execute format('lock table only %s in share row exclusive mode', v_referenced);
      end loop;
      -- A row under way to the default partition would fail there, as it no longer belongs there. So writers wait while a
      -- month is made that rows may be coming for; for a month ahead they need not.
      execute format('lock table only %s in %s mode', p_parent,
        case when p_in_use then 'share row exclusive' else 'share update exclusive' end);

      select nullif(p.partdefid, 0), format('%1$I >= %2$L and %1$I < %3$L', a.attname, p_from, p_to)
        into v_default, v_condition
      from pg_catalog.pg_partitioned_table p
      join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
      where p.partrelid = p_parent;
      if v_default is not null then
        execute format('lock table %s in access exclusive mode', v_default);
        execute format('select exists (select from %s where %s)', v_default, v_condition) into v_found;
        if v_found then
          perform private.move_rows(v_default, p_partition::regclass, v_condition);
        end if;
      end if;
      execute format('alter table %s attach partition %s for values from (%L) to (%L)', p_parent, p_partition, p_from, p_to);

      if p_append_only then
        execute format('create trigger refuse_truncate before truncate on %s for each statement execute function private.refuse_change()', p_partition);
        execute format('alter table %s enable always trigger refuse_truncate', p_partition);
      end if;
    end
    $$`.execute(db);
  await sql`
    revoke all on function private.create_partition(regclass, text, timestamptz, timestamptz, boolean, boolean)
      from public, anon, authenticated, service_role`.execute(db);

  // UTC: a month begins at the same moment whoever calls. Whoever writes must not suffer from what we wait for, so we
  // give up in half of the time (deadlock_timeout) after which PostgreSQL would look for somebody to give up.
  await sql`
    create function private.create_partitions_of(p_parent text, p_append_only boolean, p_months_ahead integer)
      returns integer language plpgsql
      set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' set lock_timeout = '500ms' as $$
    declare
      v_parent constant regclass := p_parent::regclass;
      v_default regclass;
      v_key name;
      v_found timestamptz[] := '{}';
      v_month timestamptz;
      v_partition text;
      v_made integer := 0;
    begin
      select nullif(p.partdefid, 0), a.attname into v_default, v_key
      from pg_catalog.pg_partitioned_table p
      join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
      where p.partrelid = v_parent and p.partstrat = 'r' and p.partnatts = 1
        and a.atttypid = 'timestamptz'::regtype;
      if not found then
        raise object_not_in_prerequisite_state using
          message = format('%s is not partitioned by range of one timestamptz', v_parent);
      end if;
      -- Years of four digits, and not the infinities. 24 months a call: each holds its locks until the end.
      if v_default is not null then
        execute format(
          'select array_agg(month) from (
            select distinct date_trunc(''month'', %1$I) as month from %2$s
            where %1$I >= timestamptz ''0001-01-01 00:00:00+00'' and %1$I < timestamptz ''10000-01-01 00:00:00+00''
            order by month limit 24) as months', v_key, v_default) into v_found;
      end if;

      for v_month in
        select generate_series(date_trunc('month', now()), now() + make_interval(months => p_months_ahead), '1 month')
        union select unnest(v_found)
        order by 1
      loop
        v_partition := format('private.%I', split_part(p_parent, '.', 2) || to_char(v_month, '_YYYY_MM'));
        continue when exists (
          select from pg_catalog.pg_inherits i
          where i.inhparent = v_parent and i.inhrelid = to_regclass(v_partition));
        begin
          perform private.create_partition(v_parent, v_partition, v_month, v_month + interval '1 month', p_append_only,
            v_month <= now() or coalesce(v_month = any (v_found), false));
          v_made := v_made + 1;
        exception when duplicate_table or invalid_object_definition then
          -- The name is taken, or a partition made by hand covers the month. What has none of its own is not lost.
          raise warning '% was not made: %', v_partition, sqlerrm;
        end;
      end loop;
      return v_made;
    end
    $$`.execute(db);
  await sql`
    revoke all on function private.create_partitions_of(text, boolean, integer)
      from public, anon, authenticated, service_role`.execute(db);

  await sql`
    create function public.create_partitions(months_ahead integer default 3) returns integer
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_table record;
      v_made integer := 0;
      v_state text;
      v_message text;
    begin
      if months_ahead is null or months_ahead not between 0 and 36 then
        raise sqlstate 'PT422' using message = 'months_ahead must be from 0 to 36';
      end if;
      -- One call at a time: the next one finds what this one made.
      lock table private.monthly_tables in share update exclusive mode;
      -- Tables with foreign keys last: what they reference is locked against writes until the end of the call.
      for v_table in
        select m.parent, m.append_only from private.monthly_tables m
        order by exists (
          select from pg_catalog.pg_constraint k where k.conrelid = to_regclass(m.parent) and k.contype = 'f'
        ), m.parent
      loop
        begin
          v_made := v_made + private.create_partitions_of(v_table.parent, v_table.append_only, months_ahead);
        exception when others then
          -- A table that is busy or broken does not keep the others from their partitions.
          v_state := sqlstate;
          v_message := format('no partitions were made for %s: %s', v_table.parent, sqlerrm);
          raise warning '% (%)', v_message, v_state;
        end;
      end loop;
      -- Nothing would be undone by it, so it is told as an error: also to a scheduler that reads no warnings.
      if v_state is not null and v_made = 0 then
        raise exception using errcode = v_state, message = v_message,
          hint = 'rows go to the default partition meanwhile, and are moved as soon as a call succeeds';
      end if;
      return v_made;
    end
    $$`.execute(db);
  await sql`comment on function public.create_partitions(integer) is
    'Makes the partitions of this month, of those ahead, and of every month found in a default partition; answers how many.'`.execute(
    db,
  );
  await sql`revoke all on function public.create_partitions(integer) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`grant execute on function public.create_partitions(integer) to service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop function public.create_partitions(integer)`.execute(db);
  await sql`drop function private.create_partitions_of(text, boolean, integer)`.execute(db);
  await sql`drop function private.create_partition(regclass, text, timestamptz, timestamptz, boolean, boolean)`.execute(
    db,
  );
  await sql`drop function private.move_rows(regclass, regclass, text)`.execute(db);
  await sql`drop function private.refuse_change()`.execute(db);
  await db.schema.dropTable('private.monthly_tables').execute();
}
