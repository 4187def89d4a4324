/** Schema auth as one text: types, tables, functions, row-level security and grants. Run as supabase_auth_admin. */
import { authFunctions } from './auth-functions.ts';
import { authOauthClientTable, authOauthTables } from './auth-oauth-tables.ts';
import { authSsoTables } from './auth-sso-tables.ts';
import { authOperationTables, authSessionTables, authTypes, authUserTables } from './auth-tables.ts';

/** Row-level security is on, and no policy exists: only the owner and roles with BYPASSRLS see rows. */
const protectedTables = [
  'audit_log_entries',
  'flow_state',
  'identities',
  'instances',
  'mfa_amr_claims',
  'mfa_challenges',
  'mfa_factors',
  'one_time_tokens',
  'refresh_tokens',
  'saml_providers',
  'saml_relay_states',
  'schema_migrations',
  'sessions',
  'sso_domains',
  'sso_providers',
  'users',
].map((table) => `auth.${table}`);

const access = `
${protectedTables.map((table) => `alter table ${table} enable row level security;`).join('\n')}
grant select on ${protectedTables.join(', ')} to postgres with grant option;
revoke all on auth.schema_migrations from postgres;
grant select on auth.schema_migrations to postgres with grant option;
revoke execute on function auth.uid(), auth.role(), auth.email() from postgres;`;

export const authSchema = [
  authTypes,
  authUserTables,
  authOauthClientTable,
  authSessionTables,
  authSsoTables,
  authOauthTables,
  authOperationTables,
  authFunctions,
  access,
].join('\n');
