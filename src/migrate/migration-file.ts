/** What a file of the folder is by its name: a module, a pair of SQL files, a dbmate file, or a mistake. */
import { basename, sep } from 'node:path';
import { DbkitError } from '../errors.ts';
import { isEmptySql } from '../postgres/sql-text.ts';
import { checksumModule, checksumSql } from './checksum.ts';
import type { MigrationFile } from './migration.ts';
import { noDirectives } from './migration.ts';
import { readDbmateSections, readDirectives, wholeFile } from './sql-file.ts';

const exportsUp = /\bexport\b[^;]*\bup\b|\bexports\.up\b/;
const modulePattern = /^(?<name>(?<version>[0-9][0-9A-Za-z.-]*)(?:_[^/]*)?)\.(?:ts|mts|js|mjs)$/;
const pairPattern = /^(?<name>(?<version>[0-9][0-9A-Za-z.-]*)(?:_[^/]*)?)\.(?<side>up|down)\.sql$/;
const sqlPattern = /^(?<name>(?<version>[0-9][0-9A-Za-z.-]*)(?:_[^/]*)?)\.sql$/;

/** Null for the down of a pair, which is part of its up. `texts` by name. Throws FILE_INVALID. */
export function toMigration(folder: string, name: string, texts: ReadonlyMap<string, string>): MigrationFile | null {
  const file = `${folder}${sep}${name}`;
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
  const otherName = `${name}.${side === 'up' ? 'down' : 'up'}.sql`;
  const other = `${folder}${sep}${otherName}`;
  const otherSource = texts.get(otherName);
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
