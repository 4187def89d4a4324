/** kill -9 at twenty moments of each kind of run: the next `up` exits 0, and the schema is the expected one. */
import { expect, it } from 'vitest';
import type { Moment } from '../../migrate/kill-cases.ts';
import {
  killAt,
  killOnce,
  ledgerMigrations,
  recognizedMigrations,
  recognizedStatements,
  undisturbed,
  upAgain,
  whenApplied,
  whenDone,
} from '../../migrate/kill-cases.ts';
import { migrationProject } from '../../migrate/project.ts';

const moments = Array.from({ length: 20 }, (_, index) => index);
/** Of twenty moments some are over before the signal arrives; the others have to be kills. */
const enough = 14;

it('a run of 200', async () => {
  const files = ledgerMigrations(200);
  const expected = await undisturbed(files);
  const killed: boolean[] = [];
  for (const moment of moments) killed.push(await killOnce(files, expected, whenApplied(1 + moment * 9)));
  expect(killed.filter(Boolean).length).toBeGreaterThanOrEqual(enough);
});

it.each([
  ['after a statement', false],
  ['in a statement', true],
])('a run of recognised statements without a transaction, %s', async (_what, announced) => {
  const expected = await undisturbed(recognizedMigrations);
  expect(recognizedStatements).toHaveLength(moments.length);
  const killed: boolean[] = [];
  for (const moment of moments)
    killed.push(await killOnce(recognizedMigrations, expected, whenDone(moment, announced)));
  expect(killed.filter(Boolean).length).toBeGreaterThanOrEqual(enough);
});

const phases = [
  'initializing',
  'waiting for writers before build',
  'building index',
  'waiting for writers before validation',
  'index validation: scanning index',
  'index validation: sorting tuples',
  'index validation: scanning table',
  'waiting for old snapshots',
];

/** Kills when the index is built so far: a phase, and of the long ones a share of the table. */
const whenBuilt =
  (phase: number, share: number): Moment =>
  async (sql) => {
    const { rows } = await sql.query<{ phase: string; share: number }>(
      `select phase, case when blocks_total > 0 then blocks_done::float8 / blocks_total else 0 end as share
       from pg_stat_progress_create_index where datname = current_database()`,
    );
    const [row] = rows;
    const now = phases.findIndex((name) => row?.phase.startsWith(name));
    return now > phase || (now === phase && (row?.share ?? 0) >= share);
  };

it('CREATE INDEX CONCURRENTLY on a large table', async () => {
  const project = await migrationProject({
    '01_visits.up.sql': `create table visits (id int, note text);
      insert into visits select i, md5(i::text) from generate_series(1, 1000000) i; analyze visits;`,
    '01_visits.down.sql': 'drop table visits',
    '02_index.up.sql': '-- dbkit:transaction off\ncreate index concurrently visits_note on visits (note);',
    '02_index.down.sql': '-- dbkit:transaction off\ndrop index concurrently visits_note;',
  });
  const cwd = await project.commandLineFolder();
  await project.sql.run('create table gate ()');
  const old = await project.db.connect();
  const killed: boolean[] = [];
  for (const index of moments) {
    await project.sql.run(
      `do $$ begin if to_regclass('dbkit.journal') is not null then delete from dbkit.journal where name = '02_index'; end if; end $$;
       drop index if exists visits_note`,
    );
    // Each third with an old snapshot in the way: the last phase waits for it.
    const held = index % 3 === 2;
    if (held) await old.run('begin isolation level repeatable read; select from gate');
    const building = index < 12;
    killed.push(await killAt(project, cwd, building ? whenBuilt(2, index / 14) : whenBuilt(index % phases.length, 0)));
    if (held) await old.run('rollback');
    await upAgain(project, cwd);
    const { rows } = await project.sql.query(
      `select c.relname, indisvalid and indisready as valid, state from pg_index i join pg_class c on c.oid = indexrelid,
       dbkit.journal where indrelid = 'visits'::regclass and name = '02_index'`,
    );
    expect(rows).toEqual([{ relname: 'visits_note', valid: true, state: 'applied' }]);
  }
  expect(killed.filter(Boolean).length).toBeGreaterThanOrEqual(enough);
});
