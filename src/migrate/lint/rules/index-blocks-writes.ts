import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import { indexesOf } from '../facts/objects.ts';
import { concurrently, outsideTransaction } from '../facts/patch.ts';
import type { RecordedRun } from '../recording.ts';
import type { LintRule } from '../rule.ts';
import { isOpaque, nodeOf, treesOf } from '../tree/node.ts';

export const indexBlocksWrites: LintRule = {
  name: 'index-blocks-writes',
  severity: 'error',
  summary: 'An index is built on an existing table while writers wait.',
  explanation: `CREATE INDEX holds a SHARE lock until the transaction ends: nobody inserts, updates or deletes meanwhile.
CREATE INDEX CONCURRENTLY lets them. It can not run inside a transaction, so it has a migration of its own.
A partitioned table takes no CONCURRENTLY: the indexes of its partitions are built so, and then attached.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      run.statements.flatMap((statement) => {
        const index = treesOf(statement)
          .map((tree) => nodeOf(tree, 'IndexStmt'))
          .find((node) => node !== null);
        if (index === undefined && !isOpaque(statement)) return [];
        const built = statement.indexesBuilt.filter(
          (one) =>
            !one.concurrently &&
            !isQuick(context, run, statement, one.relation) &&
            indexesOf(run.after, one.relation).find(({ id }) => id === one.index)?.constraint == null,
        );
        const roots = new Map(built.map((one) => rootOf(run, one)).map((root) => [root.index, root]));
        return [...roots.values()].map(({ relation, index: id }) =>
          foundAt(run, statement, {
            object: relation,
            message: `${id} is built on ${relation}${sizeOf(context, relation)} while nobody can write to it`,
            patch: patchOf(run, relation, id),
          }),
        );
      }),
    ),
};

type Built = { readonly relation: string; readonly index: string };

/** What is built on each partition is found once, at the partitioned table. */
function rootOf(run: RecordedRun, built: Built): Built {
  const parent = indexesOf(run.after, built.relation).find(({ id }) => id === built.index)?.parent ?? null;
  const above = run.after.indexes.find(({ id }) => id === parent);
  return above === undefined ? built : rootOf(run, { relation: above.relation, index: above.id });
}

function patchOf(run: RecordedRun, relation: string, id: string): string | null {
  const index = indexesOf(run.after, relation).find((one) => one.id === id);
  if (index === undefined) return null;
  const children = run.after.indexes.filter(({ parent }) => parent === id);
  if (children.some((child) => run.after.indexes.some(({ parent }) => parent === child.id))) return null;
  const partitioned = / ON ONLY /.test(index.definition);
  if (!partitioned) return outsideTransaction(concurrently(index.definition));
  return outsideTransaction(
    `${index.definition};`,
    ...children.flatMap((child) => [
      concurrently(child.definition),
      `alter index ${index.id} attach partition ${child.id};`,
    ]),
  );
}
