import { isReachable } from '../facts/access.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { isTable, relationOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';

export const tableWithoutRowSecurity: LintRule = {
  name: 'table-without-row-security',
  severity: 'error',
  summary: 'A table that clients reach through the API has no row-level security.',
  explanation: `Whoever has the public key of the project reads, and with the platform's default privileges writes, every row.
Enable row-level security: without a policy nobody gets anything; then add the policies that are meant.`,
  check: ({ up }, context) =>
    up.after.relations
      .filter((relation) => isTable(relation) && !relation.rowSecurity && isReachable(relation, up.after, context))
      .filter(({ id }) => {
        const was = relationOf(up.before, id);
        // Switched off is a fault of its own, and what was open before is not this migration's.
        return was === null || (!was.rowSecurity && !isReachable(was, up.before, context));
      })
      .map((relation) =>
        foundAt(up, statementNaming(up, relation), {
          object: relation.id,
          message: `clients reach every row of ${relation.id}: it has no row-level security`,
          patch: `alter table ${relation.id} enable row level security;`,
        }),
      ),
};
