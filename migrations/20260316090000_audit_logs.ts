/**
 * The audit trail, born erasable: audit_logs says for good who changed what, and proves the values by salted hashes;
 * audit_log_values holds the values and the salts, and can be emptied for a person without touching the log.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'the whole audit trail, and the record of what was erased from it' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create type public.audit_action as enum ('insert', 'update', 'delete', 'truncate')`.execute(db);
  // Not an identity: partitions are made apart from their table, and would get one of their own.
  await sql`create sequence private.audit_log_ids`.execute(db);
  await sql`revoke all on sequence private.audit_log_ids from public, anon, authenticated, service_role`.execute(db);
  // No foreign keys: the log outlives what it tells of, and its partitions are dropped apart from those of the values.
  await sql`
    create table public.audit_logs (
      id bigint not null default nextval('private.audit_log_ids'),
      occurred_at timestamptz not null default now(),
      actor_id uuid,
      actor_role text not null,
      session_id uuid,
      table_name text not null,
      row_key jsonb,
      subject_id uuid,
      action public.audit_action not null,
      changed_columns text[] not null,
      old_hashes jsonb,
      new_hashes jsonb,
      constraint audit_logs_pkey primary key (id, occurred_at)
    ) partition by range (occurred_at)`.execute(db);
  await sql`
    create table public.audit_log_values (
      log_id bigint not null,
      occurred_at timestamptz not null,
      subject_id uuid,
      old_values jsonb,
      new_values jsonb,
      old_salts jsonb,
      new_salts jsonb,
      constraint audit_log_values_pkey primary key (log_id, occurred_at)
    ) partition by range (occurred_at)`.execute(db);
  await comments(db);
  // The own rows, newest first, and those of nobody; the index of the values is also what an erasure goes by.
  await sql`create index audit_logs_of_subject on public.audit_logs (subject_id, occurred_at desc)`.execute(db);
  await sql`create index audit_log_values_of_subject on public.audit_log_values (subject_id)`.execute(db);
  await erasing(db);
  await guards(db);

  for (const name of ['audit_logs', 'audit_log_values']) {
    const table = sql.table(`public.${name}`);
    const rest = sql.table(`private.${name}_default`);
    await sql`create table ${rest} partition of ${table} default`.execute(db);
    await guard(db, `private.${name}_default`, 'refuse_truncate', 'truncate');
    for (const relation of [table, rest]) {
      await sql`alter table ${relation} enable row level security`.execute(db);
      await sql`revoke all on table ${relation} from public, anon, authenticated, service_role`.execute(db);
    }
    await sql`grant select on table ${table} to authenticated, service_role`.execute(db);
    await sql`
      create policy ${sql.ref(`${name}_select_own`)} on ${table} for select to authenticated
        using (subject_id = (select auth.uid()))`.execute(db);
    await sql`insert into private.monthly_tables (parent, append_only) values (${`public.${name}`}, true)`.execute(db);
  }
}

async function comments(db: Kysely<unknown>): Promise<void> {
  await sql`comment on table public.audit_logs is
    'Who changed which columns of which row, and when. Append-only. It holds no values: it stays when they are erased.'`.execute(
    db,
  );
  await sql`comment on column public.audit_logs.occurred_at is
    'When the transaction began; within one, the order is that of the id.'`.execute(db);
  await sql`comment on column public.audit_logs.actor_id is
    'sub of the token; null: none, or not a uuid.'`.execute(db);
  await sql`comment on column public.audit_logs.actor_role is
    'The role that was taken, also inside of functions with the rights of their owner; without one, the role of the login.'`.execute(
    db,
  );
  await sql`comment on column public.audit_logs.session_id is 'session_id of the token.'`.execute(db);
  await sql`comment on column public.audit_logs.row_key is
    'Key of the row, by column; the one before the change.'`.execute(db);
  await sql`comment on column public.audit_logs.subject_id is
    'The person the row is about, who may read this; null: about nobody.'`.execute(db);
  await sql`comment on column public.audit_logs.changed_columns is
    'Columns that changed; of a row that came or went, those that are not null. Sensitive ones are only named.'`.execute(
    db,
  );
  await sql`comment on column public.audit_logs.new_hashes is
    'By column: hex of sha256(salt || value), both as text in UTF-8: audit_log_values.new_salts ->> c, (new_values -> c)::text.'`.execute(
    db,
  );
  await sql`comment on table public.audit_log_values is
    'The values of audit_logs, by column, with the salts of their hashes. Only erase_audit_values() deletes here.'`.execute(
    db,
  );
}

async function erasing(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table private.audit_erasures (
      id bigint generated always as identity,
      subject_id uuid not null,
      erased_at timestamptz not null default clock_timestamp(),
      transaction xid8 not null default pg_current_xact_id(),
      erased bigint not null,
      constraint audit_erasures_pkey primary key (id)
    )`.execute(db);
  await sql`comment on table private.audit_erasures is
    'Whose values were erased from the audit trail, when, and how many rows. Append-only; opens the guard of its own transaction.'`.execute(
    db,
  );
  await sql`create index audit_erasures_of_subject on private.audit_erasures (subject_id)`.execute(db);
  await sql`alter table private.audit_erasures enable row level security`.execute(db);
  await sql`revoke all on table private.audit_erasures from public, anon, authenticated, service_role`.execute(db);
  await sql`revoke all on sequence private.audit_erasures_id_seq from public, anon, authenticated, service_role`.execute(
    db,
  );

  // What opens it is a row that stays as evidence, not a setting that anybody could make. The time as well as the
  // transaction: in a database that was restored elsewhere the numbers of transactions come a second time.
  await sql`
    create function private.refuse_unless_erasing() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if exists (
        select from private.audit_erasures e
        where e.subject_id = old.subject_id
          and e.transaction = pg_current_xact_id_if_assigned() and e.erased_at >= now()
      ) then
        return old;
      end if;
      raise insufficient_privilege using
        message = format('%I.%I is append-only: %s refused', tg_table_schema, tg_table_name, lower(tg_op)),
        hint = 'the values of a person are erased by erase_audit_values(subject)';
    end
    $$`.execute(db);
  await sql`revoke all on function private.refuse_unless_erasing() from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`
    create function public.erase_audit_values(subject uuid) returns bigint
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_logs bigint[];
    begin
      if subject is null then
        raise sqlstate 'PT422' using message = 'whose values are to be erased must be said';
      end if;
      -- The record is written before and can not be corrected afterwards: what it counts is held until it is gone.
      select coalesce(array_agg(held.log_id), '{}') into v_logs from (
        select v.log_id from public.audit_log_values v where v.subject_id = subject
        order by v.log_id for update
      ) held;
      insert into private.audit_erasures (subject_id, erased) values (subject, cardinality(v_logs));
      delete from public.audit_log_values v where v.subject_id = subject and v.log_id = any (v_logs);
      return cardinality(v_logs);
    end
    $$`.execute(db);
  await sql`comment on function public.erase_audit_values(uuid) is
    'For the service: deletes the values of a person from the audit trail, whose log stays; answers how many rows. After the person’s rows are gone, as their deletion is logged too. PT422 null.'`.execute(
    db,
  );
  await sql`revoke all on function public.erase_audit_values(uuid) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`grant execute on function public.erase_audit_values(uuid) to service_role`.execute(db);
}

/** Partitions inherit the triggers of rows, enabled as here; those of TRUNCATE each needs for itself. */
async function guards(db: Kysely<unknown>): Promise<void> {
  for (const table of ['public.audit_logs', 'private.audit_erasures']) {
    await guard(db, table, 'refuse_change', 'update or delete');
    await guard(db, table, 'refuse_truncate', 'truncate');
  }
  await guard(db, 'public.audit_log_values', 'refuse_update', 'update');
  await guard(db, 'public.audit_log_values', 'refuse_delete', 'delete', 'private.refuse_unless_erasing');
  await guard(db, 'public.audit_log_values', 'refuse_truncate', 'truncate');
}

/** ALWAYS: a restore script that sets session_replication_role must not be able to empty the trail by mistake. */
async function guard(
  db: Kysely<unknown>,
  table: string,
  name: string,
  event: 'truncate' | 'delete' | 'update' | 'update or delete',
  refuse = 'private.refuse_change',
): Promise<void> {
  await sql`
    create trigger ${sql.ref(name)} before ${sql.raw(event)} on ${sql.table(table)}
      for each ${sql.raw(event === 'truncate' ? 'statement' : 'row')} execute function ${sql.table(refuse)}()`.execute(
    db,
  );
  await sql`alter table ${sql.table(table)} enable always trigger ${sql.ref(name)}`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`delete from private.monthly_tables where parent in ('public.audit_logs', 'public.audit_log_values')`.execute(
    db,
  );
  await sql`drop function public.erase_audit_values(uuid)`.execute(db);
  for (const table of ['public.audit_log_values', 'public.audit_logs', 'private.audit_erasures']) {
    await db.schema.dropTable(table).execute();
  }
  await sql`drop function private.refuse_unless_erasing()`.execute(db);
  await sql`drop sequence private.audit_log_ids`.execute(db);
  await sql`drop type public.audit_action`.execute(db);
}
