/** Writes the files of a new migration. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DbkitError } from '../errors.ts';
import { readMigrationFolder } from './folder.ts';
import type { NewReport } from './report.ts';

export interface NewOptions {
  readonly folder: string;
  /** Words; made into lower case with underscores. */
  readonly name: string;
  /** A pair of SQL files instead of a TypeScript file. */
  readonly sql: boolean;
  readonly now: Date;
}

/** Throws USAGE for a name without a letter or digit, VERSION_DUPLICATE when the version is taken. */
export async function newMigration({ folder, name, sql, now }: NewOptions): Promise<NewReport> {
  const base = await newFiles(folder, name, now);
  const words = basename(base).replace(/^\d+_/, '').replaceAll('_', ' ');
  const files: readonly (readonly [string, string])[] = sql
    ? [
        [`${base}.up.sql`, `-- ${words}\n`],
        [`${base}.down.sql`, `-- undo ${words}; or, in the up file: -- dbkit:irreversible <why>\n`],
      ]
    : [[`${base}.ts`, moduleTemplate]];
  for (const [file, text] of files) await writeFile(file, text, { flag: 'wx' });
  return { files: files.map(([file]) => file) };
}

/** Path of a new migration without its ending; the folder is there after it. Throws as `newMigration` does. */
export async function newFiles(folder: string, name: string, now: Date): Promise<string> {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (slug === '')
    throw new DbkitError('USAGE', `"${name}" makes no file name`, { hint: 'dbkit migrate new add_invoices' });
  await mkdir(folder, { recursive: true });
  const version = await freeVersion(folder, now);
  return join(folder, `${version}_${slug}`);
}

/** Seconds in UTC; one more when another migration of this second, or a later one, is there already. */
async function freeVersion(folder: string, now: Date): Promise<string> {
  const last = (await readMigrationFolder(folder)).at(-1)?.version;
  let version = toVersion(now);
  if (last !== undefined && /^\d{14}$/.test(last) && last >= version) version = String(BigInt(last) + 1n);
  return version;
}

export function toVersion(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14);
}

const moduleTemplate = `import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<any>): Promise<void> {
  await sql\`select 1\`.execute(db);
}

export async function down(db: Kysely<any>): Promise<void> {
  await sql\`select 1\`.execute(db);
}
`;
