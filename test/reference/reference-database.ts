/** The reference application in a database of its own, and people to try it on. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import type { RunOptions } from '../../src/migrate/options.ts';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection, Rows } from '../../src/postgres/connect.ts';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import { applyPlatform } from '../../src/postgres/platform/apply-platform.ts';
import type { DefaultPrivileges } from '../../src/postgres/platform/default-privileges.ts';
import type { VerbContext } from '../../src/postgres/target.ts';
import { bootstrappedTemplate, template } from '../harness/bootstrapped-template.ts';
import type { SharedServer } from '../harness/servers.ts';
import { withSession } from '../harness/sessions.ts';
import type { TestDatabase, TestDatabaseOptions } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { targetOn } from '../migrate/project.ts';
import { sqlstateOf } from '../platform/attempt.ts';

export const folder = fileURLToPath(new URL('../../migrations', import.meta.url));

export const options: RunOptions = {
  folder,
  app: 'default',
  lockTimeoutMs: 3_000,
  statementTimeoutMs: null,
  keepText: false,
  waitMs: 30_000,
  provenance: { actor: null, commit: null, runUrl: null, planHash: null, dbkitVersion: '0.0.0-test' },
};

export interface ReferenceDatabase {
  readonly db: TestDatabase;
  /** As `postgres`. */
  readonly sql: Connection;
  readonly context: VerbContext;
  /** Makes an account as the auth service does, as its role; answers the id. */
  signUp(meta?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Runs one statement as an actor and rolls it back. */
  as(actor: Actor | string, statement: string, values?: readonly unknown[]): Promise<Rows<Record<string, unknown>>>;
  /** SQLSTATE of the refusal, or how many rows it touched. */
  outcome(actor: Actor | string, statement: string, values?: readonly unknown[]): Promise<string | number>;
}

/** Migrated up to and including `to` (`zero`: not at all), or to the last: that is a clone of a database migrated once. */
export async function referenceDatabase(
  given: TestDatabaseOptions & { readonly to?: string } = {},
): Promise<ReferenceDatabase> {
  const { to, ...database } = given;
  const db = await testDatabase({
    platform: 'supabase',
    ...(to === undefined && { from: migratedTemplate }),
    ...database,
  });
  const context = contextOn(db.settings, given.platform === 'postgres' ? null : db.adminSettings);
  if (to !== undefined && to !== 'zero') await migrateTo({ ...options, name: to }, context);
  const sql = await db.connect();
  const admin = await db.connectAsAdmin();
  const as: ReferenceDatabase['as'] = (actor, statement, values = []) =>
    withActor(sql, { ...toActor(actor), end: 'rollback' }, (session) => session.query(statement, values));
  return {
    db,
    sql,
    context,
    as,
    signUp: (meta = {}) => signUp(admin, meta),
    async outcome(actor, statement, values) {
      try {
        return (await as(actor, statement, values)).rowCount;
      } catch (error) {
        return sqlstateOf(error);
      }
    },
  };
}

function contextOn(settings: ConnectionSettings, adminSettings: ConnectionSettings | null): VerbContext {
  return {
    db: {
      ...targetOn(settings, { platform: 'supabase' }),
      // As on Supabase, the runner may manage the policies of storage.objects.
      ...(adminSettings !== null && { adminSettings }),
    },
    signal: new AbortController().signal,
    onEvent: () => {},
    now: () => new Date('2026-01-02T03:04:05Z'),
  };
}

async function migratedTemplate(server: SharedServer, defaultPrivileges: DefaultPrivileges): Promise<string> {
  const bootstrapped = await bootstrappedTemplate(server, defaultPrivileges);
  return template(server, `template_reference_${defaultPrivileges}`, bootstrapped, async (database) => {
    const adminSettings = { ...server.adminSettings, database };
    await withSession(adminSettings, (admin) => applyPlatform(admin, { platform: 'supabase' }));
    await migrateUp(options, contextOn({ ...server.settings, database }, adminSettings));
  });
}

/** A user's id stands for that user. */
function toActor(actor: Actor | string): Actor {
  if (typeof actor !== 'string') return actor;
  if (['anon', 'authenticated', 'service_role'].includes(actor)) return { role: actor };
  return { role: 'authenticated', claims: { sub: actor, aud: 'authenticated', is_anonymous: false } };
}

async function signUp(admin: Connection, meta: Readonly<Record<string, unknown>>): Promise<string> {
  const id = randomUUID();
  await admin.run('begin; set local role supabase_auth_admin; set local search_path = auth');
  try {
    await admin.query(
      `insert into auth.users (instance_id, id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
      values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2, '{"provider": "email"}', $3, now(), now())`,
      [id, `${id}@example.test`, JSON.stringify(meta)],
    );
    await admin.run('commit');
  } catch (error) {
    await admin.run('rollback');
    throw error;
  }
  return id;
}

/** A plan and a subscription to it in place of the free one, written as the service does; answers their ids. */
export async function subscribe(
  sql: Connection,
  userId: string,
  given: { readonly planCode?: string; readonly status?: string; readonly periodEnd?: string | null } = {},
): Promise<{ readonly planId: string; readonly subscriptionId: string }> {
  const { planCode = `plan_${randomUUID().replaceAll('-', '')}`, status = 'active', periodEnd = null } = given;
  const plan = await sql.query<{ id: string }>(
    `insert into public.subscription_plans (code, name, price_minor, currency, billing_interval, features)
    values ($1, 'Pro', 990, 'EUR', 'month', '{"export": true, "seats": 5}') returning id`,
    [planCode],
  );
  const planId = plan.rows[0]?.id ?? '';
  await withoutFreeSubscription(sql, userId);
  const subscription = await sql.query<{ id: string }>(
    `insert into public.user_subscriptions (user_id, plan_id, status, period_start, period_end)
    values ($1, $2, $3, now() - interval '10 days', now() + $4::interval) returning id`,
    [userId, planId, status, periodEnd],
  );
  return { planId, subscriptionId: subscription.rows[0]?.id ?? '' };
}

/** As if the sign-up had given none. */
export async function withoutFreeSubscription(sql: Connection, userId: string): Promise<void> {
  await sql.query(
    `delete from public.user_subscriptions s using public.subscription_plans p
    where p.id = s.plan_id and p.code = 'free' and s.user_id = $1`,
    [userId],
  );
}
