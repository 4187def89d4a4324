import { newColumnsOf } from '../facts/column-types.ts';
import { constraintsOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';

export const integerKey: LintRule = {
  name: 'integer-key',
  severity: 'notice',
  summary: 'A new counted key is smallint or integer: it ends at 2,147,483,647.',
  explanation: `A sequence also counts what was rolled back. To widen a key later is to write the table, its indexes and every reference
to it anew. bigint costs four bytes a row.`,
  check: (migration) =>
    newColumnsOf(migration, {
      of: (column, { up }) =>
        (column.type === 'integer' || column.type === 'smallint') &&
        (column.identity !== null || column.default?.startsWith('nextval(') === true) &&
        constraintsOf(up.after, column.relation).some(
          ({ kind, columns }) => kind === 'primary key' && columns.length === 1 && columns[0] === column.name,
        ),
      message: ({ name, type }) => `${name} counts in ${type}, which ends`,
      better: () => 'bigint',
    }),
};
