import { foundAt, statementNaming } from '../facts/found.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const roleGrantedToClient: LintRule = {
  name: 'role-granted-to-client',
  severity: 'error',
  summary: 'A role that clients come as becomes a member of another role, with all that it may.',
  explanation: `Membership gives every grant and every policy of the other role, those to come included. Grant what is needed to the client's
role itself.`,
  check: ({ up }, { clientRoles }) =>
    up.after.memberships
      .filter(({ member }) => clientRoles.includes(member))
      .filter(({ role, member }) => !up.before.memberships.some((was) => was.role === role && was.member === member))
      .map(({ role, member }) =>
        foundAt(up, statementNaming(up, role, member), {
          object: `role ${member}`,
          message: `${member} becomes a member of ${role}, with all that it may`,
          patch: `revoke ${sqlName(role)} from ${sqlName(member)};`,
        }),
      ),
};
