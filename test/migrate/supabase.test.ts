/** On the stand-in a migration fares as it would on Supabase: what is refused there is refused here, what passes passes. */
import { describe, expect, it } from 'vitest';
import { migrateDown, migrateUp } from '../../src/migrate/migrate.ts';
import type { Project, ProjectOptions } from './project.ts';
import { failureOf, migrationProject, tablePair, targetOn } from './project.ts';

const standIn: ProjectOptions = { platform: 'supabase', description: { platform: 'supabase' } };

const onStandIn = (files: Readonly<Record<string, string>>) => migrationProject(files, standIn);
const up = (project: Project) => migrateUp(project.options, project.context);

const sqlPair = (text: string, directive = '') => ({
  '02_a.up.sql': `${directive}${text}`,
  '02_a.down.sql': 'select 1',
});
const module = (text: string, transaction = true) => ({
  '02_a.ts': `import { sql } from 'kysely';
export const config = { transaction: ${transaction} };
export async function up(db: any) {
  await sql\`${text}\`.execute(db);
}
export async function down() {}
`,
});
const off = '-- dbkit:transaction off\n';

const ways = [
  ['SQL in a transaction', (text: string) => sqlPair(text)],
  ['SQL without one', (text: string) => sqlPair(text, off)],
  ['TypeScript in a transaction', (text: string) => module(text)],
  ['TypeScript without one', (text: string) => module(text, false)],
] as const;

const refused = [
  ['managed-schema', 'create table auth.extra (id int)'],
  ['reserved-role', 'alter role anon nologin'],
  ['alter-system', `alter system set work_mem = '1GB'`],
] as const;

const allowed = [
  'create policy own on storage.objects for select to authenticated using (true)',
  'drop trigger if exists greet on auth.users',
  'create extension citext with schema extensions',
];

describe.each(ways)('%s', (what, write) => {
  it('is refused before it runs where Supabase refuses it', async () => {
    const project = await onStandIn(tablePair('01', 'doctors'));
    // SQL is read before the first migration runs; what TypeScript sends is known only as it comes.
    const stands = what.startsWith('SQL') ? /^no migration was run$/ : /they stand$|nothing else was changed/;
    for (const [rule, text] of refused) {
      await project.write(write(text));
      const error = await failureOf(up(project));
      expect(error).toMatchObject({
        code: 'PLATFORM_REFUSED',
        message: expect.stringMatching(/^Supabase would refuse this statement: /),
        details: expect.arrayContaining([`rule ${rule}`, expect.stringMatching(stands)]),
      });
      expect(error.exitCode).toBe(2);
      expect(error.location?.line).toBe(what.startsWith('TypeScript') ? 4 : what.endsWith('without one') ? 2 : 1);
      expect(await project.tables()).toEqual(what.startsWith('SQL') ? [] : ['doctors']);
    }
  });

  it('passes where Supabase lets postgres do it', async () => {
    const project = await onStandIn({});
    for (const [index, text] of allowed.entries()) {
      const files = Object.entries(write(text)).map(([name, content]) => [name.replace('02', `1${index}`), content]);
      await project.write(Object.fromEntries(files));
    }
    expect((await up(project)).applied).toBe(3);
    expect((await up(project)).ran).toEqual([]);
  });
});

it('does it as another role only for that statement', async () => {
  const project = await onStandIn({
    '01_a.up.sql': `create table before (id int);
      create policy own on storage.objects for select to authenticated using (true);
      create table after (id int);`,
    '01_a.down.sql': 'drop policy own on storage.objects; drop table before, after;',
  });
  await up(project);
  const owners = `select relname, pg_get_userbyid(relowner) as owner from pg_class
    where relnamespace in ('public'::regnamespace, 'dbkit'::regnamespace) and relkind = 'r' order by 1`;
  const { rows } = await project.sql.query<{ owner: string }>(owners);
  expect(new Set(rows.map(({ owner }) => owner))).toEqual(new Set(['postgres']));
  const events = await project.sql.query('select session_role, executing_role from dbkit.event');
  expect(events.rows).toEqual([{ session_role: 'postgres', executing_role: 'postgres' }]);
  await migrateDown(project.options, project.context);
  const policies = await project.sql.query(
    `select from pg_policies where schemaname = 'storage' and policyname = 'own'`,
  );
  expect(policies.rows).toEqual([]);
});

it('a refusal counts also where the migration catches it', async () => {
  const project = await onStandIn({
    '01_a.ts': `import { sql } from 'kysely';
export async function up(db: any) {
  await sql\`create table auth.extra (id int)\`.execute(db).catch(() => {});
  await sql\`create table kept (id int)\`.execute(db);
}
export async function down() {}
`,
  });
  expect(await failureOf(up(project))).toMatchObject({ code: 'PLATFORM_REFUSED', location: { line: 3 } });
  expect(await project.tables()).toEqual([]);
});

it('leaves a real Supabase alone', async () => {
  const project = await onStandIn(sqlPair('create table auth.extra (id int)'));
  // As supautils tells of itself on the real thing.
  const admin = await project.db.connectAsAdmin();
  await admin.run(`alter database ${project.db.name} set supautils.reserved_roles = 'supabase_admin'`);
  // PostgreSQL itself says no, as it would there: nothing of ours stands in front.
  expect(await failureOf(up(project))).toMatchObject({ code: 'MIGRATION_FAILED', sql: { sqlstate: '42501' } });
});

it('leaves plain PostgreSQL alone', async () => {
  const project = await migrationProject({
    ...sqlPair(`create schema auth; create table auth.extra (id int)`),
  });
  expect((await up(project)).applied).toBe(1);
});

it('without the superuser it refuses what Supabase refuses, and can not do more than its role', async () => {
  const project = await onStandIn(sqlPair('create policy own on storage.objects for select using (true)'));
  const context = { ...project.context, db: targetOn(project.db.settings, { platform: 'supabase' }) };
  expect(await failureOf(migrateUp(project.options, context))).toMatchObject({ sql: { sqlstate: '42501' } });
  await project.write(sqlPair('alter table auth.users add column x int'));
  expect(await failureOf(migrateUp(project.options, context))).toMatchObject({ code: 'PLATFORM_REFUSED' });
});
