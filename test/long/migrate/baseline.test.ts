/** `migrate baseline` without a file: what it writes makes the same database anew. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Platform, PostgresMajor } from '../../../src/config/schema.ts';
import { baselineMigrations } from '../../../src/migrate/baseline.ts';
import { migrateDown, migrateUp } from '../../../src/migrate/migrate.ts';
import { migrationStatus } from '../../../src/migrate/status.ts';
import { findPgDump } from '../../../src/postgres/pg-dump.ts';
import { openScratch } from '../../../src/postgres/scratch.ts';
import type { VerbContext } from '../../../src/postgres/target.ts';
import { allMajors, projectWithMajors } from '../../harness/majors.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { failureOf, tablePair } from '../../migrate/project.ts';
import { readCatalog } from '../../reference/catalog-snapshot.ts';
import { options as referenceOptions } from '../../reference/reference-database.ts';

const environment = { PATH: process.env.PATH, DBKIT_PG_BIN: process.env.DBKIT_PG_BIN };
const major = await newestToDump();
const projectRoot = projectWithMajors(major === null ? [] : [major]);
const now = new Date('2026-01-02T03:04:05Z');

/** The newest that this machine's pg_dump can dump; null without a pg_dump, and in CI that is a failure. */
async function newestToDump(): Promise<PostgresMajor | null> {
  for (const one of [...allMajors].reverse()) {
    if ((await findPgDump(one, environment).catch(() => null)) !== null) return one;
  }
  if (process.env.CI !== undefined) throw new Error('pg_dump is not installed: apt-get install postgresql-client');
  return null;
}

async function database(platform: Platform) {
  const signal = new AbortController().signal;
  const { target } = await openScratch({
    projectRoot,
    major: major ?? 18,
    platform,
    environment: {},
    dbkitVersion: '0.0.0-test',
    onEvent: () => {},
    signal,
  });
  onTestFinished(() => target.close());
  const sql = await target.connect('dbkit test');
  const context: VerbContext = { db: target, signal, onEvent: () => {}, now: () => now };
  return { sql, context, catalog: async () => withoutParentheses(await readCatalog(sql)) };
}

/** PostgreSQL leaves out those around `between` once it has read its own text of it again. */
function withoutParentheses(catalog: readonly string[]): readonly string[] {
  return catalog.map((line) => line.replace(/[()]/g, ''));
}

const clinic = `
  create schema clinic;
  create extension pg_trgm with schema clinic;
  create extension btree_gist;
  create domain clinic.email as text check (value like '%@%');
  create type clinic.status as enum ('booked', 'seen', 'it''s off');
  create type clinic.room as (floor int, door text);
  create sequence clinic.ticket increment by 5 start 100;
  create function clinic.touch() returns trigger language plpgsql as $body$
  begin
    -- a semicolon; and 'quotes'
    new.touched := now();
    return new;
  end $body$;
  create function clinic.is_own(patient_name text) returns boolean language sql stable
    begin atomic select patient_name = current_user; select patient_name like 'a;b%'; end;
  create table clinic.patients (
    id bigint generated always as identity primary key,
    name text not null default E'Ann; O\\'Hara' collate "C",
    email clinic.email,
    lower_name text generated always as (lower(name)) stored,
    at clinic.room,
    touched timestamptz
  );
  create table public."Odd ""name"" größe" (id int references clinic.patients on delete cascade deferrable initially deferred);
  create table clinic.visits (id int default nextval('clinic.ticket'), on_day date not null, status clinic.status)
    partition by range (on_day);
  create table clinic.beds (id int, during tstzrange, exclude using gist (id with =, during with &&));
  create table clinic.visits_2026 partition of clinic.visits for values from ('2026-01-01') to ('2027-01-01');
  create index visits_open on clinic.visits (on_day) where status = 'booked';
  create index by_name on clinic.patients using gin (name clinic.gin_trgm_ops);
  create trigger touch before update on clinic.patients for each row when (old.name is distinct from new.name)
    execute function clinic.touch();
  alter table clinic.patients enable row level security, force row level security;
  create policy own on clinic.patients as restrictive for select to public using (clinic.is_own(name));
  create view clinic.names with (security_invoker = true) as select id, name from clinic.patients;
  create materialized view clinic.busy as select on_day, count(*) from clinic.visits group by 1 with no data;
  create rule no_delete as on delete to public."Odd ""name"" größe" do instead nothing;
  create statistics clinic.together on id, on_day from clinic.visits;
  create publication changes for table clinic.patients;
  comment on table clinic.patients is 'people; who are ill';
  comment on column clinic.patients.name is E'two\\nlines';
  grant create on schema public to public;
  grant usage on schema clinic to public;
  grant select (id, name) on clinic.patients to public;
  grant select on clinic.names to pg_monitor with grant option;
  revoke execute on function clinic.is_own from public;
  alter default privileges in schema clinic grant select on tables to pg_monitor;
  alter table clinic.patients alter column name set statistics 500, alter column name set storage external;
  alter table clinic.patients cluster on patients_pkey;
`;

/** What a project of Supabase adds to the tables of the platform, and grants that its default privileges know nothing of. */
const onSupabase = `
  create policy own_files on storage.objects for select to authenticated using (owner_id = (select auth.uid())::text);
  alter publication supabase_realtime add table public.profiles;
  create function public.hello() returns text language sql return 'hello';
  create table public.closed (id bigserial);
  revoke all on public.closed from anon, authenticated, service_role;
  revoke all on sequence public.closed_id_seq from anon, authenticated, service_role;
`;

type Database = Awaited<ReturnType<typeof database>>;

test.skipIf(major === null).for<[string, Platform, (present: Database) => Promise<void>]>([
  ['one with objects of all kinds', 'postgres', ({ sql }) => sql.run(clinic).then(() => {})],
  [
    'the reference application on Supabase',
    'supabase',
    async ({ context }) => {
      await migrateUp({ ...referenceOptions, app: 'reference' }, context);
      const folder = temporaryFolder('additions');
      await writeFile(join(folder, '01_additions.up.sql'), onSupabase);
      await writeFile(join(folder, '01_additions.down.sql'), 'select 1');
      await migrateUp({ ...referenceOptions, app: 'additions', folder }, context);
    },
  ],
])('the baseline of a database makes another like it, and can not be undone: %s', async ([, platform, fill]) => {
  const present = await database(platform);
  await fill(present);
  const catalog = await present.catalog();
  const options = { ...referenceOptions, folder: temporaryFolder('baseline') };
  const { recorded } = await baselineMigrations({ ...options, name: null, environment, now }, present.context);
  expect(recorded).toEqual(['20260102030405_baseline']);
  expect(await present.catalog()).toEqual(catalog);
  expect(await migrationStatus(options, present.context)).toMatchObject({ applied: 1, pending: 0, faults: [] });

  const fresh = await database(platform);
  const { ran } = await migrateUp(options, fresh.context);
  expect(ran.map(({ name }) => name)).toEqual(recorded);
  expect(await fresh.catalog()).toEqual(catalog);

  for (const [name, text] of Object.entries(tablePair('20260102030406', 'nurses'))) {
    await writeFile(join(options.folder, name), text);
  }
  for (const { context, catalog: now } of [present, fresh]) {
    expect((await migrateUp(options, context)).ran).toHaveLength(1);
    await migrateDown(options, context);
    expect(await failureOf(migrateDown(options, context))).toMatchObject({
      code: 'MIGRATION_IRREVERSIBLE',
      message: expect.stringContaining('the schema was there before dbkit'),
    });
    expect(await now()).toEqual(catalog);
  }
});
