import { foundAt } from '../facts/found.ts';
import { intoSchemas, renames } from '../facts/lost.ts';
import { relationOf } from '../facts/objects.ts';
import { inMigrations, sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const renameTable: LintRule = {
  name: 'rename-table',
  severity: 'error',
  summary: 'A table or view that was there before gets another name or schema; a running application does not know it.',
  explanation: `Between the migration and the end of the deployment somebody still asks for the old name. Leave a view under it,
with security_invoker so that row-level security holds through it, and drop it with the next release.`,
  check: ({ up }) =>
    [
      ...renames(up, 'OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW').map((one) => ({
        ...one,
        to: `${sqlName(one.relation?.schema ?? 'public')}.${sqlName(one.to)}`,
      })),
      ...intoSchemas(up),
    ]
      .filter(({ relation }) => relation !== null && relationOf(up.after, relation.id) === null)
      .map(({ statement, relation, to }) => {
        const old = relation?.id ?? null;
        return foundAt(up, statement, {
          object: old,
          message: `${old} becomes ${to}: whoever asks for the old name fails`,
          patch: inMigrations(
            `${statement.sql.trim().replace(/;$/, '')};
create view ${old} with (security_invoker = true) as select * from ${to};`,
            `drop view ${old};`,
          ),
        });
      }),
};
