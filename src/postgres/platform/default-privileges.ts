/**
 * What new objects give away by themselves.
 *
 * `legacy`: all on everything that postgres or supabase_admin creates in public. `revoked`, the default of projects
 * made since the end of May 2026: four privileges on tables, two on sequences and one on functions taken back from
 * what postgres creates. TRUNCATE, REFERENCES, TRIGGER and MAINTAIN on tables, UPDATE on sequences and PUBLIC's own
 * EXECUTE on functions stay, on Supabase as here: a stand-in without them would prove too much.
 */

export type DefaultPrivileges = 'legacy' | 'revoked';

const api = 'anon, authenticated, service_role';
const kinds = ['tables', 'sequences', 'functions'] as const;

const grantAll = (creator: string, schema: string, to: string) =>
  kinds
    .map((kind) => `alter default privileges for role ${creator} in schema ${schema} grant all on ${kind} to ${to};`)
    .join('\n');

/** In the schemas of the platform: the same in both modes. */
export const platformDefaultPrivileges = `
${grantAll('supabase_admin', 'public', `postgres, ${api}`)}
${grantAll('supabase_auth_admin', 'auth', 'postgres, dashboard_user')}
${grantAll('supabase_admin', 'extensions', 'postgres with grant option')}
${grantAll('supabase_admin', 'realtime', 'postgres, dashboard_user')}
${grantAll('supabase_admin', 'graphql', `postgres, ${api}`)}
${grantAll('supabase_admin', 'graphql_public', `postgres, ${api}`)}
${grantAll('postgres', 'storage', `postgres, ${api}`)}`;

/** Of what postgres creates in public: from any state to the mode's. */
export function publicDefaultPrivileges(mode: DefaultPrivileges): string {
  const legacy = grantAll('postgres', 'public', `postgres, ${api}`);
  if (mode === 'legacy') return legacy;
  const revoke = (what: string) =>
    `alter default privileges for role postgres in schema public revoke ${what} from ${api};`;
  return [
    legacy,
    revoke('select, insert, update, delete on tables'),
    revoke('usage, select on sequences'),
    revoke('execute on functions'),
  ].join('\n');
}
