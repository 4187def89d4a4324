import { inEachTree } from '../facts/found.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf } from '../tree/node.ts';

export const enumValueOrder: LintRule = {
  name: 'enum-value-order',
  severity: 'notice',
  optIn: true,
  summary: 'A value is added to an enum without BEFORE or AFTER.',
  explanation: 'It comes last in every ORDER BY and every comparison, and its place can not be changed later.',
  check: ({ up }) =>
    inEachTree(up, (tree) => {
      const alter = nodeOf(tree, 'AlterEnumStmt');
      if (alter?.newVal === undefined || alter.oldVal !== undefined || alter.newValNeighbor !== undefined) return null;
      return { object: alter.newVal, message: `${alter.newVal} is added behind all others: say after which` };
    }),
};
