/** Extensions that every Supabase database has in schema extensions, and what takes the place of pg_graphql. */

/** By name in the order of creation. */
export const platformExtensions = ['pgcrypto', 'uuid-ossp', 'pg_stat_statements'] as const;

/** Run as supabase_admin: its default privileges give postgres the functions with grant option. */
export function createExtensions(available: readonly string[]): string {
  return platformExtensions
    .filter((name) => available.includes(name))
    .map((name) => `create extension if not exists "${name}" with schema extensions;`)
    .join('\n');
}

/** What stands in graphql_public while pg_graphql is off, as it is by default since May 2026. */
export const graphqlPlaceholder = `
create or replace function graphql_public.graphql(
  "operationName" text default null, query text default null, variables jsonb default null, extensions jsonb default null
) returns jsonb language sql
as $$ select pg_catalog.jsonb_build_object('errors',
  pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('message', 'pg_graphql is not enabled'))) $$;

grant execute on function pg_catalog.pg_reload_conf() to postgres;`;
