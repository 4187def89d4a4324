import { readExpression } from '../../../policy/expression.ts';
import { policyName } from '../facts/access.ts';
import { foundAt } from '../facts/found.ts';
import { statementOfPolicy, touchedPolicies } from '../facts/policies.ts';
import type { LintRule } from '../rule.ts';

const ofSession = new Set(['auth.uid', 'auth.jwt', 'auth.role', 'auth.email', 'current_setting']);

export const policyFunctionPerRow: LintRule = {
  name: 'policy-function-per-row',
  severity: 'notice',
  summary: 'A policy calls auth.uid() or the like once for every row.',
  explanation: `It is the same for all rows of a statement. Written \`(select auth.uid())\` it is computed once, and an index on the column
can be used.`,
  check: ({ up }) =>
    touchedPolicies(up).flatMap((policy) => {
      const called = [policy.using, policy.withCheck].flatMap((text) =>
        text === null
          ? []
          : readExpression(text).functions.filter((one) => !one.oncePerStatement && ofSession.has(one.name)),
      );
      const [first] = called;
      if (first === undefined) return [];
      return [
        foundAt(up, statementOfPolicy(up, policy), {
          object: policyName(policy),
          message: `${policyName(policy)} calls ${first.name}() for every row: (select ${first.name}(…)) is computed once`,
        }),
      ];
    }),
};
