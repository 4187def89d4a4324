import { foundAt, statementNaming } from '../facts/found.ts';
import { columnsOf, isTable, relationOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';

/** Bytes and alignment (pg_type.typlen, typalign); what is not here has any length, and is aligned to four at most. */
const fixed: Readonly<Record<string, number>> = {
  boolean: 1,
  smallint: 2,
  integer: 4,
  real: 4,
  date: 4,
  bigint: 8,
  'double precision': 8,
  money: 8,
  'timestamp with time zone': 8,
  'timestamp without time zone': 8,
  'time without time zone': 8,
};

export const columnsPad: LintRule = {
  name: 'columns-pad',
  severity: 'notice',
  optIn: true,
  summary: 'The order of the columns of a new table wastes eight bytes or more in every row.',
  explanation:
    'Each value begins at a multiple of its size. Wide fixed columns first, then narrower ones, then those of any length.',
  check: ({ up }) =>
    up.after.relations
      .filter(
        (relation) =>
          isTable(relation) && relationOf(up.before, relation.id) === null && relation.inherits.length === 0,
      )
      .flatMap((relation) => {
        const sizes = columnsOf(up.after, relation.id)
          .toSorted((a, b) => a.position - b.position)
          .flatMap(({ type }) =>
            type === 'uuid' ? [[16, 1]] : fixed[type] === undefined ? [] : [[fixed[type], fixed[type]]],
          );
        const wasted = padding(sizes) - padding(sizes.toSorted(([, a = 0], [, b = 0]) => b - a));
        if (wasted < 8) return [];
        return [
          foundAt(up, statementNaming(up, relation), {
            object: relation.id,
            message: `the order of the columns of ${relation.id} wastes ${wasted} bytes in every row`,
          }),
        ];
      }),
};

function padding(sizes: readonly (readonly number[])[]): number {
  let at = 0;
  let filled = 0;
  for (const [size = 0, align = 1] of sizes) {
    const gap = (align - (at % align)) % align;
    filled += gap;
    at += gap + size;
  }
  return filled + ((8 - (at % 8)) % 8);
}
