import { foundAt } from '../facts/found.ts';
import type { Granted } from '../facts/granted.ts';
import { grantedTo, onObject } from '../facts/granted.ts';
import { policiesOf, relationOf } from '../facts/objects.ts';
import { sqlName } from '../facts/patch.ts';
import type { RecordedRun } from '../recording.ts';
import type { LintRule } from '../rule.ts';
import { statementGranting } from '../tree/grant.ts';

/** Who comes without signing in. */
const everybody = new Set(['anon', 'public']);

export const grantToEveryone: LintRule = {
  name: 'grant-to-everyone',
  severity: 'warning',
  summary: 'A privilege is granted to anon or to public: to whoever comes without signing in.',
  explanation: `Grants that a statement of the migration makes are meant, not those that come by default. SELECT on a table whose
row-level security has a policy for that role is not found: there the policy says who sees what.
Grant to authenticated, or say why everybody may: \`-- dbkit:allow grant-to-everyone: <why>\`.`,
  check: ({ up }) =>
    grantedTo(up.before, up.after, everybody).flatMap((granted) => {
      const statement = statementGranting(up, granted);
      if (statement === null || isMeant(up, granted)) return [];
      const who = granted.grantee === 'public' ? 'everybody' : granted.grantee;
      const object = onObject(granted);
      return [
        foundAt(up, statement, {
          object: granted.id,
          message: `${who} gets ${granted.privileges.join(', ')} on ${object}`,
          patch:
            granted.kind === 'column'
              ? null
              : `revoke ${granted.privileges.join(', ')} on ${object} from ${granted.grantee === 'public' ? 'public' : sqlName(granted.grantee)};`,
        }),
      ];
    }),
};

function isMeant({ after }: RecordedRun, granted: Granted): boolean {
  if (granted.kind === 'schema')
    return granted.privileges.every((privilege) => privilege === 'USAGE') && granted.grantee === 'anon';
  const id = granted.kind === 'column' ? granted.id.slice(0, granted.id.length - granted.name.length - 1) : granted.id;
  if (granted.privileges.some((privilege) => privilege !== 'SELECT')) return false;
  if (relationOf(after, id)?.rowSecurity !== true) return false;
  return policiesOf(after, id).some(
    ({ roles, command }) =>
      (command === 'select' || command === 'all') && (roles.includes('public') || roles.includes(granted.grantee)),
  );
}
