/** The staircase: what each kind of migration is told to be, what a fault leaves for those after it, what is kept. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMigrationFolder } from '../../../src/migrate/folder.ts';
import { placeOf } from '../../../src/migrate/prove/choose.ts';
import type { ProveOptions } from '../../../src/migrate/prove/prove.ts';
import { proveMigrations } from '../../../src/migrate/prove/prove.ts';
import { renderProof } from '../../../src/migrate/prove/render.ts';
import type { ProveReport } from '../../../src/migrate/prove/report.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { migrateOptions, proofsIn, testGround } from './proving.ts';

const plain = (text: string) => text;
const style = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

function project(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder('prove');
  const ground = testGround();
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text);
  };
  write(files);
  return {
    folder,
    ground,
    write,
    prove: (options: Partial<ProveOptions> = {}): Promise<ProveReport> =>
      proveMigrations({ migrate: migrateOptions(folder), proofs: null, ...options }, ground),
  };
}

function files(name: string, up: string, down: string): Readonly<Record<string, string>> {
  return { [`${name}.up.sql`]: up, [`${name}.down.sql`]: down };
}

const orders = files(
  '01_orders',
  'create table orders (id bigint generated always as identity primary key, note text);',
  '-- dbkit:lossy every order\ndrop table orders;',
);

function statuses({ migrations }: ProveReport): Readonly<Record<string, string>> {
  return Object.fromEntries(migrations.map(({ name, status }) => [name, status]));
}

function kinds({ migrations }: ProveReport): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    migrations
      .filter(({ faults }) => faults.length > 0)
      .map(({ name, faults }) => [name, faults.map(({ kind }) => kind)]),
  );
}

it('one run tells of every fault, each migration being proven from where it should begin', async () => {
  const { prove, ground } = project({
    ...orders,
    ...files('02_forgets', 'create table left_over (id int);', 'select 1;'),
    ...files('03_fails_down', 'create table a (id int);', 'drop table no_such_table;'),
    ...files('04_index', 'create index orders_by_note on orders (note);', 'drop index orders_by_note;'),
    ...files('05_half', 'create table b (id int); create table c (id int);', '-- dbkit:lossy both\ndrop table c;'),
    ...files('06_view', 'create view notes as select note from orders;', 'drop view notes;'),
  });
  const report = await prove();
  expect(statuses(report)).toEqual({
    '01_orders': 'lossy',
    '02_forgets': 'failed',
    '03_fails_down': 'failed',
    '04_index': 'proven',
    '05_half': 'failed',
    '06_view': 'proven',
  });
  expect(kinds(report)).toEqual({
    '02_forgets': ['down differs', 'up again fails'],
    '03_fails_down': ['down fails'],
    '05_half': ['down differs', 'up again fails'],
  });
  expect(report.failed).toBe(3);
  // One to begin with, and one after each fault that left the database in an unknown state.
  expect(ground.opened).toBe(3);
  const text = renderProof(report, style);
  expect(text).toContain('table public.left_over is new');
  expect(text).toContain('the down fails: table "no_such_table" does not exist (03_fails_down.down.sql:1)');
  expect(text).toContain('3 proven, 3 failed on PostgreSQL');
});

it('an up that can not be applied blocks those behind it', async () => {
  const { prove } = project({
    ...orders,
    ...files('02_wrong', 'create table a (id no_such_type);', 'drop table a;'),
    ...files('03_later', 'create table b (id int);', '-- dbkit:lossy b\ndrop table b;'),
  });
  const report = await prove();
  expect(statuses(report)).toEqual({ '01_orders': 'lossy', '02_wrong': 'failed', '03_later': 'not reached' });
  expect(report.failed).toBe(2);
  expect(renderProof(report, style)).toContain('3_later   not reached: 02_wrong can not be applied');
});

it('what rows alone make fail is told apart, and proven on empty tables', async () => {
  const { prove } = project({
    ...orders,
    ...files(
      '02_required',
      'alter table orders add column place text not null;',
      'alter table orders drop column place;',
    ),
    ...files(
      '03_optional',
      'alter table orders alter place drop not null;',
      'alter table orders alter place set not null;',
    ),
    ...files(
      '04_short',
      `alter table orders add check (note = 'x');`,
      'alter table orders drop constraint orders_note_check;',
    ),
    ...files('05_last', 'create index on orders (note);', 'drop index orders_note_idx;'),
  });
  const report = await prove();
  expect(statuses(report)).toEqual({
    '01_orders': 'lossy',
    '02_required': 'failed',
    '03_optional': 'failed',
    '04_short': 'inconclusive',
    '05_last': 'proven',
  });
  expect(kinds(report)).toEqual({
    '02_required': ['up fails with rows'],
    '03_optional': ['down fails with rows'],
  });
  expect(report.migrations[3]?.reason).toContain('the up fails on rows that were made up, and real ones may fit');
});

it('shows the loss, what makes it declared, and a declaration that nothing bears out', async () => {
  const { prove } = project({
    ...files('01_people', 'create table people (id int primary key, name text not null);', 'drop table people;'),
    ...files('02_view', 'create view names as select name from people;', '-- dbkit:lossy the names\ndrop view names;'),
    ...files(
      '03_half',
      'create table a (id int); create index if not exists i on people (name);',
      '-- dbkit:lossy a\ndrop table a;',
    ),
  });
  const report = await prove();
  const text = renderProof(report, style);
  expect(statuses(report)).toEqual({ '01_people': 'failed', '02_view': 'proven', '03_half': 'failed' });
  // What is declared is not why it failed.
  expect(text).toMatch(/03_half +failed {2}\d+ ms/);
  expect(text).toMatch(/down and up lose 3 rows of public\.people: row id=\d+, name='/);
  expect(text).toContain('declare it: -- dbkit:lossy <what>');
  expect(text).toContain('it is declared as lossy (the names), and no row of the proof was lost');
});

it('irreversible and non-transactional migrations, a column that comes back last, a sequence that goes back', async () => {
  const { prove, write } = project({
    ...orders,
    '02_old.up.sql': `-- dbkit:irreversible the old notes are not kept\nupdate orders set note = null;`,
    ...files(
      '03_concurrently',
      '-- dbkit:transaction off\ncreate index concurrently by_id on orders (id);',
      '-- dbkit:transaction off\ndrop index concurrently by_id;',
    ),
    ...files(
      '04_note',
      'alter table orders add column more text;',
      '-- dbkit:lossy more\nalter table orders drop column more;',
    ),
    ...files(
      '05_again',
      'alter table orders drop column note;',
      '-- dbkit:lossy the notes\nalter table orders add column note text;',
    ),
  });
  write({
    '06_code.ts': `import { type Kysely, sql } from 'kysely';
export async function up(db: Kysely<any>): Promise<void> { await sql\`create sequence counts\`.execute(db); await sql\`select nextval('counts'), nextval('counts')\`.execute(db); }
export async function down(db: Kysely<any>): Promise<void> { await sql\`drop sequence counts\`.execute(db); }
`,
  });
  const report = await prove();
  expect(statuses(report)).toEqual({
    '01_orders': 'lossy',
    '02_old': 'irreversible',
    '03_concurrently': 'proven',
    '04_note': 'lossy',
    '05_again': 'lossy',
    '06_code': 'proven',
  });
  expect(report.migrations[1]?.reason).toBe('the old notes are not kept');
  expect(report.migrations[4]?.notes.join()).toMatch(/after the down: table public\.orders: order of the columns/);
});

it('a table that can not be given rows is named', async () => {
  const { prove } = project(
    files(
      '01_odd',
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no rows here'; end $$;
      create table odd (id int primary key); create trigger refuse before insert on odd for each row execute function refuse();`,
      'drop table odd; drop function refuse();',
    ),
  );
  const report = await prove();
  expect(report.migrations[0]).toMatchObject({
    status: 'proven',
    withoutRows: [{ table: 'public.odd', why: expect.stringContaining('no rows here') }],
  });
  expect(renderProof(report, style)).toMatch(/proven, in part without rows.*\n +not proven with rows in public\.odd: /);
});

it('what triggers make of the rows of a proof is not the fault of a migration', async () => {
  const { prove } = project({
    ...files(
      '01_teams',
      `create table teams (id int primary key); create table events (team_id int, at timestamptz);
      create function own_events() returns trigger language plpgsql as $$ begin
        execute format('create table %I () inherits (events)', 'events_' || new.id); return new; end $$;
      create trigger own_events after insert on teams for each row execute function own_events();`,
      '-- dbkit:lossy all\ndrop table teams; drop table events cascade; drop function own_events();',
    ),
    ...files(
      '02_more',
      'alter table teams add column name text;',
      '-- dbkit:lossy names\nalter table teams drop column name;',
    ),
    // As the owner of what the trigger made.
    ...files(
      '03_count',
      'alter table events add column count int;',
      '-- dbkit:lossy counts\nalter table events drop column count;',
    ),
  });
  const report = await prove();
  expect(kinds(report)).toEqual({});
  expect(report.migrations[1]?.notes.join()).toMatch(/rows of the proof made or changed .*table public\.events_/);
});

it('what was proven is not proven again until it, or what comes before it, is edited', async () => {
  const { prove, ground, folder, write } = project({
    ...orders,
    ...files('02_index', 'create index on orders (note);', 'drop index orders_note_idx;'),
    ...files('03_view', 'create view notes as select note from orders;', 'drop view notes;'),
  });
  const proofs = proofsIn(temporaryFolder('project'));
  const stored = async (options: Partial<ProveOptions> = {}) => {
    ground.opened = 0;
    const { migrations, failed } = await prove({ proofs, rows: null, ...options });
    expect(failed).toBe(0);
    return [ground.opened, ...migrations.map((one) => one.stored)];
  };
  expect(await stored()).toEqual([1, false, false, false]);
  expect(await stored()).toEqual([0, true, true, true]);
  expect(await stored({ all: true })).toEqual([1, false, false, false]);
  write(files('02_index', 'create index on orders (note, id);', 'drop index orders_note_id_idx;'));
  expect(await stored()).toEqual([1, true, false, false]);
  write(files('04_more', 'create view more as select 1 as one;', 'drop view more;'));
  expect(await stored()).toEqual([1, true, true, true, false]);
  // A proof that is cut off, edited, or of another version of dbkit is none.
  const [first = '', second = ''] = readdirSync(proofs);
  writeFileSync(join(proofs, first), '{ "version": 1, "key": ');
  writeFileSync(join(proofs, second), '{ "version": 1, "key": "x", "proof": { "status": "proven" } }');
  const [opened, ...again] = await stored();
  expect([opened, again.filter((one) => one === true).length >= 2]).toEqual([1, true]);
  const { provenance } = migrateOptions(folder);
  const newer = { ...migrateOptions(folder), provenance: { ...provenance, dbkitVersion: '99.0.0' } };
  expect(await stored({ migrate: newer })).toEqual([1, false, false, false, false]);
  // What failed is not kept.
  write(files('05_bad', 'create view bad as select 1 as one;', 'select 1;'));
  expect((await prove({ proofs, rows: null })).failed).toBe(1);
  expect((await prove({ proofs, rows: null })).migrations.at(-1)).toMatchObject({ stored: false, status: 'failed' });
});

it('--from trusts what is before, and says so', async () => {
  const { prove, folder } = project({
    ...files('01_wrong', 'create table left_over (id int);', 'select 1;'),
    ...files('02_view', 'create view one as select 1 as one;', 'drop view one;'),
  });
  for (const from of ['02_view', '2']) {
    const report = await prove({ from, rows: null });
    expect(statuses(report)).toEqual({ '01_wrong': 'trusted', '02_view': 'proven' });
    expect(report.notes).toEqual(['1 before 02_view were applied and not proven, as --from asks']);
  }
  for (const from of ['02', 'view']) expect(placeOf(await readMigrationFolder(folder), from)).toBe(1);
  await expect(prove({ from: '7' })).rejects.toMatchObject({ code: 'MIGRATION_UNKNOWN' });
  await expect(prove({ from: '0' })).rejects.toMatchObject({ code: 'MIGRATION_UNKNOWN' });
  const [, second] = await readMigrationFolder(folder);
  const report = await prove({ only: [second?.name ?? ''], rows: null });
  expect(statuses(report)).toEqual({ '02_view': 'proven' });
});

it('rests on nothing that is only a stub', async () => {
  const { prove, ground } = project({
    ...files('01_plain', 'create view one as select 1 as one;', 'drop view one;'),
    ...files('02_cron', `create schema cron; create view cron.jobs as select 1 as one;`, 'drop schema cron cascade;'),
  });
  const { open } = ground;
  ground.open = async () => ({ ...(await open()), stubs: ['pg_cron'] });
  expect(statuses(await prove())).toEqual({ '01_plain': 'proven', '02_cron': 'inconclusive' });
});

it('hostile names are proven like others', async () => {
  const { prove } = project(
    files(
      '01_odd',
      `create schema "Odd.Schema"; create table "Odd.Schema"."a ""b"" 'c'" ("id.x" int primary key, "Ünïcode 🎈" text);`,
      '-- dbkit:lossy all\ndrop schema "Odd.Schema" cascade;',
    ),
  );
  const report = await prove();
  expect(report.migrations[0]).toMatchObject({ status: 'lossy', losses: [{ table: `"Odd.Schema"."a ""b"" 'c'"` }] });
});
