/** Who subscribed to which plan and when: one current subscription for each user, and the history behind it. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'every row of public.user_subscriptions' };

const broughtExtension = 'Needs btree_gist, which the migration brought along.';
const foundExtension = 'Needs btree_gist, which was there before the migration.';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql`select from pg_catalog.pg_extension where extname = 'btree_gist'`.execute(db);
  const missing = rows.length === 0;
  if (missing) await sql`create extension btree_gist with schema extensions`.execute(db);

  await sql`
    create type public.subscription_state as enum ('trialing', 'active', 'past_due', 'canceled', 'expired')`.execute(
    db,
  );
  await db.schema
    .createTable('public.user_subscriptions')
    .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn('user_id', 'uuid', (column) => column.notNull())
    .addColumn('plan_id', 'uuid', (column) => column.notNull())
    .addColumn('status', sql`public.subscription_state`, (column) => column.notNull())
    .addColumn('period_start', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('period_end', 'timestamptz')
    .addColumn('cancel_at_period_end', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('canceled_at', 'timestamptz')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    // The history is the user's: it goes with them. Invoices are kept by whoever takes the payments.
    .addForeignKeyConstraint('user_subscriptions_user_id_fkey', ['user_id'], 'public.users', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    // A plan that anyone ever had can not be deleted, only taken from sale.
    .addForeignKeyConstraint(
      'user_subscriptions_plan_id_fkey',
      ['plan_id'],
      'public.subscription_plans',
      ['id'],
      (key) => key.onDelete('restrict'),
    )
    .addCheckConstraint(
      'user_subscriptions_period_order',
      sql`period_end >= period_start and isfinite(period_start) and isfinite(period_end)`,
    )
    .addCheckConstraint(
      'user_subscriptions_ended_has_an_end',
      sql`status not in ('canceled', 'expired') or period_end is not null`,
    )
    .addCheckConstraint(
      'user_subscriptions_cancellation_has_an_end',
      sql`not cancel_at_period_end or period_end is not null`,
    )
    .addCheckConstraint(
      'user_subscriptions_cancellation_has_a_date',
      sql`(status = 'canceled' or cancel_at_period_end) = (canceled_at is not null)`,
    )
    .execute();
  await sql`comment on table public.user_subscriptions is
    'Each stretch of time in which a user had a plan. Written by the service; users read their own.'`.execute(db);
  await sql`comment on column public.user_subscriptions.period_end is
    'Until when it is paid or granted, not included; null: until further notice.'`.execute(db);
  await sql`
    alter table public.user_subscriptions add constraint user_subscriptions_periods_never_overlap
      exclude using gist (user_id with =, tstzrange(period_start, period_end) with &&)`.execute(db);
  await sql`comment on constraint user_subscriptions_periods_never_overlap on public.user_subscriptions is ${sql.lit(
    missing ? broughtExtension : foundExtension,
  )}`.execute(db);
  await sql`
    create unique index user_subscriptions_one_current on public.user_subscriptions (user_id)
      where status in ('trialing', 'active', 'past_due')`.execute(db);
  await sql`create index user_subscriptions_history on public.user_subscriptions (user_id, period_start desc)`.execute(
    db,
  );
  await sql`create index user_subscriptions_plan on public.user_subscriptions (plan_id)`.execute(db);
  await sql`
    create trigger touch_updated_at before update on public.user_subscriptions
      for each row when (old.* is distinct from new.*) execute function private.touch_updated_at()`.execute(db);

  await sql`alter table public.user_subscriptions enable row level security`.execute(db);
  await sql`revoke all on table public.user_subscriptions from public, anon, authenticated, service_role`.execute(db);
  // No client writes here: plan, status and period are what people pay for.
  await sql`grant select on table public.user_subscriptions to authenticated`.execute(db);
  await sql`grant select, insert, update, delete on table public.user_subscriptions to service_role`.execute(db);
  await sql`
    create policy user_subscriptions_select_own on public.user_subscriptions for select to authenticated
      using (user_id = (select auth.uid()))`.execute(db);
  // Whoever has, or had, a plan that is no longer sold still sees what it is.
  await sql`
    alter policy subscription_plans_select_visible on public.subscription_plans
      using (
        active
        or id in (select s.plan_id from public.user_subscriptions s where s.user_id = (select auth.uid()))
      )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ brought: boolean }>`
    select pg_catalog.obj_description(oid, 'pg_constraint') = ${broughtExtension} as brought
    from pg_catalog.pg_constraint
    where conrelid = 'public.user_subscriptions'::regclass and conname = 'user_subscriptions_periods_never_overlap'`.execute(
    db,
  );
  await sql`alter policy subscription_plans_select_visible on public.subscription_plans using (active)`.execute(db);
  await db.schema.dropTable('public.user_subscriptions').execute();
  await sql`drop type public.subscription_state`.execute(db);
  if (rows[0]?.brought === true) await sql`drop extension btree_gist`.execute(db);
}
