import { policyName } from '../facts/access.ts';
import { droppedPolicies } from '../facts/dropped-policies.ts';
import { foundAt } from '../facts/found.ts';
import { statementOfPolicy } from '../facts/policies.ts';
import type { LintRule } from '../rule.ts';

export const restrictivePolicyDropped: LintRule = {
  name: 'restrictive-policy-dropped',
  severity: 'error',
  summary: 'A restrictive policy is dropped and nothing replaces it: what it forbade is allowed.',
  explanation: `A restrictive policy holds beside every permissive one; without it they alone decide. Replace it in the same migration,
or say why the barrier is not needed: \`-- dbkit:allow restrictive-policy-dropped: <why>\`.`,
  check: ({ up }) =>
    droppedPolicies(up, false).map((policy) =>
      foundAt(up, statementOfPolicy(up, policy), {
        object: policyName(policy),
        message: `${policyName(policy)} (restrictive, ${policy.command}) is dropped: what it forbade is allowed`,
      }),
    ),
};
