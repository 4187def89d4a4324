/**
 * Active logins: who, since when, from where, until when. Longer than most, as nothing writes to the table but the
 * functions below: they come with it.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'every session, and which header the address of a client was read from' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('public.sessions')
    .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn('user_id', 'uuid', (column) => column.notNull())
    .addColumn('token_hash', 'bytea', (column) => column.notNull())
    .addColumn('user_agent', 'text')
    .addColumn('ip', sql`inet`)
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('last_seen_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addColumn('revoked_at', 'timestamptz')
    // A session without its user is a way in for nobody.
    .addForeignKeyConstraint('sessions_user_id_fkey', ['user_id'], 'public.users', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .addUniqueConstraint('sessions_token_hash_key', ['token_hash'])
    .addCheckConstraint('sessions_token_hash_length', sql`octet_length(token_hash) = 32`)
    .addCheckConstraint('sessions_user_agent_length', sql`char_length(user_agent) <= 512`)
    .addCheckConstraint(
      'sessions_order_of_time',
      sql`isfinite(created_at) and isfinite(expires_at) and isfinite(last_seen_at) and expires_at > created_at
        and last_seen_at >= created_at and (revoked_at is null or (revoked_at >= created_at and isfinite(revoked_at)))`,
    )
    .execute();
  await sql`comment on table public.sessions is
    'Active logins, and for a while those that ended. Written by functions only; a session is valid when touch_session() says so.'`.execute(
    db,
  );
  await sql`comment on column public.sessions.token_hash is
    'sha256 of the token. The token itself is given to its user once and kept nowhere.'`.execute(db);
  await sql`comment on column public.sessions.ip is
    'As a proxy told that the owner trusts, see trust_address_header(); null: nobody told.'`.execute(db);
  await sql`comment on column public.sessions.last_seen_at is 'Exact to a minute.'`.execute(db);
  await sql`create index sessions_of_user on public.sessions (user_id, created_at desc)`.execute(db);
  // When a session ended, however it did: for purge_sessions().
  await sql`create index sessions_ended on public.sessions ((least(expires_at, revoked_at)))`.execute(db);

  await sql`alter table public.sessions enable row level security`.execute(db);
  await sql`revoke all on table public.sessions from public, anon, authenticated, service_role`.execute(db);
  await sql`
    grant select (id, user_id, user_agent, ip, created_at, last_seen_at, expires_at, revoked_at)
      on table public.sessions to authenticated, service_role`.execute(db);
  await sql`
    create policy sessions_select_own on public.sessions for select to authenticated
      using (user_id = (select auth.uid()))`.execute(db);

  await clientAddress(db);
  await opening(db);
  await validating(db);
  await ending(db);
}

/** Where a request comes from: what a proxy of ours says, or nothing. Never a header that the client can send. */
async function clientAddress(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('private.trusted_address_header')
    .addColumn('singleton', 'boolean', (column) => column.primaryKey().defaultTo(true))
    .addColumn('name', 'text', (column) => column.notNull())
    .addCheckConstraint('trusted_address_header_one_row', sql`singleton`)
    .addCheckConstraint('trusted_address_header_name_shape', sql`name ~ '^[a-z0-9][a-z0-9-]{0,63}$'`)
    .execute();
  await sql`alter table private.trusted_address_header enable row level security`.execute(db);
  await sql`revoke all on table private.trusted_address_header from public, anon, authenticated, service_role`.execute(
    db,
  );

  await sql`
    create function public.trust_address_header(header text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_name constant text := lower(header collate "C");
    begin
      if v_name !~ '^[a-z0-9][a-z0-9-]{0,63}$' then
        raise sqlstate 'PT422' using message = 'this is not the name of a header', hint = 'x-real-ip, for example';
      end if;
      delete from private.trusted_address_header t where t.singleton;
      insert into private.trusted_address_header (name) select v_name where v_name is not null;
    end
    $$`.execute(db);
  await sql`comment on function public.trust_address_header(text) is
    'For the owner. Names the header in which your own proxy tells the address of the client: one that the proxy sets, or adds to, on every request, with no other way to the API. Null: none.'`.execute(
    db,
  );

  // inet_client_addr() would be the address of PostgREST or of a pooler.
  await sql`
    create function private.client_address() returns inet language plpgsql stable set search_path = pg_catalog, pg_temp as $$
    declare
      v_text text;
      v_address inet;
    begin
      v_text := current_setting('request.headers', true)::jsonb ->> (select t.name from private.trusted_address_header t);
      -- A proxy adds what it saw at the end: whatever stands before the last comma may be the client's own words.
      v_text := btrim(split_part(v_text, ',', -1));
      v_address := case when strpos(v_text, '/') = 0 then v_text::inet end;
      if v_address <<= '::ffff:0.0.0.0/96'::inet then
        return '0.0.0.0'::inet + (v_address - '::ffff:0.0.0.0'::inet);
      end if;
      return v_address;
    exception when others then
      return null;
    end
    $$`.execute(db);
  await sql`comment on function private.client_address() is
    'Address of the client as the trusted header tells it; null without such a header, or when it holds no single address.'`.execute(
    db,
  );
  await sql`revoke all on function public.trust_address_header(text), private.client_address()
    from public, anon, authenticated, service_role`.execute(db);
}

