/** Where functions live that lend clients their owner's rights, and the first question that each of them asks. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

// From before this migration: they may come to run with the rights of a function in here.
const earlier = ['private.touch_updated_at()', 'private.on_sign_up()', 'private.create_profile()'];

export async function up(db: Kysely<unknown>): Promise<void> {
  // An empty search_path is not enough: a client's temporary types and tables are looked up ahead of pg_catalog unless
  // pg_temp has a place in the path. A domain pg_temp.uuid with a check would run that check with the owner's rights, in
  // every function that says uuid. Last is the place where a name of theirs stands for nothing of ours; it holds for what
  // the functions call as well, like auth.uid(), which pins nothing.
  for (const signature of earlier) {
    await sql`alter function ${sql.raw(signature)} set search_path = pg_catalog, pg_temp`.execute(db);
  }

  // The API serves public only. A client reaches a function in here through the one of the same name in public, which
  // has the caller's rights and nothing but that call in it: no function in an exposed schema lends rights to a client.
  await sql`create schema definer`.execute(db);
  await sql`comment on schema definer is
    'Functions with the rights of their owner, called through the ones of the same name in public.'`.execute(db);
  await sql`revoke all on schema definer from public, anon, authenticated, service_role`.execute(db);
  await sql`grant usage on schema definer to anon, authenticated, service_role`.execute(db);

  // PostgREST answers SQLSTATE PTnnn with the HTTP status nnn.
  await sql`
    create function private.signed_in_user() returns uuid language plpgsql stable set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := auth.uid();
      v_suspended timestamptz;
    begin
      if v_user is null then
        raise sqlstate 'PT401' using message = 'nobody is signed in', hint = 'send the token of a user';
      end if;
      select u.suspended_at into v_suspended from public.users u where u.id = v_user;
      if not found then
        raise sqlstate 'PT404' using message = 'the account has no row in public.users',
          hint = 'select * from repair_users(), as the service';
      elsif v_suspended is not null then
        raise sqlstate 'PT403' using message = 'the user is suspended';
      end if;
      return v_user;
    end
    $$`.execute(db);
  await sql`comment on function private.signed_in_user() is
    'Who asks. PT401 nobody; PT404 not a user of the application; PT403 suspended.'`.execute(db);
  await sql`revoke all on function private.signed_in_user() from public, anon, authenticated, service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop function private.signed_in_user()`.execute(db);
  await sql`drop schema definer`.execute(db);
  for (const signature of earlier) await sql`alter function ${sql.raw(signature)} set search_path = ''`.execute(db);
}
