/** Migrations without a transaction: what they record, where they go on, and how they are mended. */
import { describe, expect, it } from 'vitest';
import { migrateDown, migrateUp } from '../../src/migrate/migrate.ts';
import type { RepairAction } from '../../src/migrate/repair.ts';
import { repairMigrations } from '../../src/migrate/repair.ts';
import { migrationStatus } from '../../src/migrate/status.ts';
import type { Project } from './project.ts';
import { failureOf, migrationProject, tableModule, tablePair } from './project.ts';

const up = (project: Project) => migrateUp(project.options, project.context);
const alone = (version: string, sql: string, down = 'select 1') => ({
  [`${version}_a.up.sql`]: `-- dbkit:transaction off\n${sql}`,
  [`${version}_a.down.sql`]: `-- dbkit:transaction off\n${down}`,
});
const journal = async (project: Project) =>
  (
    await project.sql.query(
      'select name, state, direction, cardinality(statements) as done, step from dbkit.journal order by name',
    )
  ).rows;
const repair = (project: Project, name: string | null, action: RepairAction) =>
  repairMigrations({ ...project.options, name, action }, project.context);

it('runs what no transaction takes, up and down, and records each statement', async () => {
  const project = await migrationProject({
    ...tablePair('01', 'doctors'),
    ...alone(
      '02',
      `create type mood as enum ('fine');
       create index concurrently doctors_id on doctors (id);
       alter type mood add value 'tired';
       create table shifts (mood mood default 'tired');
       reindex index concurrently doctors_id;
       vacuum doctors;`,
      'drop table shifts; drop type mood; drop index concurrently doctors_id;',
    ),
  });
  await up(project);
  expect(await journal(project)).toMatchObject([{}, { name: '02_a', state: 'applied', done: 6, step: null }]);
  await migrateDown(project.options, project.context);
  const { rows } = await project.sql.query(`select to_regclass('doctors_id') as index, to_regtype('mood') as type`);
  expect(rows).toEqual([{ index: null, type: null }]);
});

it('keeps what ran before the failed statement, goes on there when it is mended, and knows the new checksum', async () => {
  const project = await migrationProject(
    alone('01', 'create table a (); create table b (); select nothing; create table c ();'),
  );
  expect(await failureOf(up(project))).toMatchObject({
    code: 'MIGRATION_FAILED',
    details: [expect.stringContaining('the statements before the failed one stand'), 'nothing else was changed'],
  });
  expect(await project.tables()).toEqual(['a', 'b']);
  expect(await journal(project)).toMatchObject([{ state: 'failed', done: 2, step: { done: 2, underWay: null } }]);
  expect((await migrationStatus(project.options, project.context)).faults).toEqual(['01_a']);
  await project.write(alone('01', 'create table a (); create table b (); create table c ();'));
  await up(project);
  expect(await project.tables()).toEqual(['a', 'b', 'c']);
  expect((await migrationStatus(project.options, project.context)).migrations).toMatchObject([{ status: 'applied' }]);
});

it('refuses when a statement that ran was edited meanwhile', async () => {
  const project = await migrationProject(alone('01', 'create table a (); select nothing;'));
  await failureOf(up(project));
  await project.write(alone('01', 'create table b (); select 1;'));
  expect(await failureOf(up(project))).toMatchObject({
    code: 'MIGRATION_EDITED',
    message: 'statement 1 of 01_a is not the one that already ran',
  });
  expect(await project.tables()).toEqual(['a']);
});

it('runs SET again when it goes on, so that what follows lands where it should', async () => {
  const project = await migrationProject(
    alone('01', 'create schema private; set search_path = private; create table a (); select nothing;'),
  );
  await failureOf(up(project));
  await project.write(
    alone('01', 'create schema private; set search_path = private; create table a (); create table b ();'),
  );
  await up(project);
  const { rows } = await project.sql.query(
    `select relname from pg_class where relnamespace = 'private'::regnamespace order by 1`,
  );
  expect(rows).toEqual([{ relname: 'a' }, { relname: 'b' }]);
});

