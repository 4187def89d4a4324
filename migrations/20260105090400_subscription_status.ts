/** The one place that says what a user has now: which plan, until when, and what it unlocks. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // security_invoker: whoever asks sees through it what the policies of the tables show them, and nothing else.
  await sql`
    create view public.subscription_status with (security_invoker = true) as
    select
      u.id as user_id,
      s.id as subscription_id,
      p.code as plan_code,
      p.name as plan_name,
      now_is.status,
      s.period_start,
      s.period_end,
      s.cancel_at_period_end,
      case
        when s.period_end is null then null
        else greatest(0, ceil(extract(epoch from s.period_end - now()) / 86400))::integer
      end as days_left,
      entitlement.entitled,
      case when entitlement.entitled then p.features else '{}'::jsonb end as features
    from public.users u
    left join lateral (
      select * from public.user_subscriptions
      where user_id = u.id and period_start <= now()
      order by period_start desc, period_end desc nulls first
      limit 1
    ) s on true
    left join public.subscription_plans p on p.id = s.plan_id
    cross join lateral (
      select case
        when s.status in ('canceled', 'expired') or s.period_end is null or s.period_end > now() then s.status
        when s.cancel_at_period_end then 'canceled'
        else 'expired'
      end as status
    ) now_is
    cross join lateral (
      select coalesce(now_is.status in ('trialing', 'active', 'past_due'), false) and u.suspended_at is null as entitled
    ) entitlement`.execute(db);
  await sql`comment on view public.subscription_status is
    'One row for each user: the subscription as it is at this moment, also before anyone wrote down that it ended.'`.execute(
    db,
  );
  await sql`revoke all on table public.subscription_status from public, anon, authenticated, service_role`.execute(db);
  await sql`grant select on table public.subscription_status to authenticated, service_role`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop view public.subscription_status`.execute(db);
}
