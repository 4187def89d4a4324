/** `.order.json` beside the migrations: which ones were proven to be the same in another order than that of their names. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DbkitError } from '../errors.ts';
import { compareCodePoints } from './folder.ts';
import type { MigrationState } from './state.ts';

const orderFileName = '.order.json';

const provenOrder = z.strictObject({
  name: z.string(),
  checksum: z.string(),
  /** What sorts after it and ran before it: checksum of each up by name. All of it, and nothing else. */
  after: z.record(z.string(), z.string()),
});

const orderFile = z.strictObject({ version: z.literal(1), proven: z.array(provenOrder) });

export type ProvenOrder = z.infer<typeof provenOrder>;

/** Empty where there is none. Throws FILE_INVALID. */
export async function readOrderFile(folder: string): Promise<readonly ProvenOrder[]> {
  const file = join(folder, orderFileName);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    return orderFile.parse(JSON.parse(text)).proven;
  } catch (error) {
    throw new DbkitError('FILE_INVALID', `${file} is not what dbkit migrate check wrote`, {
      hint: 'remove it, and prove the order again: dbkit migrate check --base <ref> --allow-unordered',
      location: { file, line: null, column: null },
      cause: error,
    });
  }
}

/** Adds to the record; one of the same migration after the same ones gives way. Returns the path. */
export async function addToOrderFile(folder: string, proven: readonly ProvenOrder[]): Promise<string> {
  const key = ({ name, after }: ProvenOrder) => JSON.stringify([name, Object.keys(after).sort(compareCodePoints)]);
  const all = new Map([...(await readOrderFile(folder)), ...proven].map((one) => [key(one), sorted(one)]));
  const file = join(folder, orderFileName);
  const list = [...all.entries()].sort(([a], [b]) => compareCodePoints(a, b)).map(([, one]) => one);
  await writeFile(file, `${JSON.stringify({ version: 1, proven: list }, null, 2)}\n`);
  return file;
}

function sorted({ name, checksum, after }: ProvenOrder): ProvenOrder {
  return {
    name,
    checksum,
    after: Object.fromEntries(Object.entries(after).sort(([a], [b]) => compareCodePoints(a, b))),
  };
}

/** What sorts after `name` and runs before it: each up by its checksum. */
export function orderOf(
  name: string,
  checksum: string,
  earlier: readonly { readonly name: string; readonly checksum: string }[],
): ProvenOrder {
  const after = earlier.filter((one) => compareCodePoints(one.name, name) > 0);
  return sorted({ name, checksum, after: Object.fromEntries(after.map((one) => [one.name, one.checksum])) });
}

/** Whether the record holds exactly this. */
export function isProven(order: ProvenOrder, record: readonly ProvenOrder[]): boolean {
  const text = JSON.stringify(sorted(order));
  return record.some((one) => JSON.stringify(sorted(one)) === text);
}

/** Whether this pending migration was proven to come after exactly what is applied here and sorts after it. */
export function provenHere(state: MigrationState, states: readonly MigrationState[], record: readonly ProvenOrder[]) {
  if (state.file === null || record.length === 0) return false;
  const applied = states.flatMap(({ name, entry }) => (entry === null ? [] : { name, checksum: entry.upChecksum }));
  return isProven(orderOf(state.name, state.file.up.raw, applied), record);
}
