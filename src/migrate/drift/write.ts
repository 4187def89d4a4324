/** Makes a migration of a difference and proves it on the scratch database before anything is written. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Catalog } from '../../catalog/model.ts';
import type { VerbInput } from '../../command.ts';
import { DbkitError } from '../../errors.ts';
import { migrateOptions } from '../command-options.ts';
import type { Direction } from '../migration.ts';
import { toMigration } from '../migration-file.ts';
import { loadUnchecked } from '../module.ts';
import { newFiles } from '../new.ts';
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
}

/** Writes the pair when it is proven. Throws USAGE for a name of which no file name can be made. */
export async function writeMigration(name: string, found: Mending, workshop: Workshop): Promise<WrittenMigration> {
  const { input, scratch } = workshop;
  const { migrations: folder } = input.config;
  const base = await newFiles(folder, name, input.now());
  const texts = new Map([
    [`${basename(base)}.up.sql`, upText(found)],
    [`${basename(base)}.down.sql`, textOf(found.down)],
  ]);
  const file = toMigration(folder, `${basename(base)}.up.sql`, texts);
  if (file === null) throw new Error(`${base}.up.sql is not taken for a migration`);
  const [migration] = await loadUnchecked([file]);
  if (migration === undefined) throw new Error(`${base}.up.sql did not load`);
  const options = { ...(await migrateOptions(input)), statementTimeoutMs: null, waitMs: 0 };
  const faults = await withScratchRun(scratch.context, options, async ({ run }) => {
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
  const losesData = [...found.up.losesData, ...found.down.losesData];
  const proven = faults.length === 0;
  const files = proven ? [...texts].map(([one, text]) => ({ path: `${folder}/${one}`, text })) : [];
  for (const { path, text } of files) await writeFile(path, text, { flag: 'wx' });
  return { name: migration.name, files: files.map(({ path }) => path), proven, faults, losesData };
}

function upText({ up, down }: Mending): string {
  const lossy =
    down.losesData.length === 0
      ? []
      : ['-- dbkit:lossy what was made in the database by hand goes, and the rows in it', ''];
  return [...lossy, textOf(up)].join('\n');
}

function textOf({ statements, impossible }: Script): string {
  const left = impossible.map((words) => `-- no statement can do this: ${words.replaceAll('\n', ' ')}`);
  return `${[...left, ...statements].join('\n')}\n`;
}
