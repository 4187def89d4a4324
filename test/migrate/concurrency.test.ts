/** Many runs at once on one fresh database. */
import { expect, it } from 'vitest';
import { runCli } from '../harness/run-cli.ts';
import { describeSchema } from './describe-schema.ts';
import { ledgerMigrations, recognizedMigrations, undisturbed } from './kill-cases.ts';
import type { Project } from './project.ts';
import { migrationProject } from './project.ts';

async function sixteenAtOnce(project: Project): Promise<void> {
  const cwd = await project.commandLineFolder();
  const results = await Promise.all(
    Array.from({ length: 16 }, () => runCli(['migrate', 'up', '--json', '--database-url', project.db.url], { cwd })),
  );
  expect(results.map(({ status, stdout }) => (status === 0 ? 0 : stdout))).toEqual(Array(16).fill(0));
  const ran = results.map(({ stdout }) => JSON.parse(stdout).result.ran.length as number);
  expect(ran.filter((count) => count > 0)).toHaveLength(1);
}

it('sixteen migrate up at once: all exit 0, every migration is applied once', { timeout: 180_000 }, async () => {
  const files = ledgerMigrations(50);
  const project = await migrationProject(files);
  await sixteenAtOnce(project);
  expect(await describeSchema(project.sql)).toEqual(await undisturbed(files));
  const { rows } = await project.sql.query(
    'select count(*)::int as n, count(distinct n)::int as different from ledger',
  );
  expect(rows).toEqual([{ n: 49, different: 49 }]);
  const events = await project.sql.query(`select count(*)::int as n from dbkit.event where event = 'up'`);
  expect(events.rows).toEqual([{ n: 50 }]);
});

it('sixteen at once with statements that no transaction takes', { timeout: 180_000 }, async () => {
  const project = await migrationProject(recognizedMigrations);
  await sixteenAtOnce(project);
  expect(await describeSchema(project.sql)).toEqual(await undisturbed(recognizedMigrations));
  const { rows } = await project.sql.query('select n from ledger order by n');
  expect(rows.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
});
