/** What an account gets when it is made, step by step: no step can stop the sign-up, and what failed is made up for. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = {
  lossy: 'the recorded errors of sign-ups; where the migration brought the plan free, that plan and who had it',
};

const broughtPlan = 'Gives the plan free, which the migration brought along.';
const foundPlan = 'Gives the plan free, which was there before the migration.';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('private.sign_up_errors')
    .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    // No foreign key: what is recorded may be that there is no such row, and the record must not fail for it.
    .addColumn('user_id', 'uuid', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('sqlstate', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('constraint_name', 'text')
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('occurred_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('repaired_at', 'timestamptz')
    .addCheckConstraint('sign_up_errors_step_known', sql`step in ('user', 'profile', 'subscription', 'event')`)
    .execute();
  await sql`comment on table private.sign_up_errors is
    'What failed as an account was made, or as repair_users() tried again. One open row for each account and step.'`.execute(
    db,
  );
  await sql`comment on column private.sign_up_errors.occurred_at is 'The latest of the attempts.'`.execute(db);
  await sql`
    create unique index sign_up_errors_open on private.sign_up_errors (user_id, step) where repaired_at is null`.execute(
    db,
  );
  await sql`alter table private.sign_up_errors enable row level security`.execute(db);
  await sql`revoke all on table private.sign_up_errors from public, anon, authenticated, service_role`.execute(db);

  await createSteps(db);
  await createRepair(db);
  await bringFreePlan(db);

  // A profile was made by a trigger of its own, inside of the step before it: neither could fail apart.
  await sql`drop trigger create_profile on public.users`.execute(db);
  await sql`drop function private.create_profile()`.execute(db);
  // What goes wrong in there is recorded in there. This is for what can not be foreseen: the account is worth more.
  await sql`
    create or replace function private.on_sign_up() returns trigger language plpgsql security definer
      set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
    begin
      begin
        perform private.provision_user(new.id, new.created_at);
      exception when others then
        raise warning 'account % was not provided for: % (%)', new.id, sqlerrm, sqlstate;
      end;
      return null;
    end
    $$`.execute(db);
}

/** Nothing in here reads raw_user_meta_data: whoever signs up writes that. */
async function createSteps(db: Kysely<unknown>): Promise<void> {
  // Its own block again: when not even the record can be written, the server's log has to do.
  await sql`
    create function private.record_sign_up_error(
      p_user uuid, p_step text, p_sqlstate text, p_message text, p_constraint text
    ) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      insert into private.sign_up_errors as e (user_id, step, sqlstate, message, constraint_name)
        values (p_user, p_step, p_sqlstate, p_message, p_constraint)
        on conflict (user_id, step) where repaired_at is null do update
          set sqlstate = excluded.sqlstate, message = excluded.message, constraint_name = excluded.constraint_name,
            attempts = e.attempts + 1, occurred_at = excluded.occurred_at;
    exception when others then
      raise warning 'account % has no %: % (%); not recorded: % (%)',
        p_user, p_step, p_message, p_sqlstate, sqlerrm, sqlstate;
    end
    $$`.execute(db);

  // Each step finds out by itself that it was done before. A user who had any subscription once gets no other by this:
  // they ended it. Nor does anybody while the plan is not sold.
  await sql`
    create function private.sign_up_step(p_user uuid, p_step text, p_created_at timestamptz) returns void
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_plan public.subscription_plans;
    begin
      case p_step
        when 'user' then
          insert into public.users (id, created_at) values (p_user, coalesce(p_created_at, now()))
            on conflict (id) do nothing;
        when 'profile' then
          insert into public.profiles (user_id) values (p_user) on conflict (user_id) do nothing;
        when 'subscription' then
          perform private.lock_user(p_user);
          select p.* into v_plan from public.subscription_plans p where p.code = 'free' and p.price_minor = 0;
          if not found then
            raise exception 'there is no plan of the code free that costs nothing';
          elsif v_plan.active then
            insert into public.user_subscriptions (user_id, plan_id, status) select p_user, v_plan.id, 'active'
              where not exists (select from public.user_subscriptions s where s.user_id = p_user);
          end if;
        when 'event' then
          update private.sign_up_errors e set repaired_at = now()
            where e.user_id = p_user and e.step = 'event' and e.repaired_at is null;
          perform private.log_event(p_user, 'signed_up', '{}', least(coalesce(p_created_at, now()), now()));
      end case;
    end
    $$`.execute(db);

  await sql`
    create function private.try_sign_up_step(p_user uuid, p_step text, p_created_at timestamptz) returns text
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_message text;
      v_constraint text;
    begin
      perform private.sign_up_step(p_user, p_step, p_created_at);
      return null;
    exception when others then
      get stacked diagnostics v_message = message_text, v_constraint = constraint_name;
      perform private.record_sign_up_error(p_user, p_step, sqlstate, v_message, nullif(v_constraint, ''));
      return sqlstate;
    end
    $$`.execute(db);
  await sql`comment on function private.try_sign_up_step(uuid, text, timestamptz) is
    'Does one step, or records why not; answers the SQLSTATE, or null.'`.execute(db);

  // After a lock timeout the other steps may each wait as long, with somebody in front of the screen. That a row is
  // missing, repair_users() sees by itself; that an event is, only by the record.
  await sql`
    create function private.provision_user(p_user uuid, p_created_at timestamptz) returns void
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_step text;
      v_sqlstate text;
    begin
      foreach v_step in array array['user', 'profile', 'subscription', 'event'] loop
        v_sqlstate := private.try_sign_up_step(p_user, v_step, p_created_at);
        if v_step <> 'event' and (v_sqlstate = '55P03' or (v_step = 'user' and v_sqlstate is not null)) then
          perform private.record_sign_up_error(
            p_user, 'event', v_sqlstate, format('not tried after the step %s had failed', v_step), null);
          exit;
        end if;
      end loop;
    end
    $$`.execute(db);
  for (const signature of [
    'record_sign_up_error(uuid, text, text, text, text)',
    'sign_up_step(uuid, text, timestamptz)',
    'try_sign_up_step(uuid, text, timestamptz)',
    'provision_user(uuid, timestamptz)',
  ]) {
    await sql`
      revoke all on function private.${sql.raw(signature)} from public, anon, authenticated, service_role`.execute(db);
  }
}

