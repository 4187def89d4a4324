/** What writes the audit trail: one trigger function for each table, generated with the names of its columns in it. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

const audited = ['users', 'profiles', 'subscription_plans', 'user_subscriptions', 'sessions'];

export async function up(db: Kysely<unknown>): Promise<void> {
  await writer(db);
  await generator(db);
  await sql`
    select
      private.audit_table('public.users', '{id}', 'id', p_ignored => '{updated_at}'),
      private.audit_table('public.profiles', '{user_id}', 'user_id', p_ignored => '{updated_at}'),
      private.audit_table('public.subscription_plans', '{id}', null, p_ignored => '{updated_at}'),
      private.audit_table('public.user_subscriptions', '{id}', 'user_id', p_ignored => '{updated_at}'),
      private.audit_table('public.sessions', '{id}', 'user_id', p_sensitive => '{token_hash,ip,user_agent}',
        p_ignored => '{last_seen_at}')`.execute(db);
}

async function writer(db: Kysely<unknown>): Promise<void> {
  // An error in here is the error of the write that is being logged: what can not be logged does not happen. The
  // claims alone are let off, as they come from outside and must not stop a write that needs none.
  await sql`
    create function private.write_audit_log(
      p_table text, p_action public.audit_action, p_key jsonb, p_subject uuid,
      p_changed text[], p_before jsonb, p_after jsonb
    ) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_id constant bigint := nextval('private.audit_log_ids');
      v_claims jsonb;
      v_actor uuid;
      v_session uuid;
      v_column text;
      v_salt text;
      v_columns text[] := '{}';
      v_old_salts text[];
      v_new_salts text[];
      v_old_hashes text[];
      v_new_hashes text[];
    begin
      begin
        v_claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
        v_actor := coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), v_claims ->> 'sub')::uuid;
        v_session := (v_claims ->> 'session_id')::uuid;
      exception when others then
        null;
      end;
      -- A salt for each value: one that is shown gives none of the others away. What is sensitive is in neither object.
      foreach v_column in array p_changed loop
        continue when not coalesce(p_before, p_after) ? v_column;
        v_columns := v_columns || v_column;
        if p_before is not null then
          v_salt := gen_random_uuid();
          v_old_salts := v_old_salts || v_salt;
          v_old_hashes := v_old_hashes
            || encode(sha256(convert_to(v_salt || (p_before -> v_column)::text, 'UTF8')), 'hex');
        end if;
        if p_after is not null then
          v_salt := gen_random_uuid();
          v_new_salts := v_new_salts || v_salt;
          v_new_hashes := v_new_hashes
            || encode(sha256(convert_to(v_salt || (p_after -> v_column)::text, 'UTF8')), 'hex');
        end if;
      end loop;
      -- The setting and not current_user, which is the owner in here.
      insert into public.audit_logs (id, actor_id, actor_role, session_id, table_name, row_key, subject_id, action,
          changed_columns, old_hashes, new_hashes)
        values (v_id, v_actor, coalesce(nullif(current_setting('role'), 'none'), session_user), v_session, p_table,
          p_key, p_subject, p_action, p_changed, jsonb_object(v_columns, v_old_hashes), jsonb_object(v_columns, v_new_hashes));
      if v_columns <> '{}' then
        insert into public.audit_log_values (log_id, occurred_at, subject_id, old_values, new_values, old_salts, new_salts)
          values (v_id, now(), p_subject, p_before, p_after,
            jsonb_object(v_columns, v_old_salts), jsonb_object(v_columns, v_new_salts));
      end if;
    end
    $$`.execute(db);
  await sql`comment on function private.write_audit_log(text, public.audit_action, jsonb, uuid, text[], jsonb, jsonb) is
    'Writes one row of the audit trail. The objects hold the changed columns whose values may be kept; null: no such row.'`.execute(
    db,
  );
  await sql`
    create function private.audit_truncate() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      perform private.write_audit_log(format('%I.%I', tg_table_schema, tg_table_name), 'truncate', null, null, '{}', null, null);
      return null;
    end
    $$`.execute(db);
  await sql`
    revoke all on function private.audit_truncate(),
      private.write_audit_log(text, public.audit_action, jsonb, uuid, text[], jsonb, jsonb)
      from public, anon, authenticated, service_role`.execute(db);
}

async function generator(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function private.quoted_array(p_names name[]) returns text language sql immutable set search_path = pg_catalog, pg_temp
    begin atomic
      select format('array[%s]::name[]', string_agg(quote_literal(n.name), ', ' order by n.position))
      from unnest(p_names) with ordinality n(name, position);
    end`.execute(db);
  await sql`
    create function private.audit_table(
      p_table regclass, p_key name[], p_subject name, p_sensitive name[] default '{}', p_ignored name[] default '{}'
    ) returns void language plpgsql set search_path = pg_catalog, pg_temp as $generator$
    declare
      v_schema name;
      v_name name;
      v_function text;
      v_wrong name;
      v_subject constant text := quote_ident(p_subject);
      v_comparisons text;
    begin
      select n.nspname, c.relname,
          'audit_' || case n.nspname when 'public' then '' else n.nspname || '$' end || c.relname
        into v_schema, v_name, v_function
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = p_table;
      if octet_length(v_function) > 63 then
        raise name_too_long using message = format('the name of %s is too long to audit it', p_table);
      end if;
      select given.name into v_wrong from unnest(p_key || p_sensitive || p_ignored || p_subject) given(name)
      where given.name is not null and not exists (
        select from pg_catalog.pg_attribute a
        where a.attrelid = p_table and a.attname = given.name and a.attnum > 0 and not a.attisdropped);
      if found then
        raise undefined_column using message = format('%s has no column %I', p_table, v_wrong);
      elsif num_nulls(p_key, p_sensitive, p_ignored) > 0 or cardinality(p_key) = 0
        or (p_key || p_subject) && (p_sensitive || p_ignored)
      then
        raise invalid_parameter_value using
          message = format('%s needs a key, and neither it nor the subject can be sensitive or ignored', p_table),
          hint = 'they stay in the log when the values are erased';
      elsif exists (
        select from pg_catalog.pg_attribute a
        where a.attrelid = p_table and a.attname = p_subject and a.atttypid <> 'uuid'::regtype)
      then
        raise datatype_mismatch using message = format('the subject of %s must be a uuid', p_table);
      end if;

      -- By their images: an equality of a type may hold for values that differ (citext, 1.0 and 1.00), and some have none.
      select string_agg(format(
          case when a.attname = any (p_sensitive) then $code$
        if record_image_ne(row(old.%1$I), row(new.%1$I)) then
          v_changed := v_changed || %1$L::text;
        end if;$code$ else $code$
        if record_image_ne(row(old.%1$I), row(new.%1$I)) then
          v_changed := v_changed || %1$L::text;
          v_before := v_before || jsonb_build_object(%1$L, old.%1$I);
          v_after := v_after || jsonb_build_object(%1$L, new.%1$I);
        end if;$code$ end, a.attname), '' order by a.attnum)
        into v_comparisons
      from pg_catalog.pg_attribute a
      where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        and a.attname <> all (p_ignored);

      execute format($code$
    create or replace function private.%1$I() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $audit$
    declare
      v_action public.audit_action := lower(tg_op);
      v_moved constant boolean := tg_op = 'UPDATE' and %2$s;
      v_new %3$s;
      v_changed text[];
      v_before jsonb;
      v_after jsonb;
    begin
      -- To another person: gone for the one and new for the other, so that neither reads the values of the other.
      if v_moved then
        v_new := new;
        select (null::%3$s).* into new;
        v_action := 'delete';
      end if;
      loop
        v_changed := '{}';
        v_before := case when v_action <> 'insert' then '{}'::jsonb end;
        v_after := case when v_action <> 'delete' then '{}'::jsonb end;%4$s
        if v_changed <> '{}' then
          perform private.write_audit_log(%5$L, v_action, %6$s, %7$s, v_changed, v_before, v_after);
        end if;
        exit when not v_moved or v_action = 'insert';
        select (null::%3$s).* into old;
        new := v_new;
        v_action := 'insert';
      end loop;
      return null;
    end
    $audit$$code$,
        v_function,
        coalesce('old.' || v_subject || ' is distinct from new.' || v_subject, 'false'),
        p_table, v_comparisons, format('%I.%I', v_schema, v_name),
        (select format('jsonb_build_object(%s)', string_agg(format('%1$L, coalesce(old.%1$I, new.%1$I)', k.name), ', '))
          from unnest(p_key) k(name)),
        coalesce('coalesce(old.' || v_subject || ', new.' || v_subject || ')', 'null'));
      -- So that it can be seen, and typed again after a column came or went.
      execute format('comment on function private.%I() is %L', v_function,
        format('private.audit_table(%L, %s, %L, %s, %s)', p_table, private.quoted_array(p_key), p_subject,
          private.quoted_array(p_sensitive), private.quoted_array(p_ignored)));
      execute format('revoke all on function private.%I() from public, anon, authenticated, service_role', v_function);
      execute format('create or replace trigger audit_changes after insert or update or delete on %s
        for each row execute function private.%I()', p_table, v_function);
      execute format('create or replace trigger audit_truncate after truncate on %s
        for each statement execute function private.audit_truncate()', p_table);
    end
    $generator$`.execute(db);
  await sql`comment on function private.audit_table(regclass, name[], name, name[], name[]) is
    'Audits a table: key, column of the person it is about (uuid, or null), columns that are only named, columns not looked at. To be run again whenever its columns change.'`.execute(
    db,
  );

  await sql`
    create function private.audit_gaps() returns table (relation regclass, column_name name)
      language sql stable set search_path = pg_catalog, pg_temp
    begin atomic
      select t.tgrelid::regclass, a.attname
      from pg_catalog.pg_trigger t
      join pg_catalog.pg_proc p on p.oid = t.tgfoid
      join pg_catalog.pg_attribute a on a.attrelid = t.tgrelid and a.attnum > 0 and not a.attisdropped
      where t.tgname = 'audit_changes' and a.attgenerated = ''
        and position(quote_literal(a.attname) in p.prosrc || pg_catalog.obj_description(p.oid, 'pg_proc')) = 0;
    end`.execute(db);
  await sql`comment on function private.audit_gaps() is
    'Columns that came to audited tables since audit_table() ran for them: edits of these are not logged.'`.execute(db);
  await sql`
    revoke all on function private.audit_table(regclass, name[], name, name[], name[]), private.audit_gaps(),
      private.quoted_array(name[]) from public, anon, authenticated, service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of audited) {
    await sql`drop trigger audit_changes on ${sql.table(`public.${table}`)}`.execute(db);
    await sql`drop trigger audit_truncate on ${sql.table(`public.${table}`)}`.execute(db);
    await sql`drop function ${sql.table(`private.audit_${table}`)}()`.execute(db);
  }
  await sql`drop function private.audit_gaps()`.execute(db);
  await sql`drop function private.audit_table(regclass, name[], name, name[], name[])`.execute(db);
  await sql`drop function private.quoted_array(name[])`.execute(db);
  await sql`drop function private.audit_truncate()`.execute(db);
  await sql`drop function private.write_audit_log(text, public.audit_action, jsonb, uuid, text[], jsonb, jsonb)`.execute(
    db,
  );
}
