import { foundAt, statementNaming } from '../facts/found.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const roleBypassesRowSecurity: LintRule = {
  name: 'role-bypasses-row-security',
  severity: 'error',
  summary: 'A role becomes SUPERUSER or BYPASSRLS: no policy holds for it.',
  explanation: `Give the role a policy that says what it may see. Roles belong to the whole server: what one migration gives counts in every
database of it.`,
  check: ({ up }) =>
    up.after.roles.flatMap((role) => {
      const was = up.before.roles.find(({ name }) => name === role.name);
      const gained = [
        ...(role.superuser && was?.superuser !== true ? ['superuser'] : []),
        ...(role.bypassRowSecurity && was?.bypassRowSecurity !== true ? ['bypassrls'] : []),
      ];
      if (gained.length === 0) return [];
      return [
        foundAt(up, statementNaming(up, role.name), {
          object: `role ${role.name}`,
          message: `role ${role.name} becomes ${gained.join(', ')}: no policy holds for it`,
          patch: `alter role ${sqlName(role.name)} ${gained.map((word) => `no${word}`).join(' ')};`,
        }),
      ];
    }),
};
