/** The schemas of a Supabase database, their owners, and who may use and fill them. Run as supabase_admin. */

export const schemas = `
create schema if not exists extensions authorization postgres;
grant usage on schema extensions to anon, authenticated, service_role;
grant usage, create on schema extensions to dashboard_user;

create schema auth;
grant usage on schema auth to anon, authenticated, service_role, postgres;
grant usage, create on schema auth to supabase_auth_admin, dashboard_user;

create schema storage;
grant usage on schema storage to anon, authenticated, service_role;
grant usage on schema storage to postgres with grant option;
grant usage, create on schema storage to supabase_storage_admin, dashboard_user;

create schema realtime;
grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;
grant usage, create on schema realtime to supabase_realtime_admin with grant option;

create schema if not exists graphql;
create schema if not exists graphql_public;
grant usage on schema graphql, graphql_public to anon, authenticated, service_role;
grant usage on schema graphql, graphql_public to postgres with grant option;

create schema if not exists pgbouncer;
grant usage on schema pgbouncer to pgbouncer;

alter schema public owner to pg_database_owner;
revoke create on schema public from public;
grant usage on schema public to public, postgres, anon, authenticated, service_role;`;

/** The database itself; its name has to be quoted already. A clone of a template loses all of this. */
export function databaseOwnership(quotedName: string): string {
  return `
alter database ${quotedName} owner to postgres;
grant all on database ${quotedName} to dashboard_user;
grant create on database ${quotedName} to supabase_auth_admin;`;
}
