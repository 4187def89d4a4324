import { foundAt, statementNaming } from '../facts/found.ts';
import { relationOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';

export const rowSecurityNotForced: LintRule = {
  name: 'row-security-not-forced',
  severity: 'warning',
  summary: 'FORCE ROW LEVEL SECURITY is taken from a table that had it.',
  explanation: `The owner of the table, and with it every definer function and every view of that owner, is no longer held by the
policies.`,
  check: ({ up }) =>
    up.before.relations
      .filter(({ id, forceRowSecurity }) => forceRowSecurity && relationOf(up.after, id)?.forceRowSecurity === false)
      .map((relation) =>
        foundAt(up, statementNaming(up, relation), {
          object: relation.id,
          message: `the policies of ${relation.id} no longer hold for its owner ${relation.owner}`,
          patch: `alter table ${relation.id} force row level security;`,
        }),
      ),
};
