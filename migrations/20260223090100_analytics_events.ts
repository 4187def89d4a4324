/** What happened in the product, counted by name: written through functions only, with the time of the database. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'every row of public.analytics_events, and the names of events that were added' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('public.analytics_event_names')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('description', 'text', (column) => column.notNull())
    // A name is the server's until somebody says otherwise.
    .addColumn('from_clients', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addCheckConstraint('analytics_event_names_name_shape', sql`name ~ '^[a-z][a-z0-9_]{0,49}$'`)
    .addCheckConstraint(
      'analytics_event_names_description_length',
      sql`char_length(btrim(description)) between 1 and 200`,
    )
    .execute();
  await sql`comment on table public.analytics_event_names is
    'The allow list: an event has one of these names.'`.execute(db);
  await sql`comment on column public.analytics_event_names.from_clients is
    'Whether clients may log it by log_event(); otherwise only the server does.'`.execute(db);
  await sql`alter table public.analytics_event_names enable row level security`.execute(db);
  await sql`revoke all on table public.analytics_event_names from public, anon, authenticated, service_role`.execute(
    db,
  );
  // Another name would be another event: not to be changed.
  await sql`grant select, insert, delete on table public.analytics_event_names to service_role`.execute(db);
  await sql`grant update (description, from_clients) on table public.analytics_event_names to service_role`.execute(db);
  await sql`
    insert into public.analytics_event_names (name, description, from_clients) values
      ('signed_up', 'An account was made.', false),
      ('page_viewed', 'A page was shown.', true),
      ('plan_viewed', 'A plan was looked at.', true),
      ('checkout_started', 'Somebody went to pay.', true),
      ('feature_used', 'A feature was used.', true)`.execute(db);

  await sql`create sequence public.analytics_events_id_seq`.execute(db);
  await sql`revoke all on sequence public.analytics_events_id_seq from public, anon, authenticated, service_role`.execute(
    db,
  );
  await db.schema
    .createTable('public.analytics_events')
    .addColumn('id', 'bigint', (column) =>
      column.notNull().defaultTo(sql`nextval('public.analytics_events_id_seq'::regclass)`),
    )
    .addColumn('occurred_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('user_id', 'uuid')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('properties', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'::jsonb`))
    .addPrimaryKeyConstraint('analytics_events_pkey', ['id', 'occurred_at'])
    // What somebody did is data about them: it goes with them.
    .addForeignKeyConstraint('analytics_events_user_id_fkey', ['user_id'], 'public.users', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    // A name stays while events have it. To stop an event, take from_clients away.
    .addForeignKeyConstraint('analytics_events_name_fkey', ['name'], 'public.analytics_event_names', ['name'], (key) =>
      key.onDelete('restrict'),
    )
    .addCheckConstraint(
      'analytics_events_properties_shape',
      sql`jsonb_typeof(properties) = 'object' and octet_length(properties::text) <= 8192`,
    )
    .modifyEnd(sql`partition by range (occurred_at)`)
    .execute();
  await sql`alter sequence public.analytics_events_id_seq owned by public.analytics_events.id`.execute(db);
  await sql`comment on table public.analytics_events is
    'What happened, in one partition a month (UTC). Written by log_event() and log_event_for() only.'`.execute(db);
  await sql`comment on column public.analytics_events.user_id is
    'Who did it; null: nobody was signed in, or the account was no longer there.'`.execute(db);
  await sql`create index analytics_events_user on public.analytics_events (user_id, occurred_at desc)`.execute(db);
  await sql`create index analytics_events_name on public.analytics_events (name, occurred_at desc)`.execute(db);
  await sql`alter table public.analytics_events enable row level security`.execute(db);
  await sql`revoke all on table public.analytics_events from public, anon, authenticated, service_role`.execute(db);
  await sql`grant select on table public.analytics_events to service_role`.execute(db);

  // Grants and policies of the table do not hold for a partition that is addressed itself: those lie where no role of the
  // API gets to. This one catches what no month was made for.
  await sql`create table private.analytics_events_default partition of public.analytics_events default`.execute(db);
  await sql`alter table private.analytics_events_default enable row level security`.execute(db);
  await sql`revoke all on table private.analytics_events_default from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`insert into private.monthly_tables (parent) values ('public.analytics_events')`.execute(db);

  await sql`
    create function private.log_event(
      p_user uuid, p_name text, p_properties jsonb, p_occurred_at timestamptz default now()
    ) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if jsonb_typeof(p_properties) is distinct from 'object' then
        raise sqlstate 'PT422' using message = 'the properties of an event must be an object';
      elsif octet_length(p_properties::text) > 8192 then
        raise sqlstate 'PT413' using message = 'the properties of an event must not be larger than 8 KiB';
      end if;
      insert into public.analytics_events (user_id, name, properties, occurred_at)
      values (p_user, p_name, p_properties, p_occurred_at);
    end
    $$`.execute(db);
  await sql`comment on function private.log_event(uuid, text, jsonb, timestamptz) is
    'Writes an event. PT422 no object; PT413 too large; 23503 no such user or name.'`.execute(db);
  await sql`
    revoke all on function private.log_event(uuid, text, jsonb, timestamptz)
      from public, anon, authenticated, service_role`.execute(db);

  // Whose event it is, the token says. An account that was deleted while its token still holds must not make the call
  // fail: the lock keeps the user there until the event is written, or shows that there is none.
  await sql`
    create function definer.log_event(p_name text, p_properties jsonb) returns void
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user uuid;
    begin
      if not exists (select from public.analytics_event_names n where n.name = p_name and n.from_clients) then
        raise sqlstate 'PT422' using message = 'clients log no event of this name',
          hint = 'the names are in analytics_event_names, with from_clients';
      end if;
      select u.id into v_user from public.users u where u.id = auth.uid() for key share;
      perform private.log_event(v_user, p_name, p_properties);
    end
    $$`.execute(db);
  await sql`revoke all on function definer.log_event(text, jsonb) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`grant execute on function definer.log_event(text, jsonb) to anon, authenticated`.execute(db);
  await sql`
    create function public.log_event(name text, properties jsonb default '{}') returns void
      language sql set search_path = pg_catalog, pg_temp
      begin atomic
        select definer.log_event(name, properties);
      end`.execute(db);
  await sql`comment on function public.log_event(text, jsonb) is
    'Logs an event of whoever asks. PT422 the name is not for clients, or no object; PT413 more than 8 KiB.'`.execute(
    db,
  );
  await sql`revoke all on function public.log_event(text, jsonb) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`grant execute on function public.log_event(text, jsonb) to anon, authenticated`.execute(db);

  await sql`
    create function public.log_event_for(user_id uuid, name text, properties jsonb default '{}') returns void
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      if not exists (select from public.analytics_event_names n where n.name = log_event_for.name) then
        raise sqlstate 'PT422' using message = 'there is no event of this name',
          hint = 'the names are in analytics_event_names';
      end if;
      perform from public.users u where u.id = log_event_for.user_id for key share;
      if not found and user_id is not null then
        raise sqlstate 'PT404' using message = 'there is no such user';
      end if;
      perform private.log_event(user_id, name, properties);
    end
    $$`.execute(db);
  await sql`comment on function public.log_event_for(uuid, text, jsonb) is
    'Logs an event of a user, or of nobody, for the service. PT404 no such user; PT422 no such name, or no object; PT413 more than 8 KiB.'`.execute(
    db,
  );
  await sql`
    revoke all on function public.log_event_for(uuid, text, jsonb) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`grant execute on function public.log_event_for(uuid, text, jsonb) to service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop function public.log_event_for(uuid, text, jsonb)`.execute(db);
  await sql`drop function public.log_event(text, jsonb)`.execute(db);
  await sql`drop function definer.log_event(text, jsonb)`.execute(db);
  await sql`drop function private.log_event(uuid, text, jsonb, timestamptz)`.execute(db);
  await sql`delete from private.monthly_tables where parent = 'public.analytics_events'`.execute(db);
  await db.schema.dropTable('public.analytics_events').execute();
  await db.schema.dropTable('public.analytics_event_names').execute();
}
