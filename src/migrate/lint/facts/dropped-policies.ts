/** Policies that are gone while their table is there, with nothing in their place. */
import type { Policy } from '../../../catalog/model.ts';
import type { RecordedRun } from '../recording.ts';
import { movedRelations } from './lost.ts';
import { policiesOf, relationOf } from './objects.ts';
import { policyIn } from './policies.ts';

/** In its place is a new policy of its kind, of its command or all, for one of its roles or everybody. */
export function droppedPolicies(run: RecordedRun, permissive: boolean): readonly Policy[] {
  const moved = new Set(movedRelations(run).map(({ id }) => id));
  return run.before.policies.filter((policy) => {
    if (policy.permissive !== permissive || moved.has(policy.relation)) return false;
    if (relationOf(run.after, policy.relation) === null || policyIn(run.after, policy) !== null) return false;
    const fresh = policiesOf(run.after, policy.relation).filter((one) => policyIn(run.before, one) === null);
    return !fresh.some((one) => one.permissive === permissive && covers(one, policy));
  });
}

/** What it was: the policy of its name, or the only one that is gone and whose place it takes. */
export function policyBefore(run: RecordedRun, policy: Policy): Policy | null {
  const same = policyIn(run.before, policy);
  if (same !== null) return same;
  const gone = policiesOf(run.before, policy.relation).filter(
    (one) => one.permissive === policy.permissive && policyIn(run.after, one) === null && covers(policy, one),
  );
  return gone.length === 1 ? (gone[0] ?? null) : null;
}

function covers(one: Policy, lost: Policy): boolean {
  if (lost.command !== 'all' && one.command !== lost.command && one.command !== 'all') return false;
  return one.roles.includes('public') || lost.roles.some((role) => one.roles.includes(role));
}
