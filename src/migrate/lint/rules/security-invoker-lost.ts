import { foundAt, statementNaming } from '../facts/found.ts';
import { relationOf } from '../facts/objects.ts';
import { isInvoker } from '../facts/views.ts';
import type { LintRule } from '../rule.ts';

export const securityInvokerLost: LintRule = {
  name: 'security-invoker-lost',
  severity: 'error',
  summary: 'A view had security_invoker and has it no more: CREATE OR REPLACE VIEW without the option takes it away.',
  explanation: 'The replaced view reads as its owner, past the policies of whoever asks. Name the option again.',
  check: ({ up }) =>
    up.after.relations
      .filter((view) => view.kind === 'view' && !isInvoker(view))
      .filter(({ id }) => {
        const was = relationOf(up.before, id);
        return was !== null && isInvoker(was);
      })
      .map((view) =>
        foundAt(up, statementNaming(up, view), {
          object: view.id,
          message: `${view.id} no longer reads as whoever asks, but as its owner ${view.owner}`,
          patch: `alter view ${view.id} set (security_invoker = true);`,
        }),
      ),
};
