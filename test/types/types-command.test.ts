/** `dbkit types` as a pipeline calls it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { CliOptions, CliResult } from '../harness/run-cli.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';

function clinic() {
  const cwd = temporaryFolder('types-project');
  mkdirSync(join(cwd, 'migrations'));
  return {
    cwd,
    output: join(cwd, 'database.types.ts'),
    migration(name: string, up: string, down: string) {
      writeFileSync(join(cwd, 'migrations', `${name}.up.sql`), up);
      writeFileSync(join(cwd, 'migrations', `${name}.down.sql`), down);
    },
    run: (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
      runCli(['types', ...args], { cwd, ...options }),
  };
}

it('writes the types of a scratch database, and --check tells when a migration was added', async () => {
  const { migration, run, output } = clinic();
  migration('01_doctors', 'create table doctors (id int primary key);', 'drop table doctors;');
  // A target in the environment is not asked, nor even looked at.
  const env = { DATABASE_URL: 'postgresql://nobody@localhost:1/none' };
  const written = await run([], { env });
  expect(written).toMatchObject({ status: 0, stdout: `written ${output}: 1 table or view of public\n` });
  expect(written.stderr).not.toContain('01_doctors');
  expect(readFileSync(output, 'utf8')).toContain('doctors: Doctors;');
  migration('02_nurses', 'create table nurses (id int primary key);', 'drop table nurses;');
  expect((await run(['--check'])).stdout).toContain(`outdated ${output}; the same command without --check writes it`);
  const checked = await run(['--check', '--json']);
  expect(checked.status).toBe(1);
  expect(JSON.parse(checked.stdout)).toMatchObject({
    command: 'types',
    ok: false,
    exitCode: 1,
    error: null,
    result: { state: 'outdated', target: { kind: 'scratch' }, diff: expect.arrayContaining(['+  nurses: Nurses;']) },
  });
  expect(readFileSync(output, 'utf8')).not.toContain('nurses');
});

it('reads a target that was named as it is, and says what is pending there', async () => {
  const { cwd, migration, run } = clinic();
  migration('01_doctors', 'create table doctors (id int primary key);', 'drop table doctors;');
  const db = await testDatabase();
  const session = await db.connect();
  await session.run('create table patients (id int primary key)');
  const result = await run(['--database-url', db.url, '--output', 'src/db.ts']);
  expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('1 migration is pending') });
  expect(readFileSync(join(cwd, 'src/db.ts'), 'utf8')).toContain('patients: Patients;');
  const { rows } = await session.query(`select nspname from pg_namespace where nspname = 'dbkit'`);
  expect(rows).toEqual([]);
});

it('says what to install where kysely-codegen is missing, and writes nothing', async () => {
  const { cwd, run, output } = clinic();
  const hook = join(cwd, 'without-codegen.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
registerHooks({ resolve(specifier, context, next) {
  if (specifier !== 'kysely-codegen') return next(specifier, context);
  throw Object.assign(new Error("Cannot find package 'kysely-codegen'"), { code: 'ERR_MODULE_NOT_FOUND' });
} });`,
  );
  const db = await testDatabase();
  const result = await run(['--database-url', db.url], {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` },
  });
  expect(result.status).toBe(2);
  expect(result.stderr).toContain('dbkit types needs kysely-codegen and typescript, which are not installed');
  expect(result.stderr).toContain('npm install --save-dev kysely-codegen typescript');
  expect(existsSync(output)).toBe(false);
});
