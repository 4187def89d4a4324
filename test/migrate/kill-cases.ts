/** Runs of `migrate up` that are killed at a moment that was seen in the database, and what comes after. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import { runCli, startCli } from '../harness/run-cli.ts';
import { describeSchema } from './describe-schema.ts';
import type { Project } from './project.ts';
import { migrationProject } from './project.ts';

/** True once the moment has come. */
export type Moment = (sql: Connection) => Promise<boolean>;

/** Starts an up, kills it at `moment`. Returns false when it ended before. */
export async function killAt(project: Project, cwd: string, moment: Moment): Promise<boolean> {
  const run = startCli(['migrate', 'up', '--database-url', project.db.url], { cwd });
  const ended = run.result.then(() => true);
  while (!(await moment(project.sql).catch(() => false))) {
    if (await Promise.race([ended, sleep(0, false)])) return false;
  }
  run.kill('SIGKILL');
  return (await run.result).signal === 'SIGKILL';
}

export async function upAgain(project: Project, cwd: string): Promise<void> {
  const { status, stderr } = await runCli(['migrate', 'up', '--database-url', project.db.url], { cwd });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
}

/** The schema that a run leaves when nobody disturbs it. */
export async function undisturbed(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const project = await migrationProject(files);
  await upAgain(project, await project.commandLineFolder());
  return describeSchema(project.sql);
}

/** Kills a run on a fresh database, runs again, and compares. Returns whether the kill came in time. */
export async function killOnce(
  files: Readonly<Record<string, string>>,
  expected: readonly string[],
  moment: Moment,
): Promise<boolean> {
  const project = await migrationProject(files);
  const cwd = await project.commandLineFolder();
  const killed = await killAt(project, cwd, moment);
  await upAgain(project, cwd);
  expect(await describeSchema(project.sql)).toEqual(expected);
  const { rows } = await project.sql.query<{ twice: number }>(
    `select count(*)::int as twice from (select n from public.ledger group by n having count(*) > 1) twice`,
  );
  expect(rows).toEqual([{ twice: 0 }]);
  await project.db.drop();
  return killed;
}

/** SQL, TypeScript and dbmate in turn; each writes into a ledger that would show a second run. */
export function ledgerMigrations(count: number): Record<string, string> {
  const files: Record<string, string> = {
    '000_ledger.up.sql': 'create table ledger (n int)',
    '000_ledger.down.sql': 'drop table ledger',
  };
  for (let n = 1; n < count; n += 1) {
    const name = `${String(n).padStart(3, '0')}_t`;
    const up = `create table t_${n} (id int); insert into ledger values (${n});`;
    const down = `drop table t_${n}; delete from ledger where n = ${n};`;
    if (n % 3 === 0) Object.assign(files, { [`${name}.sql`]: `-- migrate:up\n${up}\n-- migrate:down\n${down}` });
    else if (n % 3 === 1) Object.assign(files, { [`${name}.up.sql`]: up, [`${name}.down.sql`]: down });
    else files[`${name}.ts`] = ledgerModule(n);
  }
  return files;
}

const ledgerModule = (n: number) => `import type { Kysely } from 'kysely';
export async function up(db: Kysely<any>) {
  await db.schema.createTable('t_${n}').addColumn('id', 'integer').execute();
  await db.insertInto('ledger').values({ n: ${n} }).execute();
}
export async function down(db: Kysely<any>) {
  await db.schema.dropTable('t_${n}').execute();
  await db.deleteFrom('ledger').where('n', '=', ${n}).execute();
}
`;

/** Kills when so many migrations are recorded. */
export const whenApplied =
  (count: number): Moment =>
  async (sql) => {
    const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from dbkit.journal');
    return (rows[0]?.n ?? 0) >= count;
  };

/** Every statement that the next up finishes by itself, on tables that are not empty. */
export const recognizedStatements: readonly string[] = [
  'create index concurrently visits_day on visits (day)',
  'insert into ledger values (1)',
  'create unique index concurrently visits_id on visits (id)',
  'create index concurrently if not exists visits_note on visits (lower(note)) where day > 3',
  `alter type mood add value 'tired'`,
  'reindex index concurrently visits_day',
  'insert into ledger values (2)',
  'alter table visits add constraint day_is_positive check (day >= 0) not valid',
  'alter table visits validate constraint day_is_positive',
  'drop index concurrently visits_note',
  'alter table logs detach partition logs_1 concurrently',
  'reindex table concurrently visits',
  'insert into ledger values (3)',
  `alter type mood add value 'awake' before 'fine'`,
  'create index concurrently visits_both on visits (day, id) include (note)',
  'drop index concurrently if exists visits_both',
  'reindex (verbose) index concurrently visits_id',
  'alter table logs detach partition logs_2 concurrently',
  'create index concurrently visits_again on visits using hash (note)',
  'insert into ledger values (4)',
];

export const recognizedMigrations: Readonly<Record<string, string>> = {
  '01_tables.up.sql': `create table ledger (n int);
    create table visits (id int, day int, note text);
    insert into visits select i, i % 7, md5(i::text) from generate_series(1, 20000) i;
    create type mood as enum ('fine');
    create table logs (n int) partition by list (n);
    create table logs_1 partition of logs for values in (1);
    create table logs_2 partition of logs for values in (2);`,
  '01_tables.down.sql': 'drop table logs, visits, ledger; drop type mood;',
  '02_alone.up.sql': `-- dbkit:transaction off\n${recognizedStatements.map((statement) => `${statement};`).join('\n')}`,
  '02_alone.down.sql': 'select 1',
};

/** Kills when so many statements are done, and where wanted while the one after them is announced. */
export const whenDone =
  (count: number, announced: boolean): Moment =>
  async (sql) => {
    const { rows } = await sql.query<{ done: number; announced: boolean }>(
      `select cardinality(statements) as done, coalesce(step->>'underWay', '') <> '' as announced
       from dbkit.journal where name = '02_alone'`,
    );
    const [row] = rows;
    return row !== undefined && (row.done > count || (row.done === count && (!announced || row.announced)));
  };
