import { inEachTree } from '../facts/found.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf } from '../tree/node.ts';

export const dropDatabase: LintRule = {
  name: 'drop-database',
  severity: 'error',
  summary: 'A migration drops a database.',
  explanation: 'A migration works inside of one database. Which ones a server has is for whoever runs it.',
  check: ({ up }) =>
    inEachTree(up, (tree) => {
      const drop = nodeOf(tree, 'DropdbStmt');
      if (drop === null) return null;
      return { object: `database ${drop.dbname}`, message: `database ${drop.dbname} is dropped` };
    }),
};