it('keeps BEGIN … COMMIT of the file in one transaction', async () => {
  const project = await migrationProject(
    alone('01', 'create table a (); begin; create table b (); create table c (); select nothing; commit;'),
  );
  expect(await failureOf(up(project))).toMatchObject({
    code: 'MIGRATION_FAILED',
    sql: { statement: 'select nothing' },
  });
  expect(await project.tables()).toEqual(['a']);
  await project.write(
    alone('01', 'create table a (); begin; create table b (); create table c (); commit; create table d ()'),
  );
  await up(project);
  expect(await project.tables()).toEqual(['a', 'b', 'c', 'd']);
});

it.each([
  'begin; create table a ();',
  'create table a (); commit;',
  'begin; rollback; commit;',
  'begin; begin; commit;',
])('refuses a transaction that is not whole: %s', async (sql) => {
  const project = await migrationProject(alone('01', sql));
  expect(await failureOf(up(project))).toMatchObject({ code: 'FILE_INVALID', location: { line: 2 } });
  expect(await project.tables()).toEqual([]);
});

it('refuses to change the role between its own records', async () => {
  const project = await migrationProject(alone('01', 'set role pg_monitor; create table a ();'));
  expect(await failureOf(up(project))).toMatchObject({ code: 'FILE_INVALID', hint: expect.stringContaining('role') });
});

