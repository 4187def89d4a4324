/** How long a catalog takes to read and to fingerprint, beside a query as linters ask it and pg_dump of the same database. */
import { spawn } from 'node:child_process';
import { fingerprint } from '../src/catalog/fingerprint.ts';
import { readCatalog } from '../src/catalog/read.ts';
import type { Connection } from '../src/postgres/connect.ts';
import type { ConnectionSettings } from '../src/postgres/connection-settings.ts';
import { findPgDump } from '../src/postgres/pg-dump.ts';
import { openScratch } from '../src/postgres/scratch.ts';
import type { Timing } from './time.ts';
import { printTable } from './time.ts';

const sizes = [100, 1_000, 5_000] as const;
const major = 18;

export async function benchCatalog(rounds: number): Promise<void> {
  for (const tables of sizes) {
    const { target } = await openScratch({
      projectRoot: import.meta.dirname,
      major,
      platform: 'postgres',
      environment: {},
      dbkitVersion: '0.0.0-bench',
      onEvent: () => {},
      signal: new AbortController().signal,
    });
    try {
      const sql = await target.connect('dbkit bench');
      await fill(sql, tables);
      const title = `${tables} tables, ${tables * 4} policies, ${tables * 4} indexes; ratio to the linter's query`;
      printTable(title, await measure(sql, target.settings, rounds));
    } finally {
      await target.close();
    }
  }
}

async function measure(sql: Connection, settings: ConnectionSettings, rounds: number): Promise<readonly Timing[]> {
  const dump = await findPgDump(major, process.env).catch(() => null);
  if (dump === null) process.stdout.write(`no pg_dump ${major} is here: set DBKIT_PG_BIN to have it in the table\n`);
  const works: Readonly<Record<string, () => Promise<unknown>>> = {
    'a query as linters ask it': () => sql.query(lint),
    'dbkit: read': () => readCatalog(sql),
    'dbkit: read and fingerprint': async () => fingerprint(await readCatalog(sql)),
    ...(dump !== null && { 'pg_dump --schema-only': () => schemaDump(dump.path, settings) }),
  };
  const timings = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(works)) {
      const start = performance.now();
      await work();
      if (round >= 0) timings.get(name)?.push(performance.now() - start);
    }
  }
  return [...timings].map(([name, ms]) => ({ name, ms }));
}

async function schemaDump(file: string, { host, port, user, password, database }: ConnectionSettings): Promise<void> {
  const child = spawn(file, ['-s', '-h', host, '-p', String(port), '-U', user, '-d', database], {
    env: { ...process.env, ...(typeof password === 'string' && { PGPASSWORD: password }) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const status = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (status !== 0) throw new Error(`pg_dump ended with ${status}`);
}

/** Tables as an application has them: keys, checks, indexes, policies, grants, a trigger, comments. */
async function fill(sql: Connection, tables: number): Promise<void> {
  await sql.run(`create role bench_reader; create role bench_writer; create schema bench;
    create function bench.uid() returns uuid language sql stable as $$select null::uuid$$;
    create function bench.touch() returns trigger language plpgsql as $$begin new.updated_at = now(); return new; end$$`);
  for (let from = 0; from < tables; from += 100) {
    const some = Array.from({ length: Math.min(100, tables - from) }, (_, at) => table(from + at));
    await sql.run(`begin; ${some.join('\n')} commit`);
  }
  await sql.run('vacuum analyze');
}

function table(number: number): string {
  const name = `bench.orders_${number}`;
  const own = 'owner_id = (select bench.uid())';
  return `
create table ${name} (id uuid primary key default gen_random_uuid(), owner_id uuid not null,
  parent_id uuid references ${name}, code text not null unique,
  status text not null default 'new' check (status in ('new', 'paid', 'sent')),
  total numeric(12, 2) not null check (total >= 0), note varchar(200), created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(), data jsonb);
create index on ${name} (owner_id);
create index on ${name} (created_at) where status = 'new';
alter table ${name} enable row level security;
create policy own_select on ${name} for select to bench_reader using (${own});
create policy own_insert on ${name} for insert to bench_writer with check (${own});
create policy own_update on ${name} for update to bench_writer using (${own}) with check (${own} and status <> 'sent');
create policy own_delete on ${name} for delete to bench_writer using (${own} and status = 'new');
grant select on ${name} to bench_reader;
grant select, insert, update, delete on ${name} to bench_writer;
create trigger touch before update on ${name} for each row execute function bench.touch();
comment on table ${name} is 'Orders ${number}';`;
}

/** Several permissive policies of one role and command on a table; foreign keys without an index; deparsed policies. */
const lint = `
with policies as (
  select c.oid, n.nspname, c.relname, p.polname, r.rolname, act.cmd, pg_catalog.pg_get_expr(p.polqual, p.polrelid) as qual,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as with_check
  from pg_catalog.pg_policy p
  join pg_catalog.pg_class c on c.oid = p.polrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_roles r on p.polroles @> array[r.oid] or p.polroles = array[0::oid]
  cross join lateral (select pg_catalog.unnest(case p.polcmd when 'r' then array['SELECT'] when 'a' then array['INSERT']
    when 'w' then array['UPDATE'] when 'd' then array['DELETE'] else array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] end)) act(cmd)
  where p.polpermissive and r.rolname not like 'pg\\_%' and not r.rolbypassrls
)
select nspname, relname, rolname, cmd, pg_catalog.array_agg(polname order by polname) as policies, null::text as fault
from policies group by nspname, relname, rolname, cmd having pg_catalog.count(*) > 1
union all
select nspname, relname, rolname, cmd, array[polname], 'called for each row' from policies
where (qual ~ '(auth|bench)\\.(uid|jwt|role)\\(\\)' and lower(qual) !~ 'select\\s+(auth|bench)\\.(uid|jwt|role)\\(\\)')
  or (with_check ~ '(auth|bench)\\.(uid|jwt|role)\\(\\)' and lower(with_check) !~ 'select\\s+(auth|bench)\\.(uid|jwt|role)\\(\\)')
union all
select n.nspname, c.relname, null, null, array[k.conname], 'foreign key without an index'
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f' and not exists (select from pg_catalog.pg_index i
  where i.indrelid = k.conrelid and (i.indkey::int2[])[0:pg_catalog.cardinality(k.conkey) - 1] = k.conkey)`;
