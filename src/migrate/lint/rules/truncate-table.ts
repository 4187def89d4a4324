import { inEachTree, sizeOf } from '../facts/found.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf } from '../tree/node.ts';
import { relationBefore } from '../tree/relation.ts';

export const truncateTable: LintRule = {
  name: 'truncate-table',
  severity: 'error',
  summary: 'A table that was there before is emptied; with CASCADE so is every table that refers to it.',
  explanation: `TRUNCATE fires no row triggers and asks no policies. Delete by condition, in batches; or name every table that is
to be emptied, and why: \`-- dbkit:allow truncate-table: <why>\`.`,
  check: ({ up }, context) =>
    inEachTree(up, (tree, statement) => {
      const truncate = nodeOf(tree, 'TruncateStmt');
      return (truncate?.relations ?? []).flatMap((node) => {
        const relation = relationBefore(up, statement, nodeOf(node, 'RangeVar'));
        if (relation === null) return [];
        const cascade = truncate?.behavior === 'DROP_CASCADE' ? ', and every table that refers to it' : '';
        return [{ object: relation.id, message: `${relation.id}${sizeOf(context, relation.id)} is emptied${cascade}` }];
      });
    }),
};
