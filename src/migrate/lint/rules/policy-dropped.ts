import { policyName } from '../facts/access.ts';
import { droppedPolicies } from '../facts/dropped-policies.ts';
import { foundAt } from '../facts/found.ts';
import { statementOfPolicy } from '../facts/policies.ts';
import type { LintRule } from '../rule.ts';

export const policyDropped: LintRule = {
  name: 'policy-dropped',
  severity: 'warning',
  summary: 'A permissive policy is dropped and nothing replaces it: who had rows through it has none.',
  explanation: `A select finds nothing and an update changes nothing, without an error that anybody would see. If the access is meant to
end, say so: \`-- dbkit:allow policy-dropped: <why>\`.`,
  check: ({ up }) =>
    droppedPolicies(up, true).map((policy) =>
      foundAt(up, statementOfPolicy(up, policy), {
        object: policyName(policy),
        message: `${policyName(policy)} (${policy.command} for ${policy.roles.join(', ')}) is dropped and nothing replaces it`,
      }),
    ),
};
