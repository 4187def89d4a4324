/** Which way a subscription may go: a state machine that holds for everybody, and what replaced what. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'which subscription replaced which, and how many days of trial each plan has' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('public.subscription_plans')
    .addColumn('trial_days', 'smallint', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`
    alter table public.subscription_plans
      add constraint subscription_plans_trial_days_range check (trial_days between 0 and 365)`.execute(db);
  await sql`comment on column public.subscription_plans.trial_days is
    'How long it can be tried without payment; 0: not at all.'`.execute(db);

  await db.schema.alterTable('public.user_subscriptions').addColumn('replaces', 'uuid').execute();
  await sql`comment on column public.user_subscriptions.replaces is
    'The subscription of the same user that was closed to open this one.'`.execute(db);
  // The user is a part of both keys, so that nobody's subscription can replace that of somebody else. When old rows are
  // removed, those that name them stay; all of a user's rows go in one statement, and none is left to be changed.
  await sql`
    alter table public.user_subscriptions
      add constraint user_subscriptions_id_user_id_key unique (id, user_id),
      add constraint user_subscriptions_replaces_key unique (replaces, user_id),
      add constraint user_subscriptions_replaces_fkey foreign key (replaces, user_id)
        references public.user_subscriptions (id, user_id) on delete set null (replaces)`.execute(db);

  await sql`
    create function private.check_subscription_transition() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if tg_op = 'UPDATE' then
        if new.* is not distinct from old.* then
          return new;
        end if;
        -- What ON DELETE SET NULL does, once the row that this one replaced is gone.
        if new.replaces is null and not exists (select from public.user_subscriptions s where s.id = old.replaces) then
          old.replaces := null;
        end if;
        if old.status in ('canceled', 'expired') and new.* is distinct from old.* then
          raise check_violation using
            message = format('a subscription that is %s stays as it is', old.status),
            hint = 'what follows is a new row',
            schema = 'public', table = 'user_subscriptions', constraint = 'user_subscriptions_status_transition';
        end if;
        if (new.id, new.user_id, new.plan_id, new.period_start, new.created_at, new.replaces)
          is distinct from (old.id, old.user_id, old.plan_id, old.period_start, old.created_at, old.replaces)
        then
          raise check_violation using
            message = 'whose subscription it is, of which plan, and since when, does not change',
            hint = 'close the row and open the next one, as change_plan() does',
            schema = 'public', table = 'user_subscriptions', constraint = 'user_subscriptions_fixed_columns';
        end if;
        -- "is not true": a state that is added one day goes nowhere before somebody says where to.
        if new.status <> old.status and (new.status = any (case old.status
            when 'trialing' then '{active,past_due,canceled,expired}'
            when 'active' then '{past_due,canceled,expired}'
            when 'past_due' then '{active,canceled,expired}'
          end::public.subscription_state[])) is not true
        then
          raise check_violation using
            message = format('a subscription does not go from %s to %s', old.status, new.status),
            schema = 'public', table = 'user_subscriptions', constraint = 'user_subscriptions_status_transition';
        end if;
      end if;
      -- An ended row is final: one that ended ahead of its period would block that time for whatever comes next.
      if new.status in ('canceled', 'expired') and new.period_end > greatest(new.period_start, clock_timestamp()) then
        raise check_violation using
          message = format('a subscription that is %s has a period that is over', new.status),
          hint = 'set period_end to the moment at which it ended',
          schema = 'public', table = 'user_subscriptions', constraint = 'user_subscriptions_ended_is_over';
      end if;
      return new;
    end
    $$`.execute(db);
  await sql`comment on function private.check_subscription_transition() is
    'trialing to active, past_due, canceled, expired; active to past_due, canceled, expired; past_due to active, canceled, expired; canceled and expired are final.'`.execute(
    db,
  );
  await sql`
    revoke all on function private.check_subscription_transition() from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`
    create trigger check_transition before insert or update on public.user_subscriptions
      for each row execute function private.check_subscription_transition()`.execute(db);
  // change_plan() goes by the prices of both plans: what somebody pays must still be the price of what they have. The lock
  // waits for those who are subscribing at this moment.
  await sql`
    create function private.keep_terms_of_plan() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      perform from public.subscription_plans p where p.id = old.id for update;
      if exists (select from public.user_subscriptions s where s.plan_id = old.id) then
        raise check_violation using
          message = 'what a plan costs does not change once somebody had it',
          hint = 'make another plan, and take this one from sale: active = false',
          schema = 'public', table = 'subscription_plans', constraint = 'subscription_plans_terms_fixed';
      end if;
      return new;
    end
    $$`.execute(db);
  await sql`revoke all on function private.keep_terms_of_plan() from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`
    create trigger keep_terms before update on public.subscription_plans
      for each row when ((old.price_minor, old.currency, old.billing_interval)
        is distinct from (new.price_minor, new.currency, new.billing_interval))
      execute function private.keep_terms_of_plan()`.execute(db);
  // History is kept: a row goes with its user, or when the owner of the table cleans up.
  await sql`revoke delete on table public.user_subscriptions from service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`grant delete on table public.user_subscriptions to service_role`.execute(db);
  await sql`drop trigger keep_terms on public.subscription_plans`.execute(db);
  await sql`drop function private.keep_terms_of_plan()`.execute(db);
  await sql`drop trigger check_transition on public.user_subscriptions`.execute(db);
  await sql`drop function private.check_subscription_transition()`.execute(db);
  await sql`
    alter table public.user_subscriptions
      drop constraint user_subscriptions_replaces_fkey,
      drop constraint user_subscriptions_replaces_key,
      drop constraint user_subscriptions_id_user_id_key`.execute(db);
  await db.schema.alterTable('public.user_subscriptions').dropColumn('replaces').execute();
  await db.schema.alterTable('public.subscription_plans').dropColumn('trial_days').execute();
}
