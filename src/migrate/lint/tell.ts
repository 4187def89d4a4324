/** What a recorded statement did, in lines for a person: `blocks writes on public.events (41 M rows, 12 GB) for about…`. */
import type { Seconds, TableStats } from './estimate.ts';
import { estimateWork, tellSeconds, tellSize } from './estimate.ts';
import type { LockTaken, RecordedStatement } from './recording.ts';

const none: TableStats = new Map();

/** Of each statement of a run the lines that matter to others; locks that hold up nobody are left out. */
export function tellRun(
  statements: readonly RecordedStatement[],
  stats: TableStats | null,
): readonly (readonly string[])[] {
  const work = statements.map((statement) => estimateWork(statement, stats ?? none));
  return statements.map((statement, index) => {
    const { locks, rewritten, scanned, indexesBuilt, validated } = statement;
    const sized = (relation: string) => {
      const size = stats?.get(relation);
      return size === undefined ? relation : `${relation} (${tellSize(size)})`;
    };
    const told = locks
      .filter(({ blocks }) => blocks === 'writes' || blocks === 'reads and writes')
      .map((lock) => {
        const during = work.slice(index, index + 1 + lock.heldForStatements);
        return `blocks ${lock.blocks} on ${sized(lock.relation)}${howLong(lock, during, stats)} (${lock.mode})`;
      });
    const own = work[index];
    const time = own == null ? '' : `: ${tellSeconds(own)}`;
    const building = indexesBuilt.map(
      ({ relation, index: name, concurrently }) =>
        `builds the index ${name} on ${sized(relation)}${concurrently ? ' without blocking writes' : ''}${time}`,
    );
    const read = scanned.filter((relation) => !indexesBuilt.some((built) => built.relation === relation));
    return [
      ...told,
      ...rewritten.map((relation) => `writes all of ${sized(relation)} anew${time}`),
      ...building,
      ...read.map((relation) => `reads all of ${sized(relation)} under that lock${time}`),
      ...validated
        .filter(({ relation }) => !scanned.includes(relation) && !rewritten.includes(relation))
        .map(({ relation, constraint }) => `checks ${constraint} on all rows of ${sized(relation)}${time}`),
    ];
  });
}

/** A lock is held while the statement works, and while those behind it in the transaction do. */
function howLong(
  { heldForStatements }: Pick<LockTaken, 'heldForStatements'>,
  during: readonly (Seconds | null)[],
  stats: TableStats | null,
): string {
  const held =
    heldForStatements === 0
      ? ''
      : `, and during ${heldForStatements} more statement${heldForStatements === 1 ? '' : 's'}`;
  const known = during.filter((seconds) => seconds !== null);
  if (stats === null || known.length === 0) return held;
  const from = known.reduce((sum, seconds) => sum + seconds.from, 0);
  const to = known.reduce((sum, seconds) => sum + seconds.to, 0);
  return ` for ${tellSeconds({ from, to })}${held}`;
}
