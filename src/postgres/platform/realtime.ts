/**
 * What policies and triggers use of schema realtime. Run as supabase_realtime_admin.
 *
 * Left out: the replication side (subscription, apply_rls, list_changes and their types), which only the service
 * calls. Added: a default partition of messages, since nobody makes one for each day here.
 */

const messages = `
create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  constraint messages_pkey primary key (id, inserted_at)
) partition by range (inserted_at);
alter table realtime.messages add constraint messages_payload_exclusive
  check (payload is null or binary_payload is null) not valid;
create index messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;
alter table realtime.messages enable row level security;
grant all on realtime.messages to postgres, dashboard_user;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

create table realtime.messages_default partition of realtime.messages default;
alter table realtime.messages_default enable row level security;

create table realtime.schema_migrations (
  version bigint constraint schema_migrations_pkey primary key,
  inserted_at timestamp(0) default now()
);`;

// A message that cannot be stored is a warning, never an error: a broken broadcast does not undo the user's row.
const store = (column: string, payload: string) => `
begin
  perform pg_catalog.set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, ${column}, event, topic, private, extension)
  values (message_id, ${payload}, event, topic, private, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end $$;`;

const functions = `
create function realtime.topic() returns text language sql stable as $$
  select nullif(current_setting('realtime.topic', true), '') $$;

create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language plpgsql as $$
declare
  message_id constant uuid := gen_random_uuid();${store(
    'payload',
    "case when payload ? 'id' then payload else jsonb_set(payload, '{id}', to_jsonb(message_id)) end",
  )}

create function realtime.send_binary(payload bytea, event text, topic text, private boolean default true) returns void
language plpgsql as $$
declare
  message_id constant uuid := gen_random_uuid();${store('binary_payload', 'payload')}

create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
) returns void language plpgsql as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  elsif operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object('old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema),
    event_name, topic_name);
exception when others then
  raise exception 'Failed to process the row: %', sqlerrm;
end $$;
grant execute on all functions in schema realtime to postgres, dashboard_user;`;

export const realtimeSchema = messages + functions;

/** Empty, and owned by postgres: adding a table to it is what sends its changes out. Run as supabase_admin. */
export const realtimePublication = `
alter table realtime.schema_migrations owner to supabase_admin;
revoke all on realtime.schema_migrations from supabase_realtime_admin;
create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;`;
