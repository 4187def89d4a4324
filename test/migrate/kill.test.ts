/** A few kills; `test/long/migrate` has the long tables. */
import { expect, it } from 'vitest';
import { runCli } from '../harness/run-cli.ts';
import {
  killAt,
  killOnce,
  ledgerMigrations,
  recognizedMigrations,
  undisturbed,
  whenApplied,
  whenDone,
} from './kill-cases.ts';
import { migrationProject } from './project.ts';

it('goes on after kill -9 in a run of transactions, and applies everything once', { timeout: 120_000 }, async () => {
  const files = ledgerMigrations(60);
  const expected = await undisturbed(files);
  const killed: boolean[] = [];
  for (const applied of [1, 20, 40]) killed.push(await killOnce(files, expected, whenApplied(applied)));
  expect(killed).toContain(true);
});

it('goes on after kill -9 between and inside of statements without a transaction', { timeout: 120_000 }, async () => {
  const expected = await undisturbed(recognizedMigrations);
  const killed: boolean[] = [];
  for (const done of [0, 5, 11]) killed.push(await killOnce(recognizedMigrations, expected, whenDone(done, true)));
  expect(killed).toContain(true);
});

it.each(['done', 'again'] as const)('asks about a procedure that was killed, and goes on with --%s', async (answer) => {
  const project = await migrationProject({
    '01_work.up.sql': `create table ledger (n int); create table gate ();
      create procedure work() language plpgsql as $$ begin
        insert into ledger values (1); commit;
        while not exists (select from gate) loop perform pg_sleep(0.01); end loop;
      end $$;`,
    '01_work.down.sql': 'drop procedure work; drop table gate, ledger;',
    '02_call.up.sql':
      '-- dbkit:transaction off\ninsert into ledger values (0);\ncall work();\ninsert into ledger values (2);',
    '02_call.down.sql': 'delete from ledger;',
  });
  const cwd = await project.commandLineFolder();
  const working = async () => (await project.sql.query('select from ledger where n = 1')).rows.length > 0;
  expect(await killAt(project, cwd, working)).toBe(true);
  const url = ['--database-url', project.db.url];
  const refused = await runCli(['migrate', 'up', '--json', ...url], { cwd });
  expect(refused.status).toBe(2);
  expect(JSON.parse(refused.stdout).error).toMatchObject({
    code: 'MIGRATION_INTERRUPTED',
    details: expect.arrayContaining(['statement 2: call work()', 'statement 1 stands']),
    hint: expect.stringContaining('dbkit migrate repair --database-url <the same> 02_call --done, or --again'),
  });
  await project.sql.run('insert into gate default values');
  expect((await runCli(['migrate', 'repair', '02_call', `--${answer}`, ...url], { cwd })).status).toBe(0);
  expect((await runCli(['migrate', 'up', ...url], { cwd })).status).toBe(0);
  const { rows } = await project.sql.query('select n from ledger order by n');
  expect(rows.map(({ n }) => n)).toEqual(answer === 'done' ? [0, 1, 2] : [0, 1, 1, 2]);
});
