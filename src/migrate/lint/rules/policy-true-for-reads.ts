import { isForClients, policyName } from '../facts/access.ts';
import { foundAt } from '../facts/found.ts';
import { holdsAlways, statementOfPolicy, touchedPolicies } from '../facts/policies.ts';
import type { LintRule } from '../rule.ts';

export const policyTrueForReads: LintRule = {
  name: 'policy-true-for-reads',
  severity: 'warning',
  summary: 'A permissive SELECT policy shows every row to clients.',
  explanation: `Right for a price list, wrong for what belongs to somebody. If every row is meant to be public, say so where the reviewer
sees it: \`-- dbkit:allow policy-true-for-reads: <why>\`.`,
  check: ({ up }, context) =>
    touchedPolicies(up)
      .filter((policy) => policy.permissive && policy.command === 'select' && isForClients(policy, up.after, context))
      .filter((policy) => holdsAlways(policy.using))
      .map((policy) =>
        foundAt(up, statementOfPolicy(up, policy), {
          object: policyName(policy),
          message: `${policyName(policy)} shows every row to ${policy.roles.join(', ')}`,
        }),
      ),
};
