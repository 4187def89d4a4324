/** Reads a folder of migrations: names, texts, checksums. Imports nothing, so that `status` of 200 files is quick. */
import type { Dirent } from 'node:fs';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { DbkitError } from '../errors.ts';
import type { MigrationFile } from './migration.ts';
import { toMigration } from './migration-file.ts';

const surrogate = /[\ud800-\udfff]/;
const candidate = /\.(?:sql|ts|mts|js|mjs)$/;

/**
 * The migrations of a folder in code-point order of their names.
 * Throws FOLDER_NOT_FOUND, FILE_INVALID, VERSION_DUPLICATE. A missing down is noted, not thrown.
 */
export async function readMigrationFolder(folder: string): Promise<readonly MigrationFile[]> {
  const { names, texts, faults: unread } = await readFolderTexts(folder);
  const { migrations, faults } = parseMigrations(folder, texts, names);
  refuseInvalid(folder, [...unread, ...faults]);
  refuseDuplicates(folder, migrations);
  return migrations;
}

/** What lies in a folder, as text by file name, in order; and what can not be read. Throws FOLDER_NOT_FOUND. */
export async function readFolderTexts(folder: string): Promise<{
  readonly names: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
  readonly faults: readonly DbkitError[];
}> {
  const names = list(folder);
  const faults: DbkitError[] = [];
  return { names, texts: await readTexts(folder, names, faults), faults };
}

/** The migrations of texts by file name, in their order, and what is wrong with the others. */
export function parseMigrations(
  folder: string,
  texts: ReadonlyMap<string, string>,
  names: readonly string[] = [...texts.keys()],
): { readonly migrations: readonly MigrationFile[]; readonly faults: readonly DbkitError[] } {
  const faults: DbkitError[] = [];
  const migrations = names.flatMap((name) => {
    // Of a pair with a text that can not be read, that alone is told.
    if (!texts.has(name) || (/\.(?:up|down)\.sql$/.test(name) && isUnread(twinOf(name), names, texts))) return [];
    try {
      return toMigration(folder, name, texts) ?? [];
    } catch (error) {
      if (!(error instanceof DbkitError)) throw error;
      faults.push(error);
      return [];
    }
  });
  migrations.sort((a, b) => compareCodePoints(a.name, b.name));
  return { migrations, faults };
}

/** Without a promise for each: for hundreds of small files their making takes longer than the reading. */
async function readTexts(
  folder: string,
  names: readonly string[],
  faults: DbkitError[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const name of names) {
    const path = `${folder}${sep}${name}`;
    const text = readFileSync(path, 'utf8');
    // Node puts U+FFFD for what it can not read; the strict decoder tells whether the file says so itself.
    const whole = text.includes('\ufffd') ? decode(path, readFileSync(path)) : text.replace(/^\ufeff/, '');
    if (typeof whole === 'string') texts.set(name, whole);
    else faults.push(whole);
    // Whoever opens the connection meanwhile has their turn.
    if (texts.size % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return texts;
}

function twinOf(name: string): string {
  return name.endsWith('.up.sql') ? name.replace(/up\.sql$/, 'down.sql') : name.replace(/down\.sql$/, 'up.sql');
}

function isUnread(name: string, names: readonly string[], texts: ReadonlyMap<string, string>): boolean {
  return names.includes(name) && !texts.has(name);
}

/** Code-point order, which is not the order of JavaScript's UTF-16 units for names beyond the basic plane. */
export function compareCodePoints(a: string, b: string): number {
  if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function list(folder: string): readonly string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    const what =
      reason === 'ENOTDIR'
        ? 'is a file, not a folder'
        : reason === 'ENOENT'
          ? 'does not exist'
          : `can not be read (${reason})`;
    throw new DbkitError('FOLDER_NOT_FOUND', `migrations folder ${folder} ${what}`, {
      hint: 'set `migrations` in dbkit.config.ts, or make the first one: dbkit migrate new <name>',
      cause: error,
    });
  }
  return entries
    .filter((entry) => isCandidate(entry.name) && isFile(folder, entry))
    .map(({ name }) => name)
    .sort(compareCodePoints);
}

/** Whether a file of that name may be a migration. */
export function isCandidate(name: string): boolean {
  if (name.startsWith('.') || name.endsWith('.d.ts') || /\.(?:test|spec)\.[mc]?[jt]s$/.test(name)) return false;
  return candidate.test(name);
}

function isFile(folder: string, entry: Dirent): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(join(folder, entry.name)).isFile());
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** The text, or what is wrong with it. */
function decode(file: string, bytes: Buffer): string | DbkitError {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    const line = bytes.subarray(0, firstInvalid(bytes)).toString('latin1').split('\n').length;
    return new DbkitError('FILE_INVALID', `${file} is not UTF-8 text (line ${line})`, {
      hint: 'save the file as UTF-8',
      location: { file, line, column: null },
      cause: error,
    });
  }
}

function firstInvalid(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  const valid = (end: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (valid(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function refuseInvalid(folder: string, faults: readonly DbkitError[]): void {
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length === 1) throw first;
  throw new DbkitError('FILE_INVALID', `${faults.length} files in ${folder} can not be read as migrations`, {
    hint: 'mend each of them as its line says',
    location: first.location,
    details: faults.map(({ message, hint }) => (hint === null ? message : `${message}: ${hint}`)),
  });
}

function refuseDuplicates(folder: string, migrations: readonly MigrationFile[]): void {
  const taken = [...Map.groupBy(migrations, ({ version }) => version)].filter(([, { length }]) => length > 1);
  const second = taken[0]?.[1][1];
  if (second === undefined) return;
  const listed = taken.map(([version, same]) => `${version}: ${same.map(({ file }) => basename(file)).join(' and ')}`);
  throw new DbkitError(
    'VERSION_DUPLICATE',
    taken.length === 1
      ? `migrations in ${folder} have the same version ${listed[0]}`
      : `migrations in ${folder} have the same versions: ${taken.map(([version]) => version).join(', ')}`,
    {
      hint: 'rename the newer one: its version decides the order',
      location: { file: second.file, line: null, column: null },
      details: taken.length === 1 ? [] : listed,
    },
  );
}
