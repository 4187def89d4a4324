/**
 * Signing up and in with a password, for databases without Supabase's auth service. It is closed until its owner opens it.
 * Longer than most: a sign-in has many ways to be attacked, and each line that looks spare here is against one of them.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'whether local auth was enabled, and the counts of failed sign-ins; the accounts stay' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('private.local_auth')
    .addColumn('singleton', 'boolean', (column) => column.primaryKey().defaultTo(true))
    .addColumn('enabled_at', 'timestamptz')
    .addColumn('throttle_key', 'bytea', (column) => column.notNull().defaultTo(sql`extensions.gen_random_bytes(32)`))
    .addCheckConstraint('local_auth_one_row', sql`singleton`)
    .addCheckConstraint('local_auth_throttle_key_length', sql`octet_length(throttle_key) = 32`)
    .execute();
  await sql`insert into private.local_auth default values`.execute(db);
  await db.schema
    .createTable('private.sign_in_throttles')
    .addColumn('key', 'bytea', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('window_start', 'timestamptz', (column) => column.notNull())
    .addCheckConstraint('sign_in_throttles_kind', sql`kind in ('account', 'nobody', 'address')`)
    .addCheckConstraint('sign_in_throttles_failures_not_negative', sql`failures >= 0`)
    .execute();
  await sql`comment on table private.sign_in_throttles is
    'Failed sign-ins within 15 minutes of the first. Of whom, only an HMAC tells: people type passwords into the wrong field.'`.execute(
    db,
  );
  for (const table of ['private.local_auth', 'private.sign_in_throttles']) {
    await sql`alter table ${sql.table(table)} enable row level security`.execute(db);
    await sql`revoke all on table ${sql.table(table)} from public, anon, authenticated, service_role`.execute(db);
  }
  await gate(db);
  await signingUp(db);
  await throttling(db);
  await signingIn(db);
  await switches(db);
}

/** Also asked at each call: a dump takes the grants along, and may be restored where the auth service is. */
async function gate(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function private.auth_service_is_installed() returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp as $$
    begin
      -- supautils is loaded on Supabase only; the service writes each of its migrations down.
      if current_setting('supautils.policy_grants', true) <> '' then return true; end if;
      if to_regclass('auth.schema_migrations') is null then return false; end if;
      return exists (select from auth.schema_migrations);
    end
    $$`.execute(db);
  await sql`
    create function private.local_auth_is_open() returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp as $$
    begin
      return exists (select from private.local_auth l where l.enabled_at is not null)
        and not private.auth_service_is_installed();
    end
    $$`.execute(db);
  // ASCII only: what lower() makes of other letters depends on the locale, and two addresses that look the same, or are
  // folded into one, would be two people, or one. A domain with other letters has an ASCII form (xn--).
  await sql`
    create function private.plain_address(p_email text) returns text language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
    declare
      v_email constant text := btrim(p_email, E' \\t\\r\\n');
    begin
      if octet_length(v_email) <= 254 and octet_length(split_part(v_email, '@', 1)) <= 64 and v_email collate "C" ~
        '^[A-Za-z0-9.!#$%&''*+/=?^_\`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$'
      then
        return lower(v_email collate "C");
      end if;
      return null;
    end
    $$`.execute(db);
  await sql`comment on function private.plain_address(text) is
    'The address as accounts are found by it: trimmed, in lower case. Null: not an address, over 254 bytes, or not ASCII.'`.execute(
    db,
  );
  await sql`revoke all on function private.auth_service_is_installed(), private.local_auth_is_open(),
    private.plain_address(text) from public, anon, authenticated, service_role`.execute(db);
}

async function signingUp(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function private.password_hash(p_password text) returns text language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      return extensions.crypt(p_password, extensions.gen_salt('bf', 10));
    end
    $$`.execute(db);
  await sql`revoke all on function private.password_hash(text) from public, anon, authenticated, service_role`.execute(
    db,
  );
  // Each column as the auth service writes it, so that the accounts can move there: it reads '' where it expects text and
  // breaks on NULL. Nobody asked whether the address is theirs, so the identity says that it is not verified.
  await sql`
    create function definer.sign_up(p_email text, p_password text) returns uuid
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_id constant uuid := gen_random_uuid();
      v_email constant text := private.plain_address(p_email);
      v_now constant timestamptz := now();
    begin
      if not private.local_auth_is_open() then
        raise sqlstate '55000' using message = 'local auth is not open on this database';
      elsif v_email is null then
        raise sqlstate 'PT422' using message = 'this is not an e-mail address',
          hint = 'ASCII, at most 254 bytes, a domain with a dot';
      elsif p_password is null or octet_length(p_password) not between 8 and 72 then
        raise sqlstate 'PT422' using message = 'a password has 8 to 72 bytes',
          hint = 'bcrypt would ignore what follows after 72';
      end if;
      begin
        -- Whatever its case: accounts need not have been made here.
        if exists (
          select from auth.users a
          where a.instance_id = '00000000-0000-0000-0000-000000000000' and lower(a.email) = v_email
        ) then
          raise unique_violation;
        end if;
        insert into auth.users (
          instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, confirmation_token, recovery_token,
          email_change_token_new, email_change, raw_app_meta_data, raw_user_meta_data, created_at, updated_at,
          phone_change, phone_change_token, email_change_token_current, reauthentication_token
        ) values (
          '00000000-0000-0000-0000-000000000000', v_id, 'authenticated', 'authenticated', v_email,
          private.password_hash(p_password), v_now, '', '', '', '', '{"provider": "email", "providers": ["email"]}', '{}',
          v_now, v_now, '', '', '', ''
        );
        insert into auth.identities (user_id, provider, provider_id, identity_data, created_at, updated_at)
        values (
          v_id, 'email', v_id::text,
          jsonb_build_object('sub', v_id, 'email', v_email, 'email_verified', false, 'phone_verified', false),
          v_now, v_now
        );
      exception when unique_violation then
        raise sqlstate 'PT409' using message = 'there is an account with this address', hint = 'sign in';
      end;
      return v_id;
    end
    $$`.execute(db);
  await sql`
    create function public.sign_up(email text, password text) returns uuid language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select definer.sign_up(email, password);
    end`.execute(db);
  await sql`comment on function public.sign_up(text, text) is
    'Makes an account and answers its id. PT409 the address has one; PT422 address or password; 55000 closed.'`.execute(
    db,
  );
  await sql`revoke all on function definer.sign_up(text, text), public.sign_up(text, text)
    from public, anon, authenticated, service_role`.execute(db);
}

