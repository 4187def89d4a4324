/** What a migration can do to the process that runs it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../harness/run-cli.ts';
import { urlOf } from '../harness/test-database.ts';
import { migrationProject } from '../migrate/project.ts';

async function projectWith(body: string) {
  const project = await migrationProject({
    '01_notes.ts': `import type { Kysely } from 'kysely';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('notes').addColumn('text', 'text').execute();
  ${body}
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('notes').execute();
}
`,
  });
  const cwd = await project.commandLineFolder();
  const up = (...flags: readonly string[]) =>
    runCli(['migrate', 'up', '--database-url', urlOf(project.db.settings), ...flags], { cwd });
  return { project, cwd, up };
}

it('what it prints goes to stderr: the result is alone on stdout', async () => {
  const { up } = await projectWith("console.log('from the migration'); process.stdout.write('and again\\n');");
  const { status, stdout, stderr } = await up('--json');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, result: { applied: 1 } });
  expect([status, stderr]).toEqual([0, 'from the migration\nand again\n']);
});

it('ending the process is no success: exit 2, one document, nothing kept', async () => {
  const { project, up } = await projectWith('process.exit(0);');
  const { status, stdout, stderr } = await up('--json');
  expect(status).toBe(2);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ ok: false, exitCode: 2, command: null, result: null });
  expect(document.error).toMatchObject({ code: 'ENDED_EARLY', location: null, details: [], sqlstate: null });
  expect(stderr).toContain('the process was ended from inside before the command was done');
  expect(await project.tables()).toEqual([]);
});

it('nor is a config that ends it', async () => {
  const { cwd, up } = await projectWith('');
  await writeFile(join(cwd, 'ends.config.mjs'), 'process.exit(0);\nexport default {};\n');
  const { status, stdout, stderr } = await up('--config', 'ends.config.mjs');
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: the process was ended from inside .* dbkit migrate status\n$/);
});
