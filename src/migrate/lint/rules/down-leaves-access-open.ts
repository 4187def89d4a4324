import { clientNames, policyName } from '../facts/access.ts';
import type { Fault, Named } from '../facts/found.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { grantedTo, onObject } from '../facts/granted.ts';
import { relationOf } from '../facts/objects.ts';
import { policyIn } from '../facts/policies.ts';
import { widenings } from '../facts/policy-change.ts';
import { hasSearchPath } from '../facts/routines.ts';
import { isInvoker } from '../facts/views.ts';
import type { RecordedRun } from '../recording.ts';
import type { LintContext, LintRule } from '../rule.ts';

export const downLeavesAccessOpen: LintRule = {
  name: 'down-leaves-access-open',
  severity: 'error',
  summary:
    'A rollback leaves more access than there was before the migration: a policy, a grant or a flag is not put back.',
  explanation: `Compared is what the down leaves with what was there before the up, not their texts. After a rollback in a bad hour nobody
looks at policies. \`dbkit migrate prove\` holds all the rest to be as before.`,
  check: ({ up, down }, context) =>
    down === null
      ? []
      : [...flags(up, down), ...policies(up, down), ...grants(up, down, context)].map(({ about, ...fault }) =>
          foundAt(down, statementNaming(down, about), fault),
        ),
};

type Left = Fault & { readonly about: Named };

function flags({ before }: RecordedRun, { after }: RecordedRun): readonly Left[] {
  const relations = before.relations.flatMap((was): Left[] => {
    const is = relationOf(after, was.id);
    if (is === null) return [];
    const lost = [
      ...(was.rowSecurity && !is.rowSecurity ? ['row-level security'] : []),
      ...(was.forceRowSecurity && !is.forceRowSecurity ? ['FORCE ROW LEVEL SECURITY'] : []),
      ...(isInvoker(was) && !isInvoker(is) ? ['security_invoker'] : []),
    ];
    return lost.map((what) => ({
      about: was,
      object: was.id,
      message: `the down leaves ${was.id} without ${what}, which it had before`,
    }));
  });
  const old = new Map(before.routines.map((routine) => [routine.id, routine]));
  const routines = after.routines.flatMap((is): Left[] => {
    const was = old.get(is.id);
    if (was === undefined || !is.securityDefiner) return [];
    if (was.securityDefiner && (!hasSearchPath(was) || hasSearchPath(is))) return [];
    const what = was.securityDefiner ? 'without the search_path that it had' : 'SECURITY DEFINER, which it was not';
    return [{ about: is, object: is.id, message: `the down leaves ${is.id} ${what}` }];
  });
  return [...relations, ...routines];
}

function policies({ before }: RecordedRun, { after }: RecordedRun): readonly Left[] {
  const lost = before.policies.flatMap((was): Left[] => {
    if (relationOf(after, was.relation) === null) return [];
    const is = policyIn(after, was);
    const words = is === null ? ['is not put back'] : widenings(was, is);
    if (words.length === 0) return [];
    return [
      {
        about: { name: was.name },
        object: policyName(was),
        message: `after the down ${policyName(was)}: ${words.join('; ')}`,
      },
    ];
  });
  const left = after.policies
    .filter((is) => is.permissive && relationOf(before, is.relation) !== null && policyIn(before, is) === null)
    .map((is) => ({
      about: is,
      object: policyName(is),
      message: `the down leaves ${policyName(is)}, which was not there before`,
    }));
  return [...lost, ...left];
}

function grants({ before }: RecordedRun, { after }: RecordedRun, context: LintContext): readonly Left[] {
  return grantedTo(before, after, clientNames(after, context))
    .filter(({ fresh }) => !fresh)
    .map((granted) => ({
      about: granted,
      object: granted.id,
      message: `the down leaves ${granted.grantee} with ${granted.privileges.join(', ')} on ${onObject(granted)}, which it did not hold before`,
    }));
}
