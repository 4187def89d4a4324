import { inEachTree } from '../facts/found.ts';
import { outsideTransaction } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf } from '../tree/node.ts';

export const reindexBlocks: LintRule = {
  name: 'reindex-blocks',
  severity: 'error',
  summary: 'REINDEX without CONCURRENTLY: writers wait, and readers that want the index.',
  explanation:
    'REINDEX CONCURRENTLY builds beside the old index. It has a migration of its own, outside a transaction.',
  check: ({ up }) =>
    inEachTree(up, (tree, statement) => {
      const reindex = nodeOf(tree, 'ReindexStmt');
      if (reindex === null) return null;
      if ((reindex.params ?? []).some((node) => nodeOf(node, 'DefElem')?.defname === 'concurrently')) return null;
      const object = reindex.relation?.relname ?? reindex.name ?? '';
      if (reindex.relation !== undefined && statement.locks.length === 0) return null;
      return {
        object: statement.locks[0]?.relation ?? object,
        message: `${object} is built anew while nobody can write`,
        patch: outsideTransaction(
          `${statement.sql
            .trim()
            .replace(/;$/, '')
            .replace(/\b(reindex\s*(?:\([^)]*\)\s*)?(?:table|index|schema|database|system)\b)/i, '$1 concurrently')};`,
        ),
      };
    }),
};
