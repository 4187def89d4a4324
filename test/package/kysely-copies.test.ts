/** The built command line gives a migration one copy of kysely: what it carries, or the project's own of another version. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase, urlOf } from '../harness/test-database.ts';
import type { InstalledProject } from './installed-project.ts';
import { packInto, unpack } from './installed-project.ts';

const repository = join(import.meta.dirname, '../..');
let project: InstalledProject;

beforeAll(() => {
  project = packInto('kysely');
  unpack(project);
}, 180_000);
afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

test.each([
  ['the same version', null, /^provided:kysely$/],
  ['another version', '0.29.0', /^file:.*\/project\/node_modules\/kysely\/dist\/index\.js$/],
])('%s', async (_what, version, expected) => {
  const folder = join(project.folder, `project${version ?? ''}`, 'project');
  const own = join(folder, 'node_modules/kysely');
  cpSync(join(repository, 'node_modules/kysely'), own, { recursive: true });
  if (version !== null) {
    const manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
    writeFileSync(join(own, 'package.json'), JSON.stringify({ ...manifest, version }));
  }
  mkdirSync(join(folder, 'migrations'));
  writeFileSync(
    join(folder, 'migrations/01_notes.ts'),
    `import { Kysely, sql } from 'kysely';
import { DbkitError, irreversible } from 'dbkit';

export async function up(db: Kysely<any>): Promise<void> {
  if (!(db instanceof Kysely)) throw new Error('two copies of kysely');
  if (typeof DbkitError !== 'function') throw new Error('no dbkit');
  await db.schema.createTable('notes').addColumn('text', 'text').execute();
  await sql\`insert into notes values (\${import.meta.resolve('kysely')})\`.execute(db);
}

export const down = irreversible('a test');
`,
  );
  const db = await testDatabase();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(project.folder, 'node_modules/dbkit/bin/dbkit.js'), 'migrate', 'up', '--database-url', urlOf(db.settings)],
    { cwd: folder, env: { PATH: process.env.PATH, HOME: project.folder }, encoding: 'utf8', timeout: 60_000 },
  );
  expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: expect.stringContaining('1 applied') });
  const sql = await db.connect();
  const { rows } = await sql.query<{ text: string }>('select text from notes');
  expect(rows).toEqual([{ text: expect.stringMatching(expected) }]);
});
