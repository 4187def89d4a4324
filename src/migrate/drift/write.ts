/** Makes a migration of a difference and proves it on scratch databases before anything is written. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Catalog } from '../../catalog/model.ts';
import type { VerbInput } from '../../command.ts';
import { DbkitError } from '../../errors.ts';
import { migrateOptions } from '../command-options.ts';
import type { Direction, MigrationFile } from '../migration.ts';
import { toMigration } from '../migration-file.ts';
import { loadUnchecked } from '../module.ts';
import { newFiles } from '../new.ts';
import type { MigrateOptions } from '../options.ts';
import { isOwnFault } from '../own-fault.ts';
import { proveMigrations } from '../prove/prove.ts';
import { withScratchRun } from '../run-on-scratch.ts';
import type { MigrationScratch } from '../scratch/migration-scratch.ts';
import type { CompareOptions, Script } from './compare.ts';
import { compareCatalogs } from './compare.ts';
import type { WrittenMigration } from './report.ts';

export interface Mending {
  /** Makes what the files say like the database. */
  readonly up: Script;
  readonly down: Script;
  readonly ofFiles: Catalog;
  readonly ofDatabase: Catalog;
}

export interface Workshop {
  readonly input: VerbInput;
  /** All applied migrations have run in it. */
  readonly scratch: MigrationScratch;
  readonly compare: CompareOptions;
  /** Catalog of the scratch database, as `Mending` holds them. */
  readonly read: () => Promise<Catalog>;
  /** All of the folder. */
  readonly files: readonly MigrationFile[];
  /** Names of those that are pending on the target. */
  readonly pending: readonly string[];
  /** Another scratch database, with nothing in it. */
  readonly open: () => Promise<MigrationScratch>;
}

/** Writes the pair when it is proven. Throws USAGE for a name of which no file name can be made. */
export async function writeMigration(name: string, found: Mending, workshop: Workshop): Promise<WrittenMigration> {
  const { input } = workshop;
  const { migrations: folder } = input.config;
  const base = basename(await newFiles(folder, name, input.now()));
  const texts = new Map([
    [`${base}.up.sql`, upText(found)],
    [`${base}.down.sql`, textOf(found.down)],
  ]);
  const file = toMigration(folder, `${base}.up.sql`, texts);
  if (file === null) throw new Error(`${base}.up.sql is not taken for a migration`);
  const options = { ...(await migrateOptions(input)), statementTimeoutMs: null, waitMs: 0 };
  let faults = await faultsWhereApplied(file, found, workshop, options);
  if (faults.length === 0) faults = await faultsInFolder(file, workshop, options);
  const proven = faults.length === 0;
  const files = proven ? [...texts].map(([one, text]) => ({ path: `${folder}/${one}`, text })) : [];
  for (const { path, text } of files) await writeFile(path, text, { flag: 'wx' });
  return {
    name: file.name,
    files: files.map(({ path }) => path),
    proven,
    faults,
    losesData: [...found.up.losesData, ...found.down.losesData],
    pendingBefore: workshop.pending,
  };
}

/** After the applied migrations alone: up makes the catalog of the target, and down that of the files. */
async function faultsWhereApplied(
  file: MigrationFile,
  found: Mending,
  workshop: Workshop,
  options: MigrateOptions,
): Promise<readonly string[]> {
  const [migration] = await loadUnchecked([file]);
  if (migration === undefined) throw new Error(`${file.name} did not load`);
  return withScratchRun(workshop.scratch.context, options, async ({ run }) => {
    const rounds: readonly (readonly [Direction, Catalog])[] = [
      ['up', found.ofDatabase],
      ['down', found.ofFiles],
      ['up', found.ofDatabase],
    ];
    for (const [direction, wanted] of rounds) {
      try {
        await run([{ migration, direction }]);
      } catch (error) {
        if (!(error instanceof DbkitError)) throw error;
        return [error.message];
      }
      const { differences } = compareCatalogs(await workshop.read(), wanted, workshop.compare);
      if (differences.length > 0) return differences.map(({ words }) => `after ${direction}: ${words}`);
    }
    return [];
  });
}

/** As every other database will see it: after all of the folder, with rows in the tables. */
async function faultsInFolder(
  file: MigrationFile,
  { files, open }: Workshop,
  options: MigrateOptions,
): Promise<readonly string[]> {
  const migrate = { ...options, files: [...files, file] };
  try {
    const { migrations } = await proveMigrations(
      { migrate, only: [file.name], proofs: null },
      { open, roles: 'used', conditions: [] },
    );
    return migrations.flatMap(({ faults }) =>
      faults.flatMap(({ words, differences }) => [words, ...differences.map((one) => one.words)]),
    );
  } catch (error) {
    // One before it that can not be applied: it would be in the way of every new database already.
    if (!isOwnFault(error)) throw error;
    return [error.message];
  }
}

function upText({ up, down }: Mending): string {
  const what = [
    ...(up.losesData.length === 0 ? [] : ['what was dropped in the database by hand goes, with its rows']),
    ...(down.losesData.length === 0 ? [] : ['what was made in the database by hand goes, and the rows in it']),
  ].join('; ');
  return [...(what === '' ? [] : [`-- dbkit:lossy ${what}`, '']), textOf(up)].join('\n');
}

function textOf({ statements, impossible }: Script): string {
  const left = impossible.map((words) => `-- no statement can do this: ${words.replaceAll('\n', ' ')}`);
  return `${[...left, ...statements].join('\n')}\n`;
}
