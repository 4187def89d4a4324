import { foundAt } from '../facts/found.ts';
import { outsideTransaction } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { alterCommands } from '../tree/alter-table.ts';
import { nodeOf } from '../tree/node.ts';
import { relationBefore } from '../tree/relation.ts';

export const partitionDetachBlocks: LintRule = {
  name: 'partition-detach-blocks',
  severity: 'warning',
  summary: 'A partition is detached under a lock on the whole partitioned table.',
  explanation: `DETACH PARTITION needs ACCESS EXCLUSIVE on the parent: all that use any partition wait behind it. With CONCURRENTLY
they do not; that runs outside a transaction, and not where there is a default partition.`,
  check: ({ up }) =>
    alterCommands(up).flatMap(({ statement, relation, command }) => {
      const detach = nodeOf(command.def, 'PartitionCmd');
      if (command.subtype !== 'AT_DetachPartition' || detach?.concurrent === true) return [];
      const partition = relationBefore(up, statement, detach?.name);
      if (partition === null) return [];
      const hasDefault = up.before.relations.some(
        ({ inherits, partitionBound }) => inherits.includes(relation.id) && partitionBound === 'DEFAULT',
      );
      return [
        foundAt(up, statement, {
          object: relation.id,
          message: `all of ${relation.id} is locked until ${partition.id} is detached`,
          patch: hasDefault
            ? null
            : outsideTransaction(`alter table ${relation.id} detach partition ${partition.id} concurrently;`),
        }),
      ];
    }),
};
