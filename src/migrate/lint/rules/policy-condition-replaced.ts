import { policyName } from '../facts/access.ts';
import { policyBefore } from '../facts/dropped-policies.ts';
import { foundAt } from '../facts/found.ts';
import { statementOfPolicy, touchedPolicies } from '../facts/policies.ts';
import { isReplaced, widenings } from '../facts/policy-change.ts';
import type { LintRule } from '../rule.ts';

export const policyConditionReplaced: LintRule = {
  name: 'policy-condition-replaced',
  severity: 'notice',
  summary: 'The condition of a policy is another one, and it does not show whether it lets through more or less.',
  explanation: 'Read both beside each other. `dbkit verify` proves what clients reach before and after.',
  check: ({ up }) =>
    touchedPolicies(up).flatMap((policy) => {
      const was = policyBefore(up, policy);
      if (was === null || widenings(was, policy).length > 0 || !isReplaced(was, policy)) return [];
      return [
        foundAt(up, statementOfPolicy(up, policy), {
          object: policyName(policy),
          message: `${policyName(policy)} asks something else: ${was.using ?? was.withCheck} became ${policy.using ?? policy.withCheck}`,
        }),
      ];
    }),
};
