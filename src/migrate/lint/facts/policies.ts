/** Policies that a migration made or changed, and what they let through. */

import type { Catalog, Policy } from '../../../catalog/model.ts';
import { isAlwaysTrue, readExpression } from '../../../policy/expression.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import { statementNaming } from './found.ts';
import { policiesOf, relationOf } from './objects.ts';

/** The one of the same name on the same relation. */
export function policyIn(catalog: Catalog, { relation, name }: Policy): Policy | null {
  return policiesOf(catalog, relation).find((policy) => policy.name === name) ?? null;
}

/** New, or not what they were; comments apart. */
export function touchedPolicies({ before, after }: RecordedRun): readonly Policy[] {
  return after.policies.filter((policy) => {
    const was = policyIn(before, policy);
    return was === null || JSON.stringify({ ...was, comment: null }) !== JSON.stringify({ ...policy, comment: null });
  });
}

export function holdsAlways(text: string | null): boolean {
  return text !== null && isAlwaysTrue(readExpression(text).tree);
}

/** The condition that decides which new rows are let in: USING stands in for a missing WITH CHECK. */
export function checkOf({ command, using, withCheck }: Policy): string | null {
  return command === 'select' || command === 'delete' ? null : (withCheck ?? using);
}

export const writes = (policy: Policy) => policy.command !== 'select';

/** The last that names the policy and its table. */
export function statementOfPolicy(run: RecordedRun, { relation, name }: Policy): RecordedStatement | null {
  return statementNaming(run, relationOf(run.after, relation) ?? relationOf(run.before, relation), name);
}
