/** The forward migrations of the schema `dbkit`, in order; what has been released is never edited. */
export const forwardMigrations: readonly string[] = [
  `
create schema if not exists dbkit;
revoke all on schema dbkit from public;

create table dbkit.schema_version (
  version integer primary key,
  installed_at timestamptz not null default pg_catalog.clock_timestamp(),
  dbkit_version text not null
);

create table dbkit.marker (
  only_row boolean primary key default true check (only_row),
  environment text not null check (environment <> ''),
  marked_at timestamptz not null default pg_catalog.clock_timestamp(),
  marked_by text not null default session_user
);

create table dbkit.journal (
  app text not null,
  name text not null,
  applied_order bigint generated always as identity unique,
  kind text not null check (kind in ('typescript', 'sql', 'dbmate', 'baseline')),
  state text not null check (state in ('running', 'applied', 'failed')),
  direction text not null default 'up' check (direction in ('up', 'down')),
  transactional boolean not null,
  up_checksum text not null,
  up_normalized text not null,
  down_checksum text,
  down_normalized text,
  down_text text,
  irreversible text,
  lossy text,
  statements text[] not null default '{}',
  statement_texts text[],
  step jsonb,
  started_at timestamptz not null default pg_catalog.clock_timestamp(),
  finished_at timestamptz,
  duration_ms double precision,
  dbkit_version text not null,
  primary key (app, name)
);
comment on column dbkit.journal.statements is 'SHA-256 of each statement as it ran, by ordinal';
comment on column dbkit.journal.step is 'of a migration without a transaction: how many statements are done, and which one is under way';

create table dbkit.event (
  id bigint generated always as identity primary key,
  app text not null,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  event text not null,
  subject text,
  session_role text not null default session_user,
  executing_role text not null default current_user,
  actor text,
  commit text,
  run_url text,
  plan_hash text,
  checksum_before text,
  checksum_after text,
  dbkit_version text not null,
  detail jsonb not null default '{}'
);
create index event_by_app on dbkit.event (app, at);

create function dbkit.refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'dbkit.event is append-only' using errcode = 'insufficient_privilege';
end $$;
revoke all on function dbkit.refuse_change() from public;
create trigger append_only before update or delete on dbkit.event for each row execute function dbkit.refuse_change();
create trigger append_only_truncate before truncate on dbkit.event for each statement execute function dbkit.refuse_change();

alter table dbkit.schema_version enable row level security;
alter table dbkit.marker enable row level security;
alter table dbkit.journal enable row level security;
alter table dbkit.event enable row level security;

-- Default privileges of the database may have granted what was just created: take it back, by whatever name it went.
do $$
declare
  one record;
begin
  for one in
    select c.oid::regclass as relation, acl.grantee
    from pg_catalog.pg_class c, lateral pg_catalog.aclexplode(c.relacl) acl
    where c.relnamespace = 'dbkit'::regnamespace and c.relkind in ('r', 'S') and acl.grantee <> c.relowner
    group by 1, 2
  loop
    execute pg_catalog.format('revoke all on %s from %s', one.relation,
      case when one.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(one.grantee)) end);
  end loop;
end $$;
`,
  `
create table dbkit.schema_state (
  app text primary key,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  after text,
  fingerprint text,
  digest text not null,
  database text not null
);
comment on table dbkit.schema_state is 'the schema as the last run of migrations left it';
alter table dbkit.schema_state enable row level security;
do $$
declare
  one record;
begin
  for one in
    select acl.grantee
    from pg_catalog.pg_class c, lateral pg_catalog.aclexplode(c.relacl) acl
    where c.oid = 'dbkit.schema_state'::regclass and acl.grantee <> c.relowner
    group by 1
  loop
    execute pg_catalog.format('revoke all on dbkit.schema_state from %s',
      case when one.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(one.grantee)) end);
  end loop;
end $$;
alter function dbkit.refuse_change() set search_path = pg_catalog, pg_temp;
`,
];
