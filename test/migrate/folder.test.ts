import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMigrationFolder } from '../../src/migrate/folder.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder('migrations');
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const up = 'export async function up() {}\nexport async function down() {}\n';

it('passes over modules that are no migrations, as Kysely’s users keep them beside', async () => {
  const folder = await folderOf({
    '01_doctors.ts': up,
    'index.ts': `export * as doctors from './01_doctors.ts';\n`,
    'provider.ts': 'export class Provider { async getMigrations() { return {}; } }\n',
  });
  expect((await readMigrationFolder(folder)).map(({ name }) => name)).toEqual(['01_doctors']);
});

it.each([
  ['add_doctors.ts', up],
  ['add_doctors.js', 'const up = async () => {}; export { up };'],
  ['add_doctors.sql', 'create table doctors (id int);'],
])('refuses %s: it would never run', async (name, text) => {
  const folder = await folderOf({ [name]: text });
  await expect(readMigrationFolder(folder)).rejects.toMatchObject({ code: 'FILE_INVALID' });
});

it('orders names by code point, not by UTF-16 unit', async () => {
  const folder = await folderOf({ '1_\u{1F600}.ts': up, '2_a.ts': up, '0_\uFFEE.ts': up, '00_z.ts': up });
  expect((await readMigrationFolder(folder)).map(({ name }) => name)).toEqual([
    '00_z',
    '0_\uFFEE',
    '1_\u{1F600}',
    '2_a',
  ]);
});