async function opening(db: Kysely<unknown>): Promise<void> {
  // Of the text, not of the bytes that it stands for: several spellings of base64 decode to the same bytes.
  await sql`
    create function private.token_hash(p_token text) returns bytea language sql immutable set search_path = pg_catalog, pg_temp
    begin atomic
      select sha256(convert_to(p_token, 'UTF8'));
    end`.execute(db);
  // Not BEGIN ATOMIC: the auth service may change its table, and nothing of ours should stand in the way.
  await sql`
    create function private.account_is_open(p_user uuid) returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp as $$
    begin
      return exists (
        select from public.users u join auth.users a on a.id = u.id
        where u.id = p_user and u.suspended_at is null and a.deleted_at is null
          and (a.banned_until is null or a.banned_until <= clock_timestamp())
      );
    end
    $$`.execute(db);
  await sql`comment on function private.account_is_open(uuid) is
    'Whether this is a user of the application, neither suspended here nor banned or deleted by the auth service.'`.execute(
    db,
  );
  await sql`
    create function private.open_session(p_user uuid, p_user_agent text, p_ip inet, p_lifetime interval)
      returns table (session_id uuid, token text, expires_at timestamptz) language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      -- In seconds, a month being 30 days: 'infinity' and '1 month -30 days' are then numbers like others.
      v_seconds constant numeric := extract(epoch from p_lifetime);
      v_now constant timestamptz := clock_timestamp();
    begin
      if v_seconds is null or v_seconds not between 60 and 90 * 86400 then
        raise sqlstate 'PT422' using message = 'a session lasts between one minute and 90 days';
      end if;
      -- Locked, so that an account that is being deleted is either there until the end or not there.
      perform from public.users u where u.id = p_user for key share;
      if not found then
        raise sqlstate 'PT404' using message = 'there is no such user';
      elsif not private.account_is_open(p_user) then
        raise sqlstate 'PT403' using message = 'the user is suspended, or the account is closed';
      end if;
      token := rtrim(translate(encode(extensions.gen_random_bytes(32), 'base64'), '+/', '-_'), '=');
      expires_at := v_now + make_interval(secs => v_seconds);
      insert into public.sessions as s (user_id, token_hash, user_agent, ip, created_at, last_seen_at, expires_at)
      values (
        p_user, private.token_hash(token),
        nullif(btrim(regexp_replace(left(p_user_agent, 512), '[[:cntrl:]]', ' ', 'g')), ''),
        p_ip, v_now, v_now, open_session.expires_at
      )
      returning s.id into session_id;
      return next;
    end
    $$`.execute(db);
  await sql`comment on function private.open_session(uuid, text, inet, interval) is
    'Opens a session and answers its token, which is kept nowhere. PT403 suspended, banned or deleted; PT404 no such user; PT422 lifetime.'`.execute(
    db,
  );
  await sql`revoke all on function private.token_hash(text), private.account_is_open(uuid),
    private.open_session(uuid, text, inet, interval) from public, anon, authenticated, service_role`.execute(db);

  await sql`
    create function definer.start_session(p_user_agent text, p_lifetime interval)
      returns table (session_id uuid, token text, expires_at timestamptz)
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      return query select * from private.open_session(
        private.signed_in_user(), p_user_agent, private.client_address(), p_lifetime);
    end
    $$`.execute(db);
  await sql`
    create function public.start_session(user_agent text default null, lifetime interval default '30 days')
      returns table (session_id uuid, token text, expires_at timestamptz) language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select s.session_id, s.token, s.expires_at from definer.start_session(user_agent, lifetime) s;
    end`.execute(db);
  await sql`comment on function public.start_session(text, interval) is
    'Opens a session for whoever is signed in. The token is told once. PT401 nobody; PT403 suspended; PT404 not a user; PT422 lifetime.'`.execute(
    db,
  );
  await sql`
    create function public.start_session_for(
      user_id uuid, user_agent text default null, ip inet default null, lifetime interval default '30 days')
      returns table (session_id uuid, token text, expires_at timestamptz)
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      return query select * from private.open_session(user_id, user_agent, ip, lifetime);
    end
    $$`.execute(db);
  await sql`comment on function public.start_session_for(uuid, text, inet, interval) is
    'For the service, which has made sure who it is: opens a session for a user. PT403 suspended; PT404 no such user; PT422 lifetime.'`.execute(
    db,
  );
  await sql`revoke all on function definer.start_session(text, interval), public.start_session(text, interval),
    public.start_session_for(uuid, text, inet, interval) from public, anon, authenticated, service_role`.execute(db);
  await sql`grant execute on function definer.start_session(text, interval), public.start_session(text, interval)
    to authenticated`.execute(db);
  await sql`grant execute on function public.start_session_for(uuid, text, inet, interval) to service_role`.execute(db);
}