async function throttling(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function private.throttle_key(p_kind text, p_value text) returns bytea
      language plpgsql stable set search_path = pg_catalog, pg_temp as $$
    begin
      return extensions.hmac(convert_to(p_kind || ':' || p_value, 'UTF8'),
        (select l.throttle_key from private.local_auth l), 'sha256');
    end
    $$`.execute(db);
  // The lock on the row stays until the transaction ends: of many guesses at one account, one is looked at at a time.
  await sql`
    create function private.count_failure(p_kind text, p_value text) returns integer
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_failures integer;
    begin
      insert into private.sign_in_throttles as t (key, kind, failures, window_start)
      values (private.throttle_key(p_kind, p_value), p_kind, 1, clock_timestamp())
      on conflict (key) do update set
        failures = case when t.window_start > excluded.window_start - interval '15 minutes' then t.failures + 1 else 1 end,
        window_start = case when t.window_start > excluded.window_start - interval '15 minutes' then t.window_start
          else excluded.window_start end
      returning t.failures into v_failures;
      return v_failures;
    end
    $$`.execute(db);
  await sql`comment on function private.count_failure(text, text) is
    'Counts one more failure; answers how many there were since the first within 15 minutes, this one included.'`.execute(
    db,
  );
  await sql`
    create function public.purge_sign_in_throttles() returns integer
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_purged integer;
    begin
      delete from private.sign_in_throttles t where t.key in (
        select o.key from private.sign_in_throttles o where o.window_start <= clock_timestamp() - interval '15 minutes'
        for update skip locked);
      get diagnostics v_purged = row_count;
      return v_purged;
    end
    $$`.execute(db);
  await sql`comment on function public.purge_sign_in_throttles() is
    'For the service: deletes counts of failed sign-ins that no longer count; answers how many.'`.execute(db);
  await sql`revoke all on function private.throttle_key(text, text), private.count_failure(text, text),
    public.purge_sign_in_throttles() from public, anon, authenticated, service_role`.execute(db);
  await sql`grant execute on function public.purge_sign_in_throttles() to service_role`.execute(db);
}

async function signingIn(db: Kysely<unknown>): Promise<void> {
  // PostgREST rolls a request back that asks for a single object and finds no row: the wrong guesses, and only those. It
  // goes by the first Accept header and tells us the last, so its statement is looked at as well.
  await sql`
    create function private.attempt_may_be_undone() returns boolean
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_headers jsonb;
    begin
      if strpos(current_query(), 'json_agg(_postgrest_t)->0') > 0 then return true; end if;
      v_headers := current_setting('request.headers', true)::jsonb;
      return concat_ws(' ', v_headers ->> 'accept', v_headers ->> 'prefer') ~* 'vnd[.]pgrst[.]object|tx=rollback';
    exception when others then
      return false;
    end
    $$`.execute(db);
  await sql`comment on function private.attempt_may_be_undone() is
    'Whether the request is one that PostgREST rolls back when there is no row, as .single() and .maybeSingle() of supabase-js make it.'`.execute(
    db,
  );
  await sql`revoke all on function private.attempt_may_be_undone() from public, anon, authenticated, service_role`.execute(
    db,
  );
  // $2b$ and $2y$ are other libraries' names for what pgcrypto calls $2a$. Anything else must not reach crypt(): it would
  // take it for the salt of a weaker algorithm, and answer at once.
  await sql`
    create function private.password_matches(p_password text, p_hash text) returns boolean
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_hash constant text := coalesce('$2a' || substr(p_hash, 4), '$2a$10$......................');
      v_made constant text := extensions.crypt(p_password, v_hash);
    begin
      -- Cheaper hashes are topped up, so that time does not tell them from nobody's: 2^c + (2^c + … + 2^9) = 2^10.
      for v_cost in substr(v_hash, 5, 2)::integer .. 9 loop
        perform extensions.crypt(p_password, '$2a$0' || v_cost || '$......................');
      end loop;
      return v_made = v_hash;
    end
    $$`.execute(db);
  await sql`comment on function private.password_matches(text, text) is
    'Whether the password is the one of the bcrypt hash. Null: never, and it takes as long as with a hash of cost 10.'`.execute(
    db,
  );
  await sql`revoke all on function private.password_matches(text, text) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`
    create function definer.sign_in(p_email text, p_password text, p_user_agent text)
      returns table (user_id uuid, session_id uuid, token text, expires_at timestamptz)
      language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '500ms' as $$
    declare
      v_email constant text := private.plain_address(p_email);
      v_client constant inet := private.client_address();
      -- Whoever has one IPv6 address has the 2^64 beside it.
      v_network constant text := network(set_masklen(v_client, case family(v_client) when 4 then 32 else 64 end))::text;
      v_account uuid;
      v_hash text;
      v_kind text := 'account';
      v_value text;
      v_failures integer;
      v_matches boolean;
    begin
      -- Nothing in here depends on the account.
      if not private.local_auth_is_open() or v_email is null or p_password is null or octet_length(p_password) not between 1 and 72
        or private.attempt_may_be_undone()
        or exists (
          select from private.sign_in_throttles t
          where t.key = private.throttle_key('address', v_network) and t.failures >= 100
            and t.window_start > clock_timestamp() - interval '15 minutes'
        )
      then
        return;
      end if;

      begin
        select a.id, a.encrypted_password into v_account, v_hash
        from auth.users a join public.users u on u.id = a.id
        where a.email = v_email and a.is_sso_user = false and a.aud = 'authenticated'
          and a.instance_id = '00000000-0000-0000-0000-000000000000'
          and a.email_confirmed_at is not null and private.account_is_open(a.id)
          and a.encrypted_password ~ '^[$]2[aby][$](0[4-9]|1[0-2])[$][./A-Za-z0-9]{53}$'
          -- Whoever asked for a second factor is not let in by the first alone.
          and not exists (select from auth.mfa_factors f where f.user_id = a.id and f.status = 'verified');
        v_value := v_account::text;
        -- Nobody's attempts are written as well, as a commit that writes takes longer; into 65536 rows, not into as many
        -- as there are addresses to make up.
        if v_account is null then
          v_kind := 'nobody';
          v_value := encode(substring(private.throttle_key('email', v_email) for 2), 'hex');
        end if;
        -- As failed, before the password is looked at: of a burst no guess is free.
        v_failures := private.count_failure(v_kind, v_value);
      -- An attempt that can not be counted is not made. These two are what a flood and a GET run into: no line each in
      -- the log.
      exception
        when lock_not_available or read_only_sql_transaction then
          return;
        when others then
          raise log 'sign-in: the attempt was not counted, so it was not made: % (%)', sqlerrm, sqlstate;
          return;
      end;

      -- Undone as a whole when any of it fails; the count above is outside.
      begin
        -- At a closed door too: the time must not tell that it is closed, as nobody's never is.
        v_matches := private.password_matches(p_password, v_hash);
        if v_matches and v_failures <= 10 then
          -- The same row and the same hash: a password that was changed meanwhile, and the sessions that were revoked with
          -- it, must not be outrun. Hashes of another cost become as all are.
          update auth.users a
            set last_sign_in_at = clock_timestamp(),
              encrypted_password = case when v_hash like '$2a$10$%' then v_hash else private.password_hash(p_password) end
            where a.id = v_account and a.encrypted_password = v_hash;
          if found then
            select s.session_id, s.token, s.expires_at into session_id, token, expires_at
              from private.open_session(v_account, p_user_agent, v_client, interval '30 days') s;
            update private.sign_in_throttles t set failures = t.failures - 1
              where t.key = private.throttle_key(v_kind, v_value);
            user_id := v_account;
          end if;
        end if;
      exception when others then
        raise log 'sign-in: account % could not be let in: % (%)', v_account, sqlerrm, sqlstate;
        user_id := null;
      end;
      if user_id is not null then
        return next;
      elsif v_network is not null then
        -- Afterwards, so that people behind one address do not wait for each other.
        begin
          perform private.count_failure('address', v_network);
        exception when others then
          raise log 'sign-in: the failure was not counted for its address: % (%)', sqlerrm, sqlstate;
        end;
      end if;
    end
    $$`.execute(db);
  await sql`
    create function public.sign_in(email text, password text, user_agent text default null)
      returns table (user_id uuid, session_id uuid, token text, expires_at timestamptz)
      language sql set search_path = pg_catalog, pg_temp
    begin atomic
      select s.user_id, s.session_id, s.token, s.expires_at from definer.sign_in(email, password, user_agent) s;
    end`.execute(db);
  await sql`comment on function public.sign_in(text, text, text) is
    'Opens a session for whoever has the password. No row otherwise, whatever the reason, and no error: one would undo the record of the attempt. So does PostgREST when it is asked for a single object: to be asked for as a list.'`.execute(
    db,
  );
  await sql`revoke all on function definer.sign_in(text, text, text), public.sign_in(text, text, text)
    from public, anon, authenticated, service_role`.execute(db);
}

