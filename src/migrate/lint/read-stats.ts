/** Reads the file that `dbkit db stats` made. */
import { readFile } from 'node:fs/promises';
import { DbkitError } from '../../errors.ts';
import type { TableStats } from './estimate.ts';

const statsVersion = 1;

/** Takes the file itself and the document of `--json`. Throws IO_FAILED, FILE_INVALID. */
export async function readStats(file: string): Promise<TableStats> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new DbkitError('IO_FAILED', `${file} can not be read: ${(error as NodeJS.ErrnoException).code}`, {
      hint: 'make it with: dbkit db stats --env production > stats.json',
      cause: error,
    });
  }
  const invalid = (what: string) =>
    new DbkitError('FILE_INVALID', `${file} ${what}`, {
      hint: 'make it anew: dbkit db stats --env production > stats.json',
      location: { file, line: null, column: null },
    });
  const parsed = parse(text);
  const stats = asObject(asObject(parsed)?.result) ?? asObject(parsed);
  const relations = asObject(stats?.relations);
  if (stats === null || relations === null) throw invalid('is not what dbkit db stats prints');
  if (stats.stats !== statsVersion)
    throw invalid(`is of another version of dbkit: its form is ${String(stats.stats)}, this one reads ${statsVersion}`);
  return new Map(
    Object.entries(relations).map(([relation, size]) => {
      const { rows, bytes = null } = asObject(size) ?? {};
      const sound = isCount(rows) && (bytes === null || isCount(bytes));
      if (!sound) throw invalid(`has no sizes for ${relation}`);
      return [relation, { rows, bytes }];
    }),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
