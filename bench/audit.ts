/**
 * What the audit trail costs a write: the trigger of the reference application, beside a statement trigger that writes the
 * same rows from transition tables, one that keeps old and new row without hashes, and none.
 */
import { migrateUp } from '../src/migrate/migrate.ts';
import type { Connection } from '../src/postgres/connect.ts';
import { openScratch } from '../src/postgres/scratch.ts';
import type { Timing } from './time.ts';
import { printTable } from './time.ts';

const designs = ['none', 'row', 'statement', 'plain'] as const;
type Design = (typeof designs)[number];
const names: Readonly<Record<Design, string>> = {
  none: 'no trigger',
  row: 'row trigger (chosen)',
  statement: 'statement trigger, transition tables',
  plain: 'row trigger, old and new row, no hashes',
};

const user = '6f1f3a4e-31a5-4a52-9a3d-0e2d6c6a1b11';
/** As long as those that Supabase's auth service signs. */
const claims = JSON.stringify({
  ...{
    iss: 'https://abcdefghijklmnopqrst.supabase.co/auth/v1',
    sub: user,
    aud: 'authenticated',
    role: 'authenticated',
  },
  ...{ email: 'ada@example.test', phone: '', app_metadata: { provider: 'email', providers: ['email'] } },
  ...{
    user_metadata: { email: 'ada@example.test', email_verified: true, sub: user },
    aal: 'aal1',
    is_anonymous: false,
  },
  ...{
    amr: [{ method: 'password', timestamp: 1_767_322_800 }],
    session_id: user,
    iat: 1_767_322_800,
    exp: 1_767_326_400,
  },
});

const columns = ['id', 'user_id', 'plan_id', 'status', 'period_start', 'period_end', 'canceling', 'canceled_at'];
const change = `set status = case status when 'active' then 'past_due' else 'active' end, updated_at = now()`;
const row = `gen_random_uuid(), '${user}', gen_random_uuid(), 'active', now(), false`;
const into = (design: Design) =>
  `insert into public.bench_${design} (id, user_id, plan_id, status, period_start, canceling)`;

/** By a user, whose token is looked at for each row; by the service in bulk, whose token says next to nothing. */
const works: readonly (readonly [string, string, (design: Design) => string])[] = [
  ['10,000 inserts in one statement, by the service', '{"role":"service_role"}', bulkInsert],
  ['10,000 updates in one statement, by the service', '{"role":"service_role"}', bulkUpdate],
  ['2,000 updates, a statement each, in one transaction, by a user', claims, updatesOneByOne],
  ['2,000 inserts, a statement each, in one transaction, by a user', claims, insertsOneByOne],
];
const overTheWire = '500 updates, a transaction and a round trip each, by a user';

export async function benchAudit(rounds: number): Promise<void> {
  const { target } = await openScratch({
    projectRoot: import.meta.dirname,
    major: 18,
    platform: 'supabase',
    environment: {},
    dbkitVersion: '0.0.0-bench',
    onEvent: () => {},
    signal: new AbortController().signal,
  });
  try {
    await migrate(target);
    const sql = await target.connect('dbkit bench');
    await prepare(sql);
    const timings = new Map<string, Map<string, number[]>>();
    for (let round = -1; round < rounds; round += 1) {
      await empty(sql);
      for (const [title, by, statement] of works) {
        await sql.query(`select set_config('request.jwt.claims', $1, false)`, [by]);
        for (const design of designs) {
          keep(timings, title, design, round, await time(() => sql.run(statement(design))));
        }
      }
      for (const design of designs) {
        keep(timings, overTheWire, design, round, await time(await updatesOverTheWire(sql, design)));
      }
      await compareTrails(sql);
    }
    for (const [title, byName] of timings) {
      printTable(
        title,
        [...byName].map(([name, ms]): Timing => ({ name, ms })),
      );
    }
  } finally {
    await target.close();
  }
}

async function migrate(db: Parameters<typeof migrateUp>[1]['db']): Promise<void> {
  const provenance = { actor: null, commit: null, runUrl: null, planHash: null, dbkitVersion: '0.0.0-bench' };
  const folder = new URL('../migrations', import.meta.url).pathname;
  const limits = { lockTimeoutMs: 3_000, statementTimeoutMs: null, keepText: false, waitMs: 30_000 };
  const context = { db, signal: new AbortController().signal, onEvent: () => {}, now: () => new Date() };
  await migrateUp({ folder, app: 'default', provenance, ...limits }, context);
}

async function prepare(sql: Connection): Promise<void> {
  for (const design of designs) {
    await sql.run(`create table public.bench_${design} (id uuid primary key, user_id uuid not null, plan_id uuid not null,
      status text not null, period_start timestamptz not null, period_end timestamptz, canceling boolean not null,
      canceled_at timestamptz, updated_at timestamptz not null default now())`);
  }
  await sql.run(`select private.audit_table('public.bench_row', '{id}', 'user_id', p_ignored => '{updated_at}')`);
  await sql.run(statementTriggers());
  await sql.run(plainTrigger);
  // Each round begins with an empty log. The disk is left out: it would hide what is measured.
  await sql.run(`drop trigger refuse_truncate on public.audit_logs; drop trigger refuse_truncate on public.audit_log_values;
    drop trigger refuse_truncate on private.audit_logs_default; drop trigger refuse_truncate on private.audit_log_values_default;
    alter table public.bench_row disable trigger audit_truncate; set synchronous_commit = off`);
}

