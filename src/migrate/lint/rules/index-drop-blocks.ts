import { inEachTree, isSmall } from '../facts/found.ts';
import { relationOf } from '../facts/objects.ts';
import { outsideTransaction } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { nameParts, nodeOf } from '../tree/node.ts';

export const indexDropBlocks: LintRule = {
  name: 'index-drop-blocks',
  severity: 'warning',
  summary: 'An index of an existing table is dropped under a lock that readers and writers wait for.',
  explanation: `DROP INDEX needs ACCESS EXCLUSIVE on the table: it waits for every running statement, and all that come behind it wait
with it. DROP INDEX CONCURRENTLY does not; it has a migration of its own, outside a transaction.`,
  check: ({ up }, context) =>
    inEachTree(up, (tree) => {
      const drop = nodeOf(tree, 'DropStmt');
      if (drop?.removeType !== 'OBJECT_INDEX' || drop.concurrent === true) return null;
      return (drop.objects ?? []).flatMap((object) => {
        const parts = nameParts(nodeOf(object, 'List')?.items);
        const index = up.before.indexes.find(
          (one) =>
            one.name === parts.at(-1) &&
            (parts.length < 2 || relationOf(up.before, one.relation)?.schema === parts.at(-2)),
        );
        if (index === undefined || isSmall(context, index.relation)) return [];
        if (relationOf(up.after, index.relation) === null) return [];
        const partitioned = / ON ONLY /.test(index.definition);
        return [
          {
            object: index.id,
            message: `dropping ${index.id} makes whoever uses ${index.relation} wait`,
            patch: partitioned ? null : outsideTransaction(`drop index concurrently ${index.id};`),
          },
        ];
      });
    }),
};
