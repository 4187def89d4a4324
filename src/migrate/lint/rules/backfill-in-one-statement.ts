import { foundAt, isSmall, sizeOf } from '../facts/found.ts';
import { outsideTransaction } from '../facts/patch.ts';
import type { LintContext, LintRule } from '../rule.ts';
import { changedRelation } from '../tree/changed-relation.ts';
import { isOpaque, treesOf } from '../tree/node.ts';

export const backfillInOneStatement: LintRule = {
  name: 'backfill-in-one-statement',
  severity: 'warning',
  summary: 'One UPDATE changes every row of an existing table.',
  explanation: `Every row stays locked for its writers until the last one is done, and the table doubles in size meanwhile.
Change it in batches, each with its own commit: in a migration with \`-- dbkit:transaction off\`, by a condition
that tells which rows are still to be done.`,
  check: ({ up }, context) =>
    up.statements.flatMap((statement) =>
      treesOf(statement).flatMap((tree) => {
        const changed = changedRelation(up, statement, tree);
        if (changed?.change !== 'update' || isSmall(context, changed.relation.id)) return [];
        const { id } = changed.relation;
        if (changed.limited && !isLarge(context, id)) return [];
        return [
          foundAt(up, statement, {
            object: id,
            message: `${changed.limited ? 'rows' : 'every row'} of ${id}${sizeOf(context, id)} ${changed.limited ? 'are' : 'is'} changed in one statement`,
            patch: changed.limited || isOpaque(statement) ? null : inBatches(id, statement.sql),
          }),
        ];
      }),
    ),
};

function isLarge(context: LintContext, relation: string): boolean {
  return (context.stats?.get(relation)?.rows ?? 0) >= 1_000_000;
}

/** By place in the table: 1,000 pages at a time. A changed row moves behind the last page that the loop goes to. */
function inBatches(relation: string, sql: string): string | null {
  const update = sql.trim().replace(/;$/, '');
  if (/\breturning\b/i.test(update) || update.includes('$batches$')) return null;
  return outsideTransaction(
    `do $batches$
declare
  pages constant bigint := pg_catalog.pg_relation_size('${relation.replaceAll("'", "''")}') / 8192;
begin
  for page in 0 .. pages by 1000 loop
    ${update}
      where ctid >= format('(%s,0)', page)::tid and ctid < format('(%s,0)', least(page + 1000, pages + 1))::tid;
    commit;
  end loop;
end $batches$;`,
  );
}
