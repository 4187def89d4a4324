/** Records migrations of a made-up folder on a test database. */

import { readMigrationFolder } from '../../../src/migrate/folder.ts';
import type { ToRecord } from '../../../src/migrate/lint/record/record.ts';
import { recordMigrations } from '../../../src/migrate/lint/record/record.ts';
import type { RecordedMigration, RecordedStatement } from '../../../src/migrate/lint/recording.ts';
import { loadUnchecked } from '../../../src/migrate/module.ts';
import type { TestDatabaseOptions } from '../../harness/test-database.ts';
import { migrationProject } from '../project.ts';

/** `chosen` by name; default: all, up and down. */
export async function recorded(
  files: Readonly<Record<string, string>>,
  chosen: (name: string) => ToRecord['record'] = () => 'up and down',
  options: TestDatabaseOptions = {},
): Promise<readonly RecordedMigration[]> {
  const project = await migrationProject(files, options);
  const migrations = await loadUnchecked(await readMigrationFolder(project.folder));
  const all = await recordMigrations(
    project.context,
    migrations.map((migration) => ({ migration, record: chosen(migration.name) })),
    project.options,
  );
  for (const { failed } of all) if (failed !== null) throw new Error(`${failed.step}: ${failed.message}`);
  return all;
}

/** What a statement did, in one line; ACCESS SHARE is left out, which GRANT takes since 18: `locks orders ACCESS EXCLUSIVE · rewrites orders`. */
export function inShort(statement: RecordedStatement): string {
  const name = (id: string) => id.replace(/^s\./, '');
  const list = (word: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${word} ${names.map(name).join(', ')}`];
  return [
    ...list(
      'locks',
      statement.locks.filter(({ mode }) => mode !== 'ACCESS SHARE').map(({ relation, mode }) => `${relation} ${mode}`),
    ),
    ...list('rewrites', statement.rewritten),
    ...list('scans', statement.scanned),
    ...list(
      'builds',
      statement.indexesBuilt.map(({ index, concurrently }) => (concurrently ? `${index} concurrently` : index)),
    ),
    ...list(
      'checks',
      statement.validated.map(({ relation, constraint }) => `${name(relation)}.${constraint}`),
    ),
  ]
    .join(' · ')
    .replaceAll(' s.', ' ');
}
