/**
 * auth.uid(), role(), email() and jwt(): who is asking, from the settings that PostgREST and Storage send.
 *
 * The singular form (request.jwt.claim.sub) goes before the claims as a whole; an empty text counts as absent, and
 * coalesce() leaves the claims unread when the singular form decides. So malformed claims and a sub that is no UUID
 * raise 22P02 rather than read as nobody. Run as supabase_auth_admin.
 */

const claim = (name: string, type: 'uuid' | 'text') => `
  select coalesce(
    nullif(current_setting('request.jwt.claim.${name}', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> '${name}')::${type} `;

export const authFunctions = `
create function auth.uid() returns uuid language sql stable as $$${claim('sub', 'uuid')}$$;
create function auth.role() returns text language sql stable as $$${claim('role', 'text')}$$;
create function auth.email() returns text language sql stable as $$${claim('email', 'text')}$$;
create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;`;
