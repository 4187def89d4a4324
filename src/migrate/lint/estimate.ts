/**
 * How long the work of a statement may take on tables of a known size: from sizes and speeds, as a range.
 *
 * The speeds are of one server process, from a machine with a fast disk and nothing else to do to one with a slow disk
 * that is busy. They are rough on purpose: what matters is whether it is seconds, minutes or hours.
 */
import type { RecordedStatement } from './recording.ts';

/** From `dbkit db stats`, by relation id. */
export type TableStats = ReadonlyMap<string, { readonly rows: number; readonly bytes: number | null }>;

export interface Seconds {
  readonly from: number;
  readonly to: number;
}

/** Megabytes of the table each second, fast and slow. */
const speeds = {
  /** Reading all rows: NOT NULL, CHECK, the bound of a partition. */
  scan: { fast: 800, slow: 100 },
  /** Reading the rows and looking each up in another table. */
  foreignKey: { fast: 200, slow: 30 },
  /** Reading, sorting and writing an index. */
  index: { fast: 150, slow: 20 },
  /** Reading and writing the table with its log and all its indexes. */
  rewrite: { fast: 60, slow: 8 },
} as const;

/** Where a role may not see sizes, rows are taken to be of this many bytes. */
const bytesOfRow = 100;
/** Less than this is not told of. */
const momentSeconds = 1;

export function bytesOf({ rows, bytes }: { readonly rows: number; readonly bytes: number | null }): number {
  return bytes ?? rows * bytesOfRow;
}

/** Null: it does no work that grows with the tables, or their sizes are not known. */
export function estimateWork(
  statement: Pick<RecordedStatement, 'rewritten' | 'scanned' | 'indexesBuilt' | 'validated' | 'parsed'>,
  stats: TableStats,
): Seconds | null {
  let from = 0;
  let to = 0;
  const add = (relation: string, speed: keyof typeof speeds) => {
    const table = stats.get(relation);
    if (table === undefined) return;
    const megabytes = bytesOf(table) / 1e6;
    from += megabytes / speeds[speed].fast;
    to += megabytes / speeds[speed].slow;
  };
  const indexed = new Set(statement.indexesBuilt.map(({ relation }) => relation));
  const foreignKey = JSON.stringify(statement.parsed).includes('"CONSTR_FOREIGN"');
  for (const relation of statement.rewritten) add(relation, 'rewrite');
  for (const { relation } of statement.indexesBuilt) add(relation, 'index');
  const read = new Set([...statement.scanned, ...statement.validated.map(({ relation }) => relation)]);
  for (const relation of read) {
    if (!indexed.has(relation) && !statement.rewritten.includes(relation))
      add(relation, foreignKey ? 'foreignKey' : 'scan');
  }
  return to === 0 ? null : { from, to };
}

/** `about 2 to 9 minutes`, `less than a second`. */
export function tellSeconds({ from, to }: Seconds): string {
  if (to < momentSeconds) return 'less than a second';
  const units = [
    { name: 'hour', seconds: 3600 },
    { name: 'minute', seconds: 60 },
    { name: 'second', seconds: 1 },
  ];
  const unit = units.find(({ seconds }) => to >= seconds) ?? { name: 'second', seconds: 1 };
  const last = round(to / unit.seconds);
  const first = round(from / unit.seconds);
  const plural = last === 1 ? unit.name : `${unit.name}s`;
  if (first === last) return `about ${last} ${plural}`;
  return first === 0 ? `up to ${last} ${plural}` : `about ${first} to ${last} ${plural}`;
}

function round(value: number): number {
  return value < 10 ? Math.round(value) : Number(value.toPrecision(2));
}

/** `41 M rows, 12 GB`; without a size where it is not known. */
export function tellSize({ rows, bytes }: { readonly rows: number; readonly bytes: number | null }): string {
  const count = `${short(rows, ['', ' k', ' M', ' G'])} rows`;
  return bytes === null ? count : `${count}, ${short(bytes, [' bytes', ' kB', ' MB', ' GB', ' TB'])}`;
}

function short(value: number, units: readonly string[]): string {
  let left = value;
  let at = 0;
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000;
    at += 1;
  }
  return `${Number(left.toPrecision(2))}${units[at]}`;
}
