import { foundAt, statementNaming } from '../facts/found.ts';
import { isTable, relationOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';

export const rowSecuritySwitchedOff: LintRule = {
  name: 'row-security-switched-off',
  severity: 'error',
  summary: 'Row-level security is switched off on a table that had it.',
  explanation: `All policies of the table are without effect from the commit on: every role with a grant sees every row. If a job must
see all of them, give it a role with a policy of its own.`,
  check: ({ up }) =>
    up.before.relations
      .filter(({ id, rowSecurity }) => {
        const is = relationOf(up.after, id);
        // A view may have taken the name.
        return rowSecurity && isTable(is) && is?.rowSecurity === false;
      })
      .map((relation) =>
        foundAt(up, statementNaming(up, relation), {
          object: relation.id,
          message: `row-level security of ${relation.id} is switched off: its policies are without effect`,
          patch: `alter table ${relation.id} enable row level security;`,
        }),
      ),
};