describe('TypeScript', () => {
  const steps = (body: string) => ({
    '01_a.ts': `import { sql } from 'kysely';
export const config = { transaction: false };
export async function up(db: any) {\n${body}\n}
export async function down() {}
`,
  });

  it('goes on after the statements that ran, transactions as a whole', async () => {
    const before = `await sql\`create table a (id int)\`.execute(db);
      await db.transaction().execute(async (t: any) => {
        await t.insertInto('a').values({ id: 1 }).execute();
        await t.insertInto('a').values({ id: 2 }).execute();
      });
      const { rows } = await sql\`select count(*)::int as n from a\`.execute(db);
      await sql\`insert into a values (\${rows[0].n + 1})\`.execute(db);`;
    const project = await migrationProject(
      steps(`${before}\nawait sql\`select 1 from nowhere for update\`.execute(db);\nthrow new Error('cut');`),
    );
    expect(await failureOf(up(project))).toMatchObject({ code: 'MIGRATION_FAILED' });
    await project.write(steps(before));
    await up(project);
    expect((await project.sql.query('select id from a order by id')).rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  it('rolls back a transaction that fails, and runs it again later', async () => {
    const body = `await sql\`create table a (id int)\`.execute(db);
      await db.transaction().execute(async (t: any) => {
        await t.insertInto('a').values({ id: 1 }).execute();
        await sql\`select 1 from gate\`.execute(t);
      });`;
    const project = await migrationProject(steps(body));
    expect(await failureOf(up(project))).toMatchObject({ code: 'MIGRATION_FAILED', sql: { sqlstate: '42P01' } });
    expect((await project.sql.query('select id from a')).rows).toEqual([]);
    await project.sql.run('create table gate ()');
    await up(project);
    expect((await project.sql.query('select id from a')).rows).toEqual([{ id: 1 }]);
  });
});

describe('a statement that was cut off', () => {
  /** The journal as a killed process leaves it: announced, and nobody knows what came of it. */
  async function cutOff(sql: string): Promise<Project> {
    const project = await migrationProject(alone('01', `create table a (id int); ${sql}; create table z ();`));
    await project.write({ '01_a.up.sql': `-- dbkit:transaction off\ncreate table a (id int); select nothing;` });
    await failureOf(up(project));
    await project.write(alone('01', `create table a (id int); ${sql}; create table z ();`));
    const { recordable } = await import('../../src/migrate/run/session.ts');
    const underWay = { ...recordable(sql), backendPid: 0, backendStart: '' };
    await project.sql.query(`update dbkit.journal set state = 'running', step = $1`, [
      JSON.stringify({ done: 1, underWay }),
    ]);
    return project;
  }

  it.each([
    ['nothing of it is there', ''],
    ['it is there and whole', 'create index a_id on a (id)'],
    [
      'it is there and invalid',
      `create index a_id on a (id); update pg_index set indisvalid = false where indexrelid = 'a_id'::regclass`,
    ],
  ])('CREATE INDEX CONCURRENTLY, %s: finished by the next up', async (_what, left) => {
    const project = await cutOff('create index concurrently a_id on a (id)');
    if (left !== '') await (await project.db.connectAsAdmin()).run(left);
    await up(project);
    const { rows } = await project.sql.query(
      `select indisvalid as valid, pg_get_indexdef(indexrelid) as is from pg_index where indrelid = 'a'::regclass`,
    );
    expect(rows).toEqual([{ valid: true, is: 'CREATE INDEX a_id ON public.a USING btree (id)' }]);
    expect(await project.tables()).toEqual(['a', 'z']);
  });

  it('CREATE INDEX CONCURRENTLY, another index has its name: refused, both shown', async () => {
    const project = await cutOff('create index concurrently a_id on a (id)');
    await project.sql.run('create index a_id on a (id desc)');
    expect(await failureOf(up(project))).toMatchObject({
      code: 'MIGRATION_INTERRUPTED',
      details: expect.arrayContaining(['there is:  CREATE INDEX a_id ON public.a USING btree (id DESC)']),
    });
  });

  it.each([
    ['not begun', 'create index a_id on a (id)'],
    ['done', ''],
  ])('DROP INDEX CONCURRENTLY, %s', async (_what, left) => {
    const project = await cutOff('drop index concurrently a_id');
    if (left !== '') await project.sql.run(left);
    await up(project);
    expect((await project.sql.query(`select to_regclass('a_id') as index`)).rows).toEqual([{ index: null }]);
  });

  it.each([
    ['not begun', ''],
    ['half done', 'half'],
    ['done', 'alter table p detach partition p1'],
  ])('DETACH PARTITION CONCURRENTLY, %s', async (_what, left) => {
    const project = await cutOff('alter table p detach partition p1 concurrently');
    await project.sql.run(
      'create table p (id int) partition by list (id); create table p1 partition of p for values in (1)',
    );
    if (left === 'half') {
      await (await project.db.connectAsAdmin()).run(
        `update pg_inherits set inhdetachpending = true where inhrelid = 'p1'::regclass`,
      );
    } else if (left !== '') await project.sql.run(left);
    await up(project);
    expect((await project.sql.query(`select * from pg_inherits where inhrelid = 'p1'::regclass`)).rows).toEqual([]);
  });

  it.each(['do $$ begin insert into a values (1); commit; end $$', 'vacuum a'])(
    '%s: refused, repaired by --done or --again',
    async (sql) => {
      for (const [action, rows] of [
        ['done', 0],
        ['again', sql.startsWith('do') ? 1 : 0],
      ] as const) {
        const project = await cutOff(sql);
        const error = await failureOf(up(project));
        expect(error).toMatchObject({
          code: 'MIGRATION_INTERRUPTED',
          message: 'up of 01_a was cut off in statement 2, and it can not be told whether it took effect',
          hint: expect.stringContaining('dbkit migrate repair 01_a --done, or --again'),
        });
        expect(error.details).toContain(`statement 2: ${sql}`);
        expect((await repair(project, '01_a', action)).repaired).toHaveLength(1);
        await up(project);
        expect((await project.sql.query('select * from a')).rows).toHaveLength(rows);
        expect(await project.tables()).toEqual(['a', 'z']);
        expect(await journal(project)).toMatchObject([{ state: 'applied', done: 3, step: null }]);
      }
    },
  );

  it('refuses down while the up is half done, and can forget it', async () => {
    const project = await cutOff('vacuum a');
    expect(await failureOf(migrateDown(project.options, project.context))).toMatchObject({
      code: 'MIGRATION_INTERRUPTED',
      hint: expect.stringContaining('dbkit migrate repair 01_a --forget'),
    });
    await repair(project, '01_a', 'forget');
    expect(await journal(project)).toEqual([]);
    expect(await project.tables()).toEqual(['a']);
  });
});

it('finishes a down that was begun, and refuses up until then', async () => {
  const project = await migrationProject(
    alone('01', 'create table a (); create table b ();', 'drop table b; drop table nowhere; drop table a;'),
  );
  await up(project);
  await failureOf(migrateDown(project.options, project.context));
  expect(await project.tables()).toEqual(['a']);
  expect(await failureOf(up(project))).toMatchObject({
    code: 'MIGRATION_INTERRUPTED',
    hint: 'finish it first: dbkit migrate down 1',
  });
  await project.write(alone('01', 'create table a (); create table b ();', 'drop table b; drop table a;'));
  await migrateDown(project.options, project.context);
  expect(await project.tables()).toEqual([]);
  expect(await journal(project)).toEqual([]);
});

describe('repair', () => {
  it('takes edited files as they are now: the one named, or all', async () => {
    const project = await migrationProject({
      ...tablePair('01', 'doctors'),
      ...tableModule('02', 'nurses'),
      ...tablePair('03', 'beds'),
    });
    await up(project);
    const extra = {
      '01_doctors.up.sql': 'create table doctors (id int)',
      '03_beds.down.sql': 'drop table if exists beds',
    };
    await project.write(extra);
    expect((await repair(project, '03', 'accept')).repaired).toEqual([{ name: '03_beds', what: expect.any(String) }]);
    expect((await migrationStatus(project.options, project.context)).faults).toEqual(['01_doctors']);
    expect((await repair(project, null, 'accept')).repaired.map(({ name }) => name)).toEqual(['01_doctors']);
    expect((await migrationStatus(project.options, project.context)).faults).toEqual([]);
    const { rows } = await project.sql.query(
      `select event, subject, checksum_before <> checksum_after as changed, detail->>'action' as action from dbkit.event where event = 'repair' order by id`,
    );
    expect(rows).toEqual([
      { event: 'repair', subject: '03_beds', changed: false, action: 'accept' },
      { event: 'repair', subject: '01_doctors', changed: true, action: 'accept' },
    ]);
  });

  it('accepts nothing where nothing was edited, and no migration that did not end', async () => {
    const project = await migrationProject({
      ...tablePair('01', 'doctors'),
      ...alone('02', 'create table a (); select nothing;', 'drop table a;'),
    });
    await failureOf(up(project));
    expect((await repair(project, '01', 'accept')).repaired).toEqual([]);
    expect(await failureOf(repair(project, '02', 'accept'))).toMatchObject({
      code: 'USAGE',
      hint: 'finish it: dbkit migrate up',
    });
    const { rows } = await project.sql.query(`select from dbkit.event where event = 'repair'`);
    expect(rows).toEqual([]);
  });

  it('forgets an applied migration and leaves the schema alone', async () => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    await up(project);
    await repair(project, '01_doctors', 'forget');
    expect(await project.tables()).toEqual(['doctors']);
    expect((await migrationStatus(project.options, project.context)).pending).toBe(1);
  });

  it.each([
    ['01_doctors', 'done', 'USAGE'],
    ['01_doctors', 'again', 'USAGE'],
    ['02_nurses', 'accept', 'USAGE'],
    ['nowhere', 'forget', 'MIGRATION_UNKNOWN'],
  ] as const)('refuses what does not fit: %s %s', async (name, action, code) => {
    const project = await migrationProject(tablePair('01', 'doctors'));
    await up(project);
    await project.write(tablePair('02', 'nurses'));
    expect(await failureOf(repair(project, name, action))).toMatchObject({ code });
  });
});

it('keeps events append-only, for the owner too', async () => {
  const project = await migrationProject(tablePair('01', 'doctors'));
  await up(project);
  for (const sql of [`update dbkit.event set actor = 'x'`, 'delete from dbkit.event', 'truncate dbkit.event']) {
    await expect(project.sql.run(sql)).rejects.toMatchObject({ message: 'dbkit.event is append-only' });
  }
});
