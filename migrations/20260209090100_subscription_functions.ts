/**
 * How a subscription begins, changes and ends. A client's call never gives time that costs money: what it gives is free,
 * or a trial, or what was paid for already. Payment is told by the service.
 *
 * Longer than most: nine functions and what they share, of one subject.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

const internal = [
  'private.lock_signed_in_user()',
  'private.lock_user(uuid)',
  'private.plan_on_sale(text)',
  'private.current_subscription(uuid)',
  'private.subscription_moment(uuid)',
  'private.open_subscription(public.user_subscriptions, public.user_subscriptions)',
  'private.start_subscription(uuid, public.subscription_plans, public.user_subscriptions)',
];
const forUsers = ['subscribe(text)', 'change_plan(text)', 'cancel_subscription(boolean)', 'resume_subscription()'];
const forService = [
  'public.activate_subscription(uuid, text, timestamptz)',
  'public.mark_past_due(uuid, timestamptz)',
  'public.expire_subscriptions(integer)',
];

export async function up(db: Kysely<unknown>): Promise<void> {
  // What expire_subscriptions() looks for, often, and mostly in vain.
  await sql`
    create index user_subscriptions_due on public.user_subscriptions (period_end)
      where status in ('trialing', 'active', 'past_due')`.execute(db);
  await createShared(db);
  await createForUsers(db);
  await createForService(db);
  const definer = forUsers.map((signature) => `definer.${signature}`);
  const wrappers = forUsers.map((signature) => `public.${signature}`);
  for (const signature of [...internal, ...definer, ...wrappers, ...forService]) {
    await sql`
      revoke all on function ${sql.raw(signature)} from public, anon, authenticated, service_role`.execute(db);
  }
  await sql`grant execute on function ${sql.raw([...definer, ...wrappers].join(', '))} to authenticated`.execute(db);
  await sql`grant execute on function ${sql.raw(forService.join(', '))} to service_role`.execute(db);
}

async function createShared(db: Kysely<unknown>): Promise<void> {
  // All calls for one user go one after the other, and each sees what the one before it did: in READ COMMITTED, the
  // statement after the lock has a new snapshot. Foreign keys to the row are not held up.
  await sql`
    create function private.lock_user(p_user uuid) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      perform from public.users u where u.id = p_user for no key update;
      if not found then
        raise sqlstate 'PT404' using message = 'no such user';
      end if;
    end
    $$`.execute(db);
  // Asked after the lock: somebody may be suspended while we wait for it.
  await sql`
    create function private.lock_signed_in_user() returns uuid language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      perform from public.users u where u.id = auth.uid() for no key update;
      return private.signed_in_user();
    end
    $$`.execute(db);
  await sql`
    create function private.plan_on_sale(p_code text) returns public.subscription_plans
      language plpgsql stable set search_path = pg_catalog, pg_temp as $$
    declare
      v_plan public.subscription_plans;
    begin
      select p.* into v_plan from public.subscription_plans p where p.code = p_code and p.active;
      if not found then
        raise sqlstate 'PT404' using message = 'there is no such plan, or it is no longer sold';
      end if;
      return v_plan;
    end
    $$`.execute(db);

  await sql`
    create function private.current_subscription(p_user uuid) returns public.user_subscriptions
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_current public.user_subscriptions;
    begin
      update public.user_subscriptions s
        set status = case when s.cancel_at_period_end then 'canceled' else 'expired' end::public.subscription_state
        where s.user_id = p_user and s.status in ('trialing', 'active', 'past_due') and s.period_end <= now();
      select s.* into v_current from public.user_subscriptions s
        where s.user_id = p_user and s.status in ('trialing', 'active', 'past_due') for update;
      return v_current;
    end
    $$`.execute(db);
  await sql`comment on function private.current_subscription(uuid) is
    'The one that runs, locked; all null when none does. One whose period is over is written down as ended first.'`.execute(
    db,
  );

  // now() is when the transaction began: one that waited may be older than what the one before it wrote, and a period
  // that ends at its now() would end before it began.
  await sql`
    create function private.subscription_moment(p_user uuid) returns timestamptz
      language sql set search_path = pg_catalog, pg_temp as $$
      select greatest(
        now(),
        max(s.period_start) filter (where s.status in ('trialing', 'active', 'past_due')),
        max(s.period_end) filter (where s.status in ('canceled', 'expired') and s.period_end <= clock_timestamp())
      )
      from public.user_subscriptions s where s.user_id = p_user
    $$`.execute(db);
  await sql`comment on function private.subscription_moment(uuid) is
    'When what is done now happens: now, or the moment of what the user did last, if that is later.'`.execute(db);

  await sql`
    create function private.open_subscription(p_current public.user_subscriptions, p_next public.user_subscriptions)
      returns public.user_subscriptions language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_next public.user_subscriptions;
    begin
      update public.user_subscriptions s
        set status = 'canceled', period_end = p_next.period_start, cancel_at_period_end = false,
          canceled_at = coalesce(s.canceled_at, now())
        where s.id = p_current.id;
      insert into public.user_subscriptions
        (user_id, plan_id, status, period_start, period_end, cancel_at_period_end, canceled_at, replaces)
        values (p_next.user_id, p_next.plan_id, p_next.status, p_next.period_start, p_next.period_end,
          coalesce(p_next.cancel_at_period_end, false), p_next.canceled_at, p_current.id)
        returning * into v_next;
      return v_next;
    end
    $$`.execute(db);
  await sql`comment on function private.open_subscription(public.user_subscriptions, public.user_subscriptions) is
    'Closes the current subscription, if there is one, and opens the next at the same moment.'`.execute(db);

  // Whoever had a plan that costs money has no more trials, nor has an anonymous sign-in: those are made by the dozen.
  // Hours, since days have 23 or 25 of them in time zones that a client may choose.
  await sql`
    create function private.start_subscription(
      p_user uuid, p_plan public.subscription_plans, p_current public.user_subscriptions
    ) returns public.user_subscriptions language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_next public.user_subscriptions;
    begin
      v_next.user_id := p_user;
      v_next.plan_id := p_plan.id;
      v_next.period_start := private.subscription_moment(p_user);
      if p_plan.price_minor = 0 then
        v_next.status := 'active';
      elsif p_plan.trial_days > 0
        and not exists (select from auth.users a where a.id = p_user and a.is_anonymous)
        and not exists (
          select from public.user_subscriptions s join public.subscription_plans p on p.id = s.plan_id
          where s.user_id = p_user and p.price_minor > 0
        )
      then
        v_next.status := 'trialing';
        v_next.period_end := v_next.period_start + make_interval(hours => 24 * p_plan.trial_days);
      else
        raise sqlstate 'PT402' using message = 'the plan has to be paid for',
          hint = 'take the payment; then the service calls activate_subscription()';
      end if;
      return private.open_subscription(p_current, v_next);
    end
    $$`.execute(db);
}

async function createForUsers(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function definer.subscribe(p_plan_code text) returns public.user_subscriptions
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.lock_signed_in_user();
      v_plan constant public.subscription_plans := private.plan_on_sale(p_plan_code);
      v_current constant public.user_subscriptions := private.current_subscription(v_user);
    begin
      if v_current.id is not null then
        raise sqlstate 'PT409' using message = 'there is a subscription already', hint = 'call change_plan()';
      end if;
      return private.start_subscription(v_user, v_plan, v_current);
    end
    $$`.execute(db);

  await sql`
    create function definer.change_plan(p_plan_code text) returns public.user_subscriptions
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.lock_signed_in_user();
      v_plan constant public.subscription_plans := private.plan_on_sale(p_plan_code);
      v_current constant public.user_subscriptions := private.current_subscription(v_user);
      v_had public.subscription_plans;
      v_next public.user_subscriptions;
    begin
      if v_current.id is null then
        raise sqlstate 'PT409' using message = 'there is no subscription to change', hint = 'call subscribe()';
      elsif v_current.plan_id = v_plan.id then
        raise sqlstate 'PT409' using message = 'that is the plan of the subscription already';
      end if;
      select p.* into strict v_had from public.subscription_plans p where p.id = v_current.plan_id;

      if v_had.price_minor > 0 and v_plan.price_minor = 0 and v_current.status = 'active' then
        raise sqlstate 'PT409' using message = 'the subscription is paid for and still runs',
          hint = 'call cancel_subscription(), and subscribe() once it ended; cancel_subscription(false) ends it now';
      elsif v_had.price_minor > 0 and v_plan.price_minor > 0 and v_plan.price_minor <= v_had.price_minor
        and v_plan.currency = v_had.currency and v_plan.billing_interval = v_had.billing_interval
        and (v_current.status <> 'trialing' or v_plan.trial_days > 0)
      then
        -- Not dearer: the time that was paid for, the debt and the cancellation go along.
        v_next := v_current;
        v_next.plan_id := v_plan.id;
        v_next.period_start := private.subscription_moment(v_user);
        if v_current.status = 'trialing' then
          v_next.period_end := least(
            v_current.period_end, v_next.period_start + make_interval(hours => 24 * v_plan.trial_days)
          );
        end if;
        return private.open_subscription(v_current, v_next);
      end if;
      return private.start_subscription(v_user, v_plan, v_current);
    end
    $$`.execute(db);

  await sql`
    create function definer.cancel_subscription(p_at_period_end boolean) returns public.user_subscriptions
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.lock_signed_in_user();
      v_current public.user_subscriptions := private.current_subscription(v_user);
    begin
      if v_current.id is null then
        raise sqlstate 'PT409' using message = 'there is no subscription to cancel';
      elsif not p_at_period_end then
        update public.user_subscriptions s
          set status = 'canceled', period_end = private.subscription_moment(v_user), cancel_at_period_end = false,
            canceled_at = coalesce(s.canceled_at, now())
          where s.id = v_current.id returning s.* into v_current;
      elsif v_current.period_end is null then
        raise sqlstate 'PT409' using message = 'the subscription has no end at which it could be canceled',
          hint = 'cancel_subscription(false) ends it now';
      else
        update public.user_subscriptions s
          set cancel_at_period_end = true, canceled_at = coalesce(s.canceled_at, now())
          where s.id = v_current.id returning s.* into v_current;
      end if;
      return v_current;
    end
    $$`.execute(db);

  await sql`
    create function definer.resume_subscription() returns public.user_subscriptions
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := private.lock_signed_in_user();
      v_current public.user_subscriptions := private.current_subscription(v_user);
    begin
      if v_current.id is null then
        raise sqlstate 'PT409' using message = 'there is no subscription that could go on', hint = 'call subscribe()';
      elsif not v_current.cancel_at_period_end then
        raise sqlstate 'PT409' using message = 'the subscription was not canceled';
      end if;
      update public.user_subscriptions s set cancel_at_period_end = false, canceled_at = null
        where s.id = v_current.id returning s.* into v_current;
      return v_current;
    end
    $$`.execute(db);

  await sql`
    create function public.subscribe(plan_code text) returns public.user_subscriptions language sql set search_path = pg_catalog, pg_temp
      begin atomic select definer.subscribe(plan_code); end`.execute(db);
  await sql`
    create function public.change_plan(plan_code text) returns public.user_subscriptions language sql set search_path = pg_catalog, pg_temp
      begin atomic select definer.change_plan(plan_code); end`.execute(db);
  await sql`
    create function public.cancel_subscription(at_period_end boolean default true) returns public.user_subscriptions
      language sql set search_path = pg_catalog, pg_temp
      begin atomic select definer.cancel_subscription(coalesce(at_period_end, true)); end`.execute(db);
  await sql`
    create function public.resume_subscription() returns public.user_subscriptions language sql set search_path = pg_catalog, pg_temp
      begin atomic select definer.resume_subscription(); end`.execute(db);
  await sql`comment on function public.subscribe(text) is
    'A free plan, or the trial of one that costs. PT402 to be paid; PT404 no such plan; PT409 has one already.'`.execute(
    db,
  );
  await sql`comment on function public.change_plan(text) is
    'To one that is not dearer, to a free one unless paid time runs, to a first trial. PT402, PT404, PT409.'`.execute(
    db,
  );
  await sql`comment on function public.cancel_subscription(boolean) is
    'At the end of the period, or now (false), without what is left. PT409 there is none, or it has no end.'`.execute(
    db,
  );
  await sql`comment on function public.resume_subscription() is
    'Takes back a cancellation while the period runs. PT409 there is none to take back.'`.execute(db);
}

async function createForService(db: Kysely<unknown>): Promise<void> {
  // A payment often arrives just after the period's end, before or after anybody wrote that down: the same row goes on
  // then. One that its user canceled does not.
  await sql`
    create function public.activate_subscription(user_id uuid, plan_code text, period_end timestamptz)
      returns public.user_subscriptions language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := user_id;
      v_until constant timestamptz := period_end;
      v_plan public.subscription_plans;
      v_current public.user_subscriptions;
      v_next public.user_subscriptions;
    begin
      perform private.lock_user(v_user);
      select p.* into v_plan from public.subscription_plans p where p.code = plan_code;
      if not found then
        raise sqlstate 'PT404' using message = 'there is no such plan';
      end if;
      select s.* into v_current from public.user_subscriptions s
        where s.user_id = v_user and s.status in ('trialing', 'active', 'past_due') for update;
      if v_current.cancel_at_period_end or v_current.plan_id <> v_plan.id then
        v_current := private.current_subscription(v_user);
      end if;

      v_next.period_start := private.subscription_moment(v_user);
      if v_until <= v_next.period_start or not isfinite(v_until) then
        raise sqlstate 'PT422' using message = 'period_end is not in the future',
          hint = 'null stands for: until further notice';
      elsif v_current.status = 'active'
        and (coalesce(v_until, 'infinity') < coalesce(v_current.period_end, 'infinity') or v_plan.price_minor = 0)
        and exists (select from public.subscription_plans p where p.id = v_current.plan_id and p.price_minor > 0)
      then
        raise sqlstate 'PT409' using message = 'the subscription is paid for until later than that';
      elsif v_current.cancel_at_period_end and v_current.plan_id = v_plan.id and v_until is null then
        raise sqlstate 'PT409' using message = 'the subscription is canceled at its end, so it needs one';
      end if;

      if v_current.plan_id = v_plan.id then
        update public.user_subscriptions s set status = 'active', period_end = v_until
          where s.id = v_current.id returning s.* into v_current;
        return v_current;
      end if;
      v_next.user_id := v_user;
      v_next.plan_id := v_plan.id;
      v_next.status := 'active';
      v_next.period_end := v_until;
      return private.open_subscription(v_current, v_next);
    end
    $$`.execute(db);
  await sql`comment on function public.activate_subscription(uuid, text, timestamptz) is
    'A payment arrived: starts, renews, or changes the plan. Never shortens paid time (PT409). PT404, PT422.'`.execute(
    db,
  );

  await sql`
    create function public.mark_past_due(user_id uuid, until timestamptz)
      returns public.user_subscriptions language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_user constant uuid := user_id;
      v_current public.user_subscriptions;
    begin
      perform private.lock_user(v_user);
      select s.* into v_current from public.user_subscriptions s
        where s.user_id = v_user and s.status in ('trialing', 'active', 'past_due') for update;
      if v_current.cancel_at_period_end then
        v_current := private.current_subscription(v_user);
      end if;
      if v_current.id is null then
        raise sqlstate 'PT409' using message = 'there is no subscription that could be past due';
      elsif exists (select from public.subscription_plans p where p.id = v_current.plan_id and p.price_minor = 0) then
        raise sqlstate 'PT409' using message = 'nothing is due for a free plan';
      elsif until is null or until <= greatest(now(), v_current.period_start) or not isfinite(until) then
        raise sqlstate 'PT422' using message = 'until is not in the future';
      elsif v_current.status <> 'past_due' and until < v_current.period_end then
        raise sqlstate 'PT409' using message = 'the subscription runs until later than that';
      end if;
      update public.user_subscriptions s set status = 'past_due', period_end = until
        where s.id = v_current.id returning s.* into v_current;
      return v_current;
    end
    $$`.execute(db);
  await sql`comment on function public.mark_past_due(uuid, timestamptz) is
    'A payment failed: past due, with the plan, until then. PT404, PT409, PT422.'`.execute(db);

  // Rows that somebody works on are left to the next run; one that was renewed meanwhile is looked at again and stays.
  await sql`
    create function public.expire_subscriptions(max_rows integer default 1000) returns integer
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_rows integer;
    begin
      with due as (
        select s.id from public.user_subscriptions s
        where s.status in ('trialing', 'active', 'past_due') and s.period_end <= now()
        order by s.period_end limit greatest(max_rows, 0) for update skip locked
      )
      update public.user_subscriptions s
        set status = case when s.cancel_at_period_end then 'canceled' else 'expired' end::public.subscription_state
        from due where due.id = s.id;
      get diagnostics v_rows = row_count;
      return v_rows;
    end
    $$`.execute(db);
  await sql`comment on function public.expire_subscriptions(integer) is
    'Writes down that periods are over, the oldest first; answers how many. To be called often, also twice at once.'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  const dropped = [
    ...forService,
    ...forUsers.map((signature) => `public.${signature}`),
    ...forUsers.map((signature) => `definer.${signature}`),
    ...internal,
  ];
  for (const signature of dropped) await sql`drop function ${sql.raw(signature)}`.execute(db);
  await sql`drop index public.user_subscriptions_due`.execute(db);
}
