import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { resultTypes } from '../../docs/generate/json-schemas.ts';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';

function schemaOf(verb: string) {
  const file = join(import.meta.dirname, '../../docs/json', `${verb.replace(' ', '-')}.schema.json`);
  return z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')));
}

type Run = (...args: string[]) => ReturnType<typeof runCli>;

/** A project with two migrations, and verbs that run on a database of its own. */
async function project() {
  const cwd = temporaryFolder('json');
  mkdirSync(join(cwd, 'migrations'));
  for (const name of ['01_orders', '02_lines']) {
    writeFileSync(join(cwd, `migrations/${name}.up.sql`), `create table ${name.slice(3)} (id int);`);
    writeFileSync(join(cwd, `migrations/${name}.down.sql`), `drop table ${name.slice(3)};`);
  }
  const { url } = await testDatabase();
  const run: Run = (...args) => runCli([...args, '--json', '--database-url', url], { cwd });
  return { cwd, run };
}

/** Exactly one document on stdout and nothing beside it, as the schema of its verb says. */
async function expectDocument(verb: string, run: Run, args: readonly string[], exitCode = 0) {
  const { status, stdout, stderr } = await run(...verb.split(' '), ...args);
  expect({ status, stderr }, stdout).toEqual({ status: exitCode, stderr: '' });
  expect(stdout.endsWith('}\n') && stdout.indexOf('\n') === stdout.length - 1).toBe(true);
  const document = JSON.parse(stdout);
  const { error } = schemaOf(verb).safeParse(document);
  expect(error === undefined ? '' : z.prettifyError(error)).toBe('');
  expect(document).toMatchObject({ command: verb, exitCode, ok: exitCode === 0 });
  expect(document.error === null).toBe(exitCode <= 1);
  return document.result;
}

it('the schema refuses what is not as it says', () => {
  const schema = schemaOf('db url');
  const right = { dbkit: '1', schema: 1, command: 'db url', ok: true, exitCode: 0, result: { url: 'x' }, error: null };
  expect(schema.safeParse(right).success).toBe(true);
  for (const wrong of [{ exitCode: 7 }, { result: { url: 3 } }, { result: { url: 'x', more: 1 } }, { error: 'no' }])
    expect(schema.safeParse({ ...right, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
});

it('the migrate verbs print documents as their schemas say', async () => {
  const { cwd, run } = await project();
  expect(await expectDocument('migrate plan', run, [])).toMatchObject({ migrations: [{}, {}] });
  expect(await expectDocument('migrate up', run, ['--dry-run'])).toHaveProperty('hash');
  expect(await expectDocument('migrate up', run, [])).toMatchObject({ applied: 2, pending: 0 });
  await expectDocument('migrate status', run, []);
  await expectDocument('migrate redo', run, ['--yes']);
  await expectDocument('migrate down', run, [], 2);
  await expectDocument('migrate down', run, ['--yes']);
  await expectDocument('migrate status', run, ['--exit-code'], 1);
  await expectDocument('migrate baseline', run, ['02']);
  await expectDocument('migrate repair', run, ['02', '--forget']);
  await expectDocument('migrate to', run, ['02']);
  await expectDocument('migrate new', run, ['more', '--sql']);
  writeFileSync(join(cwd, 'migrations/99_broken.up.sql'), 'create table broken (;');
  writeFileSync(join(cwd, 'migrations/99_broken.down.sql'), 'select 1;');
  // What stands before the migration that failed is in the result.
  await expectDocument('migrate up', run, [], 2);
  await expectDocument('doctor', run, []);
});

it('the db verbs print documents as their schemas say', async () => {
  const { run } = await project();
  await expectDocument('db bootstrap', run, []);
  await expectDocument('db bootstrap', run, ['--print']);
  await expectDocument('db mark', run, ['staging']);
  await expectDocument('db mark', run, ['production'], 2);
  await expectDocument('db history', run, []);
  await expectDocument('db grants', run, ['migrate']);
  await expectDocument('types', run, ['--check'], 1);
  await expectDocument('types', run, []);
});

it('the verbs of the embedded server print documents as their schemas say', async () => {
  const cwd = temporaryFolder('json');
  const run: Run = (...args) => runCli([...args, '--json'], { cwd });
  onTestFinished(async () => void (await run('db', 'stop', '--force')));
  await expectDocument('db url', run, [], 2);
  await expectDocument('db status', run, []);
  await expectDocument('db start', run, []);
  await expectDocument('db url', run, []);
  await expectDocument('db reset', run, []);
  await expectDocument('db stop', run, []);
});

it('demo prints a document as its schema says', async () => {
  await expectDocument('demo', (...args) => runCli([...args, '--json']), []);
});

it.each(Object.keys(resultTypes))('%s prints a document also when its arguments are wrong', async (verb) => {
  await expectDocument(verb, (...args) => runCli([...args, '--json']), ['--no-such-flag'], 2);
});

it.each(Object.keys(resultTypes))('%s prints a document also when the config is wrong', async (verb) => {
  const cwd = temporaryFolder('json');
  writeFileSync(join(cwd, 'dbkit.config.json'), '{ "app": 1 }');
  const args = { 'migrate to': ['zero'], 'migrate new': ['x'], 'db mark': ['x'], 'db grants': ['migrate'] }[verb] ?? [];
  // The doctor explains it, and the demo needs none.
  const exitCode = verb === 'doctor' ? 1 : 2;
  await expectDocument(verb, (...words) => runCli([...words, '--json'], { cwd }), args, exitCode);
});
