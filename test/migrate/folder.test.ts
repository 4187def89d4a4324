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

it('names every file that is wrong, each with what to do, in one error', async () => {
  const folder = await folderOf({
    '01_doctors.down.sql': 'drop table doctors',
    '02_nurses.up.sql': 'create table nurses (id int)',
    '02_nurse.down.sql': 'drop table nurses',
    '03_wards.sql': 'create table wards (id int)',
    '04_beds.ts': up,
    'rooms.ts': up,
  });
  const at = (name: string) => join(folder, name);
  await expect(readMigrationFolder(folder)).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: `4 files in ${folder} can not be read as migrations`,
    location: { file: at('01_doctors.down.sql') },
    details: [
      `${at('01_doctors.down.sql')} has no up: add 01_doctors.up.sql, or remove this file`,
      `${at('02_nurse.down.sql')} has no up: give it the name of its up: 02_nurses.down.sql`,
      expect.stringContaining(`${at('03_wards.sql')} is not named like a migration: make it a pair`),
      expect.stringContaining(`${at('rooms.ts')} is not named like a migration: name it <version>_<name>.ts`),
    ],
  });
});

it('names every version that is taken twice in one error', async () => {
  const folder = await folderOf({
    '01_a.ts': up,
    '01_b.ts': up,
    '02.ts': up,
    '03_a.ts': up,
    '03_b.js': up,
    '03_c.ts': up,
  });
  await expect(readMigrationFolder(folder)).rejects.toMatchObject({
    code: 'VERSION_DUPLICATE',
    message: `migrations in ${folder} have the same versions: 01, 03`,
    details: ['01: 01_a.ts and 01_b.ts', '03: 03_a.ts and 03_b.js and 03_c.ts'],
    location: { file: join(folder, '01_b.ts') },
  });
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
