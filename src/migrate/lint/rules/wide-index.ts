import { foundAt, statementNaming } from '../facts/found.ts';
import { relationOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';

export const wideIndex: LintRule = {
  name: 'wide-index',
  severity: 'notice',
  optIn: true,
  summary: 'A new index that is not unique has more than three columns.',
  explanation:
    'The columns behind the third rarely narrow a search, and each makes every write dearer. Columns that are only read go into INCLUDE.',
  check: ({ up }) =>
    up.after.indexes
      .filter(
        ({ id, unique, columns, method }) =>
          !unique && columns.length > 3 && method === 'btree' && !up.before.indexes.some((was) => was.id === id),
      )
      .map((index) =>
        foundAt(up, statementNaming(up, { schema: relationOf(up.after, index.relation)?.schema, name: index.name }), {
          object: index.id,
          message: `${index.id} has ${index.columns.length} columns`,
        }),
      ),
};
