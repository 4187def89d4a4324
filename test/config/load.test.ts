import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { ResolvedConfig } from '../../src/config/schema.ts';

interface Answer {
  readonly config?: ResolvedConfig;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly location: { readonly file: string; readonly line: number | null } | null;
    readonly details: readonly string[];
  };
  readonly zod: boolean;
}

const script = new URL('./load-in-node.ts', import.meta.url).pathname;

/** A project of these files, outside of dbkit's own package. */
function project(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'dbkit-config-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** Node itself loads the files: the test runner would transform them. */
async function load(cwd: string, configPath?: string): Promise<Answer> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    script,
    cwd,
    ...(configPath === undefined ? [] : [configPath]),
  ];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: {} });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Answer;
}

const typed = `import { defineConfig } from 'dbkit';
const app: string = 'orders';
export default defineConfig({ app, migrations: 'db' });
`;

it('no file is a config, and does not load zod', async () => {
  const root = project({});
  const { config, zod } = await load(root);
  expect(config).toMatchObject({ root, file: null, app: 'default', migrations: join(root, 'migrations') });
  expect(zod).toBe(false);
});

it.each([
  ['dbkit.config.ts', typed],
  ['dbkit.config.mjs', typed.replace(': string', '')],
  ['dbkit.config.js', typed.replace(': string', '')],
  ['dbkit.config.json', '\uFEFF{ "app": "orders", "migrations": "db" }'],
])('%s, with dbkit not installed beside it', async (name, text) => {
  const root = project({ [name]: text, 'package.json': '{ "type": "module" }' });
  const { config, zod } = await load(root);
  expect(config).toMatchObject({ app: 'orders', migrations: join(root, 'db'), file: join(root, name) });
  // Loading it costs as much as starting Node; only faults are worth that.
  expect(zod).toBe(false);
});

it.each([
  ['no type', {}],
  ['the type that npm init writes', { type: 'commonjs' }],
])('a config in TypeScript beside a package.json with %s, and what it imports', async (_name, content) => {
  const root = project({
    'package.json': JSON.stringify(content),
    'dbkit.config.ts': `import { name } from './names.ts';\n${typed.replace("'orders'", 'name')}`,
    'names.ts': "export const name: string = 'orders';\n",
  });
  expect((await load(root)).config).toMatchObject({ app: 'orders' });
});

it('a CommonJS config', async () => {
  const root = project({ 'dbkit.config.js': `module.exports = require('dbkit').defineConfig({ app: 'orders' });` });
  expect((await load(root)).config).toMatchObject({ app: 'orders' });
});

it('--config: another name, and paths belong to its folder', async () => {
  const root = project({ 'etc/prod.ts': typed, 'dbkit.config.json': '{}' });
  expect((await load(root, 'etc/prod.ts')).config).toMatchObject({ migrations: join(root, 'etc', 'db') });
  expect((await load(root, 'absent.ts')).error).toMatchObject({
    code: 'CONFIG_NOT_FOUND',
    message: 'there is no config file absent.ts',
  });
  expect((await load(root, 'etc')).error).toMatchObject({
    code: 'CONFIG_NOT_FOUND',
    message: '--config etc is a folder',
  });
});

it('two configs are one too many', async () => {
  const root = project({ 'dbkit.config.ts': typed, 'dbkit.config.json': '{}' });
  expect((await load(root)).error).toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'more than one config: dbkit.config.ts, dbkit.config.json',
  });
});

it.each<[string, string, string, string, number | null]>([
  ['a syntax error in TypeScript', 'dbkit.config.ts', 'const a = 1;\nconst b: = 2;\n', 'cannot load', 2],
  ['a syntax error in JavaScript', 'dbkit.config.mjs', 'const a = 1;\n\nconst b = ;\n', 'cannot load', 3],
  ['a syntax error in JSON', 'dbkit.config.json', '{\n  "app": 1,,\n}', 'cannot load', 2],
  ['a throw', 'dbkit.config.ts', '\n\nthrow new Error("no luck");\n', 'no luck', 3],
  ['an enum', 'dbkit.config.ts', 'enum A { B }\nexport default {};\n', 'cannot load', 1],
  ['an import that dbkit does not have', 'dbkit.config.ts', "import { x } from 'dbkit';\n", "export named 'x'", 1],
  ['a package that is not installed', 'dbkit.config.ts', "import 'left-out';\n", 'left-out', null],
  ['no default export', 'dbkit.config.ts', 'export const config = {};\n', 'no default export', null],
])('%s', async (_name, file, text, message, line) => {
  const root = project({ [file]: text });
  const { error } = await load(root);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', location: { file: join(root, file), line } });
  expect(error?.message).toContain(message);
});

it('faults name the file and the keys', async () => {
  const root = project({ 'dbkit.config.ts': `export default { migratoins: 'x', app: 1 };` });
  const { error } = await load(root);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: 'dbkit.config.ts has 2 faults' });
  expect(error?.details).toContain('migratoins: unknown key; did you mean "migrations"?');
});

it("kysely is the user's own copy, else the one beside dbkit", async () => {
  const config = `import { Kysely, mine } from 'kysely';\nexport default { app: String(mine ?? typeof Kysely) };`;
  const withOwn = project({
    'dbkit.config.mjs': config,
    'node_modules/kysely/package.json': '{ "name": "kysely", "type": "module", "exports": "./index.js" }',
    'node_modules/kysely/index.js': `export class Kysely {}\nexport const mine = 'own';`,
  });
  expect((await load(withOwn)).config).toMatchObject({ app: 'own' });
  const without = project({ 'dbkit.config.mjs': config.replace('Kysely, mine', 'Kysely').replace('mine ?? ', '') });
  expect((await load(without)).config).toMatchObject({ app: 'function' });
});

it('TypeScript below node_modules is refused with what to do', async () => {
  const root = project({ 'node_modules/template/dbkit.config.ts': typed });
  expect((await load(join(root, 'node_modules/template'))).error).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('Node does not run TypeScript below node_modules'),
    hint: 'copy the file into the project, or compile it to JavaScript',
  });
});
