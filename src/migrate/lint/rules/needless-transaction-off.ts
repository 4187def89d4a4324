import { foundAt } from '../facts/found.ts';
import type { LintRule } from '../rule.ts';
import type { Node } from '../tree/node.ts';
import { nodeOf, treesOf } from '../tree/node.ts';

export const needlessTransactionOff: LintRule = {
  name: 'needless-transaction-off',
  severity: 'notice',
  summary: 'A migration runs outside a transaction and holds nothing that needs it.',
  explanation: `A failure in the middle leaves the first half done. Keep what can not run in a transaction (CONCURRENTLY, VACUUM, batches
with COMMIT) alone in its migration, and all else in one with a transaction.`,
  check: ({ file, up }) => {
    if (file.directives.transaction.up || up.statements.length < 2) return [];
    if (up.statements.some((statement) => treesOf(statement).length === 0 || treesOf(statement).some(needsIt)))
      return [];
    return [foundAt(up, null, { object: null, message: 'nothing here needs to run outside a transaction' })];
  },
};

const kinds = [
  'VacuumStmt',
  'ClusterStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'AlterSystemStmt',
  'CreateSubscriptionStmt',
] as const;

function needsIt(tree: Node): boolean {
  if (kinds.some((kind) => nodeOf(tree, kind) !== null)) return true;
  // A block or a procedure may commit.
  if (nodeOf(tree, 'DoStmt') !== null || nodeOf(tree, 'CallStmt') !== null) return true;
  if (nodeOf(tree, 'AlterEnumStmt') !== null) return true;
  const text = JSON.stringify(tree);
  return text.includes('"concurrent":true') || text.includes('"concurrently"');
}
