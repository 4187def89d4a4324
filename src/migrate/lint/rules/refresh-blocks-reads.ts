import { inEachTree, isSmall } from '../facts/found.ts';
import { indexesOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf } from '../tree/node.ts';
import { relationBefore } from '../tree/relation.ts';

export const refreshBlocksReads: LintRule = {
  name: 'refresh-blocks-reads',
  severity: 'warning',
  summary: 'REFRESH MATERIALIZED VIEW without CONCURRENTLY: nobody reads it meanwhile.',
  explanation: `With a unique index over all its rows a materialized view can be refreshed CONCURRENTLY: readers see the old rows until
the new ones are there.`,
  check: ({ up }, context) =>
    inEachTree(up, (tree, statement) => {
      const refresh = nodeOf(tree, 'RefreshMatViewStmt');
      const view = relationBefore(up, statement, refresh?.relation);
      if (view === null || refresh?.concurrent === true || refresh?.skipData === true) return null;
      if (!view.populated || isSmall(context, view.id)) return null;
      const unique = indexesOf(up.before, view.id).some(
        (index) => index.unique && index.predicate === null && !index.columns.includes(null),
      );
      return {
        object: view.id,
        message: `nobody can read ${view.id} until it is refreshed`,
        patch: unique ? `refresh materialized view concurrently ${view.id};` : null,
      };
    }),
};
