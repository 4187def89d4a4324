import { isReachable } from '../facts/access.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { relationOf } from '../facts/objects.ts';
import { isInvoker, protectedBehind } from '../facts/views.ts';
import type { LintRule } from '../rule.ts';

export const viewBypassesRowSecurity: LintRule = {
  name: 'view-bypasses-row-security',
  severity: 'error',
  summary: 'A view that clients reach reads tables with row-level security as its owner.',
  explanation: `Without security_invoker a view asks the policies for its owner, who is mostly above them: every row comes through.
CREATE VIEW … WITH (security_invoker = true) asks for whoever reads.`,
  check: ({ up }, context) =>
    up.after.relations.flatMap((view) => {
      if (view.kind !== 'view' || isInvoker(view) || !isReachable(view, up.after, context)) return [];
      const was = relationOf(up.before, view.id);
      if (was !== null && isInvoker(was)) return [];
      const behind = protectedBehind(up.after, view);
      if (behind.length === 0) return [];
      const open = was !== null && was.definition === view.definition && isReachable(was, up.before, context);
      if (open && behind.every((table) => relationOf(up.before, table.id)?.rowSecurity === true)) return [];
      return [
        foundAt(up, statementNaming(up, view), {
          object: view.id,
          message: `${view.id} shows clients every row of ${behind.map(({ id }) => id).join(', ')}: it reads as its owner ${view.owner}`,
          patch: `alter view ${view.id} set (security_invoker = true);`,
        }),
      ];
    }),
};
