import { inBothDirections, inEachTree } from '../facts/found.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf } from '../tree/node.ts';
import { relationBefore } from '../tree/relation.ts';

export const explicitTableLock: LintRule = {
  name: 'explicit-table-lock',
  severity: 'warning',
  summary: 'LOCK TABLE keeps others from writing to an existing table until the migration ends.',
  explanation: `Each statement takes the lock that it needs. Where rows must not change between two statements, lock those rows
(SELECT … FOR UPDATE), or take SHARE ROW EXCLUSIVE in a migration that does nothing else.`,
  check: (migration) =>
    inBothDirections(migration, (run) =>
      inEachTree(run, (tree, statement) =>
        (nodeOf(tree, 'LockStmt')?.relations ?? []).flatMap((node) => {
          const relation = relationBefore(run, statement, nodeOf(node, 'RangeVar'));
          const lock = statement.locks.find((one) => one.relation === relation?.id);
          if (relation === null || lock === undefined) return [];
          if (lock.blocks !== 'writes' && lock.blocks !== 'reads and writes') return [];
          return [
            {
              object: relation.id,
              message: `${relation.id} is locked in ${lock.mode} MODE for ${lock.heldForStatements} more statements`,
            },
          ];
        }),
      ),
    ),
};