async function validating(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function definer.touch_session(p_token text)
      returns table (session_id uuid, user_id uuid, expires_at timestamptz)
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_session public.sessions;
      v_now timestamptz;
    begin
      if p_token is null or octet_length(p_token) <> 43 then return; end if;
      -- Locked also when nothing will be written: a snapshot from before the revocation then waits, or fails, but never
      -- takes the session for a valid one.
      select s.* into v_session from public.sessions s where s.token_hash = private.token_hash(p_token)
        for no key update;
      if not found then return; end if;
      v_now := clock_timestamp();
      if v_session.revoked_at is not null or v_session.expires_at <= v_now
        -- Null, and so no obstacle, when nobody is signed in.
        or v_session.user_id <> auth.uid()
        or not private.account_is_open(v_session.user_id)
      then
        return;
      end if;
      -- Once a minute: a new version of the row for each request, and its triggers, would cost more than they tell.
      update public.sessions s set last_seen_at = v_now
        where s.id = v_session.id and s.last_seen_at <= v_now - interval '1 minute';
      return query select v_session.id, v_session.user_id, v_session.expires_at;
    end
    $$`.execute(db);
  await sql`
    create function public.touch_session(token text) returns table (session_id uuid, user_id uuid, expires_at timestamptz)
      language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select s.session_id, s.user_id, s.expires_at from definer.touch_session(token) s;
    end`.execute(db);
  await sql`comment on function public.touch_session(text) is
    'Whose session the token is of, and that it was seen now. No row: unknown, revoked, expired, the user suspended or the account closed, or somebody else is signed in.'`.execute(
    db,
  );
  await sql`revoke all on function definer.touch_session(text), public.touch_session(text)
    from public, anon, authenticated, service_role`.execute(db);
  await sql`grant execute on function definer.touch_session(text), public.touch_session(text)
    to authenticated, service_role`.execute(db);

  const columns = sql.raw(
    'id uuid, user_agent text, ip inet, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz, current boolean',
  );
  await sql`
    create function definer.list_my_sessions(p_current_token text) returns table (${columns})
      language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.signed_in_user();
    begin
      return query
        select s.id, s.user_agent, s.ip, s.created_at, s.last_seen_at, s.expires_at,
          coalesce(s.token_hash = private.token_hash(p_current_token), false)
        from public.sessions s
        where s.user_id = v_user and s.revoked_at is null and s.expires_at > clock_timestamp()
        order by s.created_at desc, s.id;
    end
    $$`.execute(db);
  await sql`
    create function public.list_my_sessions(current_token text default null) returns table (${columns})
      language sql stable set search_path = pg_catalog, pg_temp
    begin atomic
      select s.id, s.user_agent, s.ip, s.created_at, s.last_seen_at, s.expires_at, s.current
      from definer.list_my_sessions(current_token) s order by s.created_at desc, s.id;
    end`.execute(db);
  await sql`comment on function public.list_my_sessions(text) is
    'The sessions of whoever is signed in that are neither revoked nor expired, newest first; current: the one of the token. PT401, PT403, PT404.'`.execute(
    db,
  );
  await sql`revoke all on function definer.list_my_sessions(text), public.list_my_sessions(text)
    from public, anon, authenticated, service_role`.execute(db);
  await sql`grant execute on function definer.list_my_sessions(text), public.list_my_sessions(text)
    to authenticated`.execute(db);
}

async function ending(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function definer.revoke_session(p_session uuid) returns boolean
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.signed_in_user();
    begin
      update public.sessions s set revoked_at = greatest(clock_timestamp(), s.created_at)
        where s.id = p_session and s.user_id = v_user and s.revoked_at is null and s.expires_at > clock_timestamp();
      return found;
    end
    $$`.execute(db);
  await sql`
    create function public.revoke_session(session_id uuid) returns boolean language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select definer.revoke_session(session_id);
    end`.execute(db);
  await sql`comment on function public.revoke_session(uuid) is
    'Ends an own session. False: it had ended, or there is none of that id, or it is not yours. PT401, PT403, PT404.'`.execute(
    db,
  );

  // All of a user’s rows are locked in one order: two that end each other’s session wait instead of deadlocking. The user
  // first, as the deletion of an account does, which then goes through the sessions in an order of its own.
  await sql`
    create function private.end_sessions(p_user uuid, p_but bytea) returns integer
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_ended integer;
    begin
      perform from public.users u where u.id = p_user for key share;
      perform from public.sessions s where s.user_id = p_user and s.revoked_at is null order by s.id for no key update;
      if p_but is not null and not exists (
        select from public.sessions s
        where s.user_id = p_user and s.token_hash = p_but and s.revoked_at is null and s.expires_at > clock_timestamp()
      ) then
        raise sqlstate 'PT404' using message = 'the token is not the one of a valid session of yours',
          hint = 'nothing was revoked; to end all of them, the service calls revoke_sessions_of()';
      end if;
      update public.sessions s set revoked_at = greatest(clock_timestamp(), s.created_at)
        where s.user_id = p_user and s.token_hash is distinct from p_but
          and s.revoked_at is null and s.expires_at > clock_timestamp();
      get diagnostics v_ended = row_count;
      return v_ended;
    end
    $$`.execute(db);
  await sql`revoke all on function private.end_sessions(uuid, bytea) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`
    create function definer.revoke_other_sessions(p_current_token text) returns integer
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      -- No token is one that nobody has, not leave to end the lot.
      return private.end_sessions(private.signed_in_user(), private.token_hash(coalesce(p_current_token, '')));
    end
    $$`.execute(db);
  await sql`
    create function public.revoke_other_sessions(current_token text) returns integer language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select definer.revoke_other_sessions(current_token);
    end`.execute(db);
  await sql`comment on function public.revoke_other_sessions(text) is
    'Ends all own sessions but the one of the token; answers how many. PT404, and nothing is ended, when the token is not of a valid own one. PT401, PT403.'`.execute(
    db,
  );
  await sql`
    create function public.revoke_sessions_of(user_id uuid) returns integer
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      return private.end_sessions(user_id, null);
    end
    $$`.execute(db);
  await sql`comment on function public.revoke_sessions_of(uuid) is
    'For the service, after a password changed for example: ends all sessions of a user; answers how many.'`.execute(
    db,
  );
  await sql`
    create function public.purge_sessions(keep interval default '30 days') returns integer
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_purged integer;
    begin
      if keep is null or keep < interval '0' then
        raise sqlstate 'PT422' using message = 'how long to keep them must not be negative';
      end if;
      delete from public.sessions s where s.id in (
        select e.id from public.sessions e where least(e.expires_at, e.revoked_at) < now() - keep
        for update skip locked);
      get diagnostics v_purged = row_count;
      return v_purged;
    end
    $$`.execute(db);
  await sql`comment on function public.purge_sessions(interval) is
    'For the service: deletes sessions that were revoked or expired longer ago than that; answers how many. PT422 negative.'`.execute(
    db,
  );
  await sql`revoke all on function definer.revoke_session(uuid), public.revoke_session(uuid),
    definer.revoke_other_sessions(text), public.revoke_other_sessions(text), public.revoke_sessions_of(uuid),
    public.purge_sessions(interval) from public, anon, authenticated, service_role`.execute(db);
  await sql`grant execute on function definer.revoke_session(uuid), public.revoke_session(uuid),
    definer.revoke_other_sessions(text), public.revoke_other_sessions(text) to authenticated`.execute(db);
  await sql`grant execute on function public.revoke_sessions_of(uuid), public.purge_sessions(interval)
    to service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop function public.start_session(text, interval), public.start_session_for(uuid, text, inet, interval),
    public.touch_session(text), public.list_my_sessions(text), public.revoke_session(uuid),
    public.revoke_other_sessions(text), public.revoke_sessions_of(uuid), public.purge_sessions(interval),
    public.trust_address_header(text)`.execute(db);
  await sql`drop function definer.start_session(text, interval), definer.touch_session(text),
    definer.list_my_sessions(text), definer.revoke_session(uuid), definer.revoke_other_sessions(text)`.execute(db);
  await sql`drop function private.end_sessions(uuid, bytea), private.open_session(uuid, text, inet, interval),
    private.account_is_open(uuid), private.token_hash(text), private.client_address()`.execute(db);
  await db.schema.dropTable('private.trusted_address_header').execute();
  await db.schema.dropTable('public.sessions').execute();
}
