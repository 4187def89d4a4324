/** What can be subscribed to, at which price, and what it unlocks. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'every row of public.subscription_plans' };

/** ISO 4217 as of 2026: the currencies of countries, without funds, metals and test codes. */
const currencies = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
  CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR
  IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
  MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
  SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV
  WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`
  .trim()
  .split(/\s+/);

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create type public.billing_interval as enum ('month', 'year')`.execute(db);
  await db.schema
    .createTable('public.subscription_plans')
    .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('price_minor', 'bigint', (column) => column.notNull())
    .addColumn('currency', 'text', (column) => column.notNull())
    .addColumn('billing_interval', sql`public.billing_interval`, (column) => column.notNull())
    .addColumn('features', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'::jsonb`))
    .addColumn('active', 'boolean', (column) => column.notNull().defaultTo(true))
    .addColumn('sort_order', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint('subscription_plans_code_key', ['code'])
    .addCheckConstraint('subscription_plans_code_shape', sql`code ~ '^[a-z][a-z0-9_]{0,49}$'`)
    .addCheckConstraint('subscription_plans_name_length', sql`char_length(btrim(name)) between 1 and 80`)
    .addCheckConstraint('subscription_plans_price_not_negative', sql`price_minor >= 0`)
    .addCheckConstraint('subscription_plans_currency_iso_4217', sql`currency in (${sql.join(currencies.map(sql.lit))})`)
    // { "export": true, "seats": 25 }: switches and limits. Strict paths, as lax ones look into arrays by themselves.
    .addCheckConstraint(
      'subscription_plans_features_shape',
      sql`jsonb_typeof(features) = 'object'
        and not jsonb_path_exists(features, 'strict $.keyvalue() ? (!(@.key like_regex "^[a-z][a-z0-9_]{0,49}$"))', '{}', true)
        and not jsonb_path_exists(features, 'strict $.* ? (@.type() != "boolean" && @.type() != "number")', '{}', true)
        and not jsonb_path_exists(features, 'strict $.* ? (@.type() == "number" && (@ < 0 || @ != @.floor()))', '{}', true)`,
    )
    .execute();
  await sql`comment on table public.subscription_plans is
    'What can be subscribed to. A plan that is no longer sold becomes inactive; it is not deleted while anyone had it.'`.execute(
    db,
  );
  await sql`comment on column public.subscription_plans.price_minor is
    'Price of one billing interval in the minor unit of the currency: 990 is 9.90 EUR, 990 JPY, 0.990 KWD.'`.execute(
    db,
  );
  await sql`comment on column public.subscription_plans.features is
    'Name of a feature to a switch (true, false) or a limit (a whole number from 0).'`.execute(db);
  await sql`
    create trigger touch_updated_at before update on public.subscription_plans
      for each row when (old.* is distinct from new.*) execute function private.touch_updated_at()`.execute(db);

  await sql`alter table public.subscription_plans enable row level security`.execute(db);
  await sql`revoke all on table public.subscription_plans from public, anon, authenticated, service_role`.execute(db);
  await sql`grant select on table public.subscription_plans to anon, authenticated`.execute(db);
  await sql`grant select, insert, update, delete on table public.subscription_plans to service_role`.execute(db);
  await sql`
    create policy subscription_plans_select_active on public.subscription_plans for select to anon
      using (active)`.execute(db);
  await sql`
    create policy subscription_plans_select_visible on public.subscription_plans for select to authenticated
      using (active)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('public.subscription_plans').execute();
  await sql`drop type public.billing_interval`.execute(db);
}
