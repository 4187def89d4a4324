/** Reads a folder of migrations: names, texts, checksums. Imports nothing, so that `status` of 200 files is quick. */
import type { Dirent } from 'node:fs';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DbkitError } from '../errors.ts';
import { isEmptySql } from '../postgres/sql-text.ts';
import { checksumModule, checksumSql } from './checksum.ts';
import type { MigrationFile } from './migration.ts';
import { noDirectives } from './migration.ts';
import { readDbmateSections, readDirectives, wholeFile } from './sql-file.ts';

const modulePattern = /^(?<name>(?<version>[0-9][0-9A-Za-z.-]*)(?:_[^/]*)?)\.(?:ts|mts|js|mjs)$/;
const pairPattern = /^(?<name>(?<version>[0-9][0-9A-Za-z.-]*)(?:_[^/]*)?)\.(?<side>up|down)\.sql$/;
const sqlPattern = /^(?<name>(?<version>[0-9][0-9A-Za-z.-]*)(?:_[^/]*)?)\.sql$/;
const exportsUp = /\bexport\b[^;]*\bup\b|\bexports\.up\b/;
const surrogate = /[\ud800-\udfff]/;
const candidate = /\.(?:sql|ts|mts|js|mjs)$/;

/**
 * The migrations of a folder in code-point order of their names.
 * Throws FOLDER_NOT_FOUND, FILE_INVALID, VERSION_DUPLICATE. A missing down is noted, not thrown.
 */
export async function readMigrationFolder(folder: string): Promise<readonly MigrationFile[]> {
  // Without promises: for hundreds of small files their making takes longer than the reading.
  const names = list(folder);
  const texts = new Map(names.map((name) => [name, decode(join(folder, name), readFileSync(join(folder, name)))]));
  const migrations = names.flatMap((name) => toMigration(folder, name, texts) ?? []);
  migrations.sort((a, b) => compareCodePoints(a.name, b.name));
  refuseDuplicates(folder, migrations);
  return migrations;
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

function isCandidate(name: string): boolean {
  if (name.startsWith('.') || name.endsWith('.d.ts') || /\.(?:test|spec)\.[mc]?[jt]s$/.test(name)) return false;
  return candidate.test(name);
}

function isFile(folder: string, entry: Dirent): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(join(folder, entry.name)).isFile());
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function decode(file: string, bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    const line = bytes.subarray(0, firstInvalid(bytes)).toString('latin1').split('\n').length;
    throw new DbkitError('FILE_INVALID', `${file} is not UTF-8 text (line ${line})`, {
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

function toMigration(folder: string, name: string, texts: ReadonlyMap<string, string>): MigrationFile | null {
  const file = join(folder, name);
  const source = texts.get(name) ?? '';
  const pair = pairPattern.exec(name)?.groups;
  if (pair !== undefined) return toPair(folder, file, source, pair, texts);
  const module = modulePattern.exec(name)?.groups;
  if (module !== undefined) {
    const checksum = checksumModule(source);
    return {
      name: module.name ?? '',
      version: module.version ?? '',
      kind: 'typescript',
      file,
      up: checksum,
      down: checksum,
      sql: null,
      downText: source,
      missingDown: null,
      directives: noDirectives,
    };
  }
  const single = sqlPattern.exec(name)?.groups;
  const sections = single === undefined ? null : readDbmateSections(file, source);
  if (single !== undefined && sections !== null) {
    const directives = readDirectives(file, source);
    const down = directives.irreversible === null ? sections.down : null;
    const missing = down === null || isMissing(sections.up.text, down.text);
    return {
      name: single.name ?? '',
      version: single.version ?? '',
      kind: 'dbmate',
      file,
      up: checksumSql(sections.up.text),
      down: down === null ? null : checksumSql(down.text),
      sql: { up: sections.up, down },
      downText: down?.text ?? null,
      missingDown:
        missing && directives.irreversible === null ? `a "-- migrate:down" section in ${basename(file)}` : null,
      directives: {
        ...directives,
        transaction: {
          up: directives.transaction && sections.transaction.up,
          down: directives.transaction && sections.transaction.down,
        },
      },
    };
  }
  // A list of migrations or a provider for Kysely's Migrator lies in many folders; what has an up is meant to run.
  if (!name.endsWith('.sql') && !exportsUp.test(source)) return null;
  throw new DbkitError('FILE_INVALID', `${file} is not named like a migration`, {
    hint:
      single === undefined
        ? 'name it <version>_<name>.ts or <version>_<name>.up.sql with .down.sql, the version starting with a digit; what is no migration lies elsewhere'
        : `make it a pair, ${single.name}.up.sql and ${single.name}.down.sql, or give it "-- migrate:up" and "-- migrate:down" sections`,
    location: { file, line: null, column: null },
  });
}

function toPair(
  folder: string,
  file: string,
  source: string,
  groups: Readonly<Record<string, string>>,
  texts: ReadonlyMap<string, string>,
): MigrationFile | null {
  const { name = '', version = '', side } = groups;
  const other = join(folder, `${name}.${side === 'up' ? 'down' : 'up'}.sql`);
  const otherSource = texts.get(`${name}.${side === 'up' ? 'down' : 'up'}.sql`);
  if (side === 'down') {
    if (otherSource !== undefined) return null;
    const twin = [...texts.keys()].find((one) => one.endsWith('.up.sql') && one.startsWith(`${version}_`));
    throw new DbkitError('FILE_INVALID', `${file} has no up`, {
      hint:
        twin === undefined
          ? `add ${basename(other)}, or remove this file`
          : `give it the name of its up: ${twin.replace(/up\.sql$/, 'down.sql')}`,
      location: { file, line: null, column: null },
    });
  }
  const own = readDirectives(file, source);
  const theirs = otherSource === undefined ? null : readDirectives(other, otherSource);
  const irreversible = own.irreversible ?? theirs?.irreversible ?? null;
  const down = otherSource === undefined || irreversible !== null ? null : wholeFile(other, otherSource);
  const missing = down === null || isMissing(source, down.text);
  return {
    name,
    version,
    kind: 'sql',
    file,
    up: checksumSql(source),
    down: down === null ? null : checksumSql(down.text),
    sql: { up: wholeFile(file, source), down },
    downText: down?.text ?? null,
    missingDown: !missing || irreversible !== null ? null : describeMissing(basename(other), otherSource),
    directives: {
      transaction: { up: own.transaction, down: theirs?.transaction ?? true },
      irreversible,
      lossy: own.lossy ?? theirs?.lossy ?? null,
      allow: [...own.allow, ...(theirs?.allow ?? [])],
    },
  };
}

function describeMissing(name: string, source: string | undefined): string {
  return source === undefined ? name : `a statement to ${name}, which has none`;
}

/** A down without a statement undoes nothing; only an up without one may have such a down. */
function isMissing(up: string, down: string): boolean {
  return isEmptySql(down) && !isEmptySql(up);
}

function refuseDuplicates(folder: string, migrations: readonly MigrationFile[]): void {
  const seen = new Map<string, MigrationFile>();
  for (const migration of migrations) {
    const twin = seen.get(migration.version);
    if (twin !== undefined) {
      throw new DbkitError(
        'VERSION_DUPLICATE',
        `two migrations in ${folder} have the version ${migration.version}: ${basename(twin.file)} and ${basename(migration.file)}`,
        {
          hint: 'rename the newer one: its version decides the order',
          location: { file: migration.file, line: null, column: null },
        },
      );
    }
    seen.set(migration.version, migration);
  }
}