const throughTheDoor = sql.raw(`function public.sign_up(text, text), definer.sign_up(text, text),
        public.sign_in(text, text, text), definer.sign_in(text, text, text)`);
const touch = sql.raw('function public.touch_session(text), definer.touch_session(text)');

async function switches(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function public.enable_local_auth(trusted_address_header text default null) returns void
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if private.auth_service_is_installed() or exists (
        select from pg_stat_activity s where s.usename = 'supabase_auth_admin' and s.datname = current_database()
      ) then
        raise sqlstate '55000' using message = 'the auth service is installed here: people sign up and in through it',
          hint = 'local auth is for databases without it';
      end if;
      if trusted_address_header is not null then
        perform public.trust_address_header(trusted_address_header);
      end if;
      update private.local_auth l set enabled_at = coalesce(l.enabled_at, now()) where l.singleton;
      grant execute on ${throughTheDoor} to anon, authenticated;
      grant execute on ${touch} to anon;
    end
    $$`.execute(db);
  await sql`comment on function public.enable_local_auth(text) is
    'For the owner: opens sign_up, sign_in and, to anon, touch_session. A header that is named is passed to trust_address_header(). 55000 where the auth service is installed.'`.execute(
    db,
  );
  await sql`
    create function public.disable_local_auth() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      update private.local_auth l set enabled_at = null where l.singleton;
      revoke execute on ${throughTheDoor} from anon, authenticated;
      revoke execute on ${touch} from anon;
    end
    $$`.execute(db);
  await sql`comment on function public.disable_local_auth() is
    'For the owner: closes what enable_local_auth() opened. Accounts and sessions stay.'`.execute(db);
  await sql`revoke all on function public.enable_local_auth(text), public.disable_local_auth()
    from public, anon, authenticated, service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`revoke execute on ${touch} from anon`.execute(db);
  await sql`drop function public.enable_local_auth(text), public.disable_local_auth(), public.sign_up(text, text),
    public.sign_in(text, text, text), public.purge_sign_in_throttles()`.execute(db);
  await sql`drop function definer.sign_up(text, text), definer.sign_in(text, text, text)`.execute(db);
  await sql`drop function private.attempt_may_be_undone(), private.password_matches(text, text), private.password_hash(text),
    private.count_failure(text, text), private.throttle_key(text, text), private.plain_address(text),
    private.local_auth_is_open(), private.auth_service_is_installed()`.execute(db);
  await db.schema.dropTable('private.sign_in_throttles').execute();
  await db.schema.dropTable('private.local_auth').execute();
}