async function empty(sql: Connection): Promise<void> {
  await sql.run(
    `truncate public.audit_logs, public.audit_log_values, ${designs.map((design) => `public.bench_${design}`)}`,
  );
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function keep(
  timings: Map<string, Map<string, number[]>>,
  title: string,
  design: Design,
  round: number,
  ms: number,
): void {
  if (round < 0) return;
  const byName = timings.get(title) ?? new Map<string, number[]>();
  timings.set(title, byName);
  byName.set(names[design], [...(byName.get(names[design]) ?? []), ms]);
}

function bulkInsert(design: Design): string {
  return `${into(design)} select ${row} from generate_series(1, 10000)`;
}

function bulkUpdate(design: Design): string {
  return `update public.bench_${design} ${change}`;
}

function insertsOneByOne(design: Design): string {
  return `do $$ begin for i in 1..2000 loop ${into(design)} values (${row}); end loop; end $$`;
}

function updatesOneByOne(design: Design): string {
  return `do $$ declare v_id uuid; begin
    for v_id in select id from public.bench_${design} limit 2000 loop
      update public.bench_${design} ${change} where id = v_id;
    end loop; end $$`;
}

async function updatesOverTheWire(sql: Connection, design: Design): Promise<() => Promise<void>> {
  const { rows } = await sql.query<{ id: string }>(`select id from public.bench_${design} limit 500`);
  return async () => {
    for (const { id } of rows) {
      await sql.query(`update public.bench_${design} ${change} where id = $1`, [id], `bench_${design}`);
    }
  };
}

/** The two that are compared must have written the same: as many rows, about the same columns. */
async function compareTrails(sql: Connection): Promise<void> {
  const { rows } = await sql.query<{ same: boolean }>(
    `select count(distinct (counted, columns)) = 1 as same from (
      select table_name, count(*) as counted, sum(cardinality(changed_columns)) as columns
      from public.audit_logs join public.audit_log_values v on v.log_id = id
      where table_name <> 'public.bench_plain' group by 1) trails`,
  );
  if (rows[0]?.same !== true) throw new Error('the designs did not write the same trail');
}

function statementTriggers(): string {
  return (['insert', 'update'] as const).map((action) => statementTrigger(action)).join(';\n');
}

function statementTrigger(action: 'insert' | 'update'): string {
  const hasOld = action === 'update';
  const from = hasOld ? 'old_rows o join new_rows n on n.id = o.id' : 'new_rows n';
  const referencing = `${hasOld ? 'old table as old_rows' : ''} new table as new_rows`;
  const ifOld = (text: string) => (hasOld ? text : 'null');
  const differs = (name: string) =>
    hasOld ? `record_image_ne(row(o.${name}), row(n.${name}))` : `n.${name} is not null`;
  const values = columns
    .map((name) => `('${name}', ${ifOld(`to_jsonb(o.${name})`)}, to_jsonb(n.${name}), ${differs(name)})`)
    .join(', ');
  const hash = (salt: string, value: string) =>
    `encode(sha256(convert_to(${salt} || coalesce(${value}, 'null')::text, 'UTF8')), 'hex')`;
  return `
create function private.bench_${action}() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
begin
  with changes as materialized (
    select nextval('private.audit_log_ids') as id, n.id as key, n.user_id as subject, c.*
    from ${from} cross join lateral (
      select array_agg(d.name) as changed,
        ${ifOld(`jsonb_object_agg(d.name, coalesce(d.before, 'null'))`)}::jsonb as before,
        jsonb_object_agg(d.name, coalesce(d.after, 'null'))::jsonb as after,
        ${ifOld('jsonb_object_agg(d.name, d.old_salt)')}::jsonb as old_salts,
        jsonb_object_agg(d.name, d.new_salt)::jsonb as new_salts,
        ${ifOld(`jsonb_object_agg(d.name, ${hash('d.old_salt', 'd.before')})`)}::jsonb as old_hashes,
        jsonb_object_agg(d.name, ${hash('d.new_salt', 'd.after')})::jsonb as new_hashes
      from (
        select v.name, v.before, v.after, ${ifOld('gen_random_uuid()')}::text as old_salt, gen_random_uuid()::text as new_salt
        from (values ${values}) v(name, before, after, differs) where v.differs offset 0
      ) d
    ) c where c.changed is not null
  ), logs as (
    insert into public.audit_logs (id, actor_id, actor_role, session_id, table_name, row_key, subject_id, action,
        changed_columns, old_hashes, new_hashes)
      select id, (v_claims ->> 'sub')::uuid, current_setting('role'), (v_claims ->> 'session_id')::uuid,
        'public.bench_statement', jsonb_build_object('id', key), subject, '${action}', changed, old_hashes, new_hashes
      from changes
  )
  insert into public.audit_log_values
    select id, now(), subject, before, after, old_salts, new_salts from changes;
  return null;
end $$;
create trigger audit_${action} after ${action} on public.bench_statement referencing ${referencing}
  for each statement execute function private.bench_${action}()`;
}

const plainTrigger = `
create function private.bench_plain() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  with log as (
    insert into public.audit_logs (actor_role, table_name, row_key, subject_id, action, changed_columns)
      values (current_setting('role'), 'public.bench_plain', jsonb_build_object('id', coalesce(old.id, new.id)),
        coalesce(old.user_id, new.user_id), lower(tg_op)::public.audit_action, '{}')
      returning id, occurred_at, subject_id
  )
  insert into public.audit_log_values (log_id, occurred_at, subject_id, old_values, new_values)
    select id, occurred_at, subject_id, case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end
    from log;
  return null;
end $$;
create trigger audit_plain after insert or update or delete on public.bench_plain
  for each row execute function private.bench_plain()`;
