import { policyName } from '../facts/access.ts';
import { policyBefore } from '../facts/dropped-policies.ts';
import { foundAt } from '../facts/found.ts';
import { statementOfPolicy, touchedPolicies } from '../facts/policies.ts';
import { widenings } from '../facts/policy-change.ts';
import type { LintRule } from '../rule.ts';

export const policyWidened: LintRule = {
  name: 'policy-widened',
  severity: 'error',
  summary: 'A policy that was there before lets through more: more roles, more commands, one more OR, one AND less.',
  explanation: `A wider policy of an old name is easily read over in a review. If it is meant, say what for:
\`-- dbkit:allow policy-widened: <why>\`.`,
  check: ({ up }) =>
    touchedPolicies(up).flatMap((policy) => {
      const was = policyBefore(up, policy);
      const words = was === null ? [] : widenings(was, policy);
      if (words.length === 0) return [];
      return [
        foundAt(up, statementOfPolicy(up, policy), {
          object: policyName(policy),
          message: `${policyName(policy)} became wider: ${words.join('; ')}`,
        }),
      ];
    }),
};