async function createRepair(db: Kysely<unknown>): Promise<void> {
  // Those that failed longest ago come first, so that some that always fail do not keep the others waiting.
  await sql`
    create function public.repair_users(max_rows integer default 1000) returns table (step text, repaired integer)
      language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
    #variable_conflict use_column
    declare
      v_account record;
      v_alone boolean := false;
      v_users integer := 0;
      v_profiles integer := 0;
      v_subscriptions integer := 0;
      v_events integer := 0;
    begin
      -- One at a time: what another one is about to commit would look as if it were missing. Not an advisory lock, which
      -- any client may hold for ever.
      begin
        lock table private.sign_up_errors in share update exclusive mode;
        v_alone := true;
      exception when lock_not_available then
        null;
      end;
      if v_alone then
        for v_account in
          select a.id, a.created_at from auth.users a
          left join private.sign_up_errors e on e.user_id = a.id and e.step = 'user' and e.repaired_at is null
          where not exists (select from public.users u where u.id = a.id)
          order by e.occurred_at nulls first, a.id limit greatest(max_rows, 0)
        loop
          continue when private.try_sign_up_step(v_account.id, 'user', v_account.created_at) is not null;
          v_users := v_users + 1;
          v_events := v_events + (private.try_sign_up_step(v_account.id, 'event', v_account.created_at) is null)::int;
        end loop;

        for v_account in
          select u.id, u.created_at from public.users u
          left join private.sign_up_errors e on e.user_id = u.id and e.step = 'profile' and e.repaired_at is null
          where not exists (select from public.profiles p where p.user_id = u.id)
          order by e.occurred_at nulls first, u.id limit greatest(max_rows, 0)
        loop
          v_profiles := v_profiles
            + (private.try_sign_up_step(v_account.id, 'profile', v_account.created_at) is null)::int;
        end loop;

        for v_account in
          select u.id, u.created_at from public.users u
          left join private.sign_up_errors e on e.user_id = u.id and e.step = 'subscription' and e.repaired_at is null
          where not exists (select from public.user_subscriptions s where s.user_id = u.id)
            and exists (select from public.subscription_plans p where p.code = 'free' and p.price_minor = 0 and p.active)
          order by e.occurred_at nulls first, u.id limit greatest(max_rows, 0)
        loop
          v_subscriptions := v_subscriptions
            + (private.try_sign_up_step(v_account.id, 'subscription', v_account.created_at) is null)::int;
        end loop;

        for v_account in
          select u.id, u.created_at from private.sign_up_errors e join public.users u on u.id = e.user_id
          where e.step = 'event' and e.repaired_at is null
          order by e.occurred_at, u.id limit greatest(max_rows, 0)
        loop
          v_events := v_events + (private.try_sign_up_step(v_account.id, 'event', v_account.created_at) is null)::int;
        end loop;

        update private.sign_up_errors e set repaired_at = now()
          where e.repaired_at is null and case e.step
            when 'user' then exists (select from public.users u where u.id = e.user_id)
            when 'profile' then exists (select from public.profiles p where p.user_id = e.user_id)
            when 'subscription' then exists (select from public.user_subscriptions s where s.user_id = e.user_id)
            else false
          end;
        -- A sign-up under way is not seen yet, but neither are its errors.
        delete from private.sign_up_errors e where not exists (select from auth.users a where a.id = e.user_id);
      end if;
      return query values
        ('user', v_users), ('profile', v_profiles), ('subscription', v_subscriptions), ('event', v_events);
    end
    $$`.execute(db);
  await sql`comment on function public.repair_users(integer) is
    'Makes up for what failed at sign-ups, at most so many of each step; answers how many. To be called often.'`.execute(
    db,
  );
  await sql`revoke all on function public.repair_users(integer) from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`grant execute on function public.repair_users(integer) to service_role`.execute(db);
}

async function bringFreePlan(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql`
    insert into public.subscription_plans (code, name, price_minor, currency, billing_interval, features)
      values ('free', 'Free', 0, 'EUR', 'month', '{"export": false, "seats": 1}')
      on conflict (code) do nothing returning id`.execute(db);
  await sql`comment on function private.sign_up_step(uuid, text, timestamptz) is ${sql.lit(
    rows.length > 0 ? broughtPlan : foundPlan,
  )}`.execute(db);
  await sql`
    insert into public.user_subscriptions (user_id, plan_id, status)
      select u.id, p.id, 'active' from public.users u
      join public.subscription_plans p on p.code = 'free' and p.price_minor = 0 and p.active
      where not exists (select from public.user_subscriptions s where s.user_id = u.id)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ brought: boolean }>`
    select pg_catalog.obj_description('private.sign_up_step(uuid, text, timestamptz)'::regprocedure, 'pg_proc')
      = ${broughtPlan} as brought`.execute(db);
  await sql`
    create or replace function private.on_sign_up() returns trigger language plpgsql security definer
      set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
    begin
      begin
        insert into public.users (id) values (new.id) on conflict (id) do nothing;
      exception when others then
        raise warning 'account % has no row in public.users: % (%)', new.id, sqlerrm, sqlstate;
      end;
      return null;
    end
    $$`.execute(db);
  await sql`
    create function private.create_profile() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      insert into public.profiles (user_id) values (new.id) on conflict (user_id) do nothing;
      return null;
    end
    $$`.execute(db);
  await sql`revoke all on function private.create_profile() from public, anon, authenticated, service_role`.execute(db);
  await sql`
    create trigger create_profile after insert on public.users
      for each row execute function private.create_profile()`.execute(db);
  await sql`insert into public.profiles (user_id) select id from public.users on conflict (user_id) do nothing`.execute(
    db,
  );
  if (rows[0]?.brought === true) {
    await sql`
      delete from public.user_subscriptions
        where plan_id = (select id from public.subscription_plans where code = 'free')`.execute(db);
    await sql`delete from public.subscription_plans where code = 'free'`.execute(db);
  }
  await sql`drop function public.repair_users(integer)`.execute(db);
  await sql`drop function private.provision_user(uuid, timestamptz)`.execute(db);
  await sql`drop function private.try_sign_up_step(uuid, text, timestamptz)`.execute(db);
  await sql`drop function private.sign_up_step(uuid, text, timestamptz)`.execute(db);
  await sql`drop function private.record_sign_up_error(uuid, text, text, text, text)`.execute(db);
  await db.schema.dropTable('private.sign_up_errors').execute();
}
