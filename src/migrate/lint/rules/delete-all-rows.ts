import { inEachTree, sizeOf } from '../facts/found.ts';
import type { LintRule } from '../rule.ts';
import { changedRelation } from '../tree/changed-relation.ts';

export const deleteAllRows: LintRule = {
  name: 'delete-all-rows',
  severity: 'error',
  summary: 'A DELETE without a condition empties a table that was there before.',
  explanation: `All rows are gone, and each stays locked until the commit. Say which rows by WHERE; or give the reason:
\`-- dbkit:allow delete-all-rows: <why>\`.`,
  check: ({ up }, context) =>
    inEachTree(up, (tree, statement) => {
      const changed = changedRelation(up, statement, tree);
      if (changed?.change !== 'delete' || changed.limited) return null;
      const { id } = changed.relation;
      return { object: id, message: `every row of ${id}${sizeOf(context, id)} is deleted` };
    }),
};
