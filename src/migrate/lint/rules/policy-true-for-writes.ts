import { isForClients, policyName } from '../facts/access.ts';
import { foundAt } from '../facts/found.ts';
import { checkOf, holdsAlways, statementOfPolicy, touchedPolicies, writes } from '../facts/policies.ts';
import type { LintRule } from '../rule.ts';

export const policyTrueForWrites: LintRule = {
  name: 'policy-true-for-writes',
  severity: 'error',
  summary: 'A permissive policy lets clients write every row: its condition holds always.',
  explanation: `\`using (true)\` of UPDATE and DELETE lets everybody change everybody's rows; \`with check (true)\` lets a row be given to
anybody. Found by what the expression says (\`true\`, \`1 = 1\`, \`id = id\`, \`… or true\`), not by its text.
Policies for roles that no client comes as (service_role) are not meant.`,
  check: ({ up }, context) =>
    touchedPolicies(up)
      .filter((policy) => policy.permissive && writes(policy) && isForClients(policy, up.after, context))
      .filter((policy) => (policy.command !== 'insert' && holdsAlways(policy.using)) || holdsAlways(checkOf(policy)))
      .map((policy) =>
        foundAt(up, statementOfPolicy(up, policy), {
          object: policyName(policy),
          message: `${policyName(policy)} lets ${policy.roles.join(', ')} ${policy.command === 'all' ? 'do everything' : policy.command} with every row`,
        }),
      ),
};
