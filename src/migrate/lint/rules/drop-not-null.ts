import { foundAt } from '../facts/found.ts';
import { columnOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';
import { alterCommands } from '../tree/alter-table.ts';

export const dropNotNull: LintRule = {
  name: 'drop-not-null',
  severity: 'notice',
  summary: 'A column that always had a value may be NULL from now on.',
  explanation: `Whoever reads it was promised a value: generated types, views, a running application. Let them learn first. And the
way back fails as soon as there is a NULL.`,
  check: ({ up }) =>
    alterCommands(up)
      .filter(
        ({ command, relation }) =>
          command.subtype === 'AT_DropNotNull' &&
          columnOf(up.before, relation.id, command.name ?? '')?.notNull === true &&
          columnOf(up.after, relation.id, command.name ?? '')?.notNull === false,
      )
      .map(({ statement, relation, command }) =>
        foundAt(up, statement, {
          object: `${relation.id}.${command.name}`,
          message: `${command.name} of ${relation.id} may be NULL from now on`,
        }),
      ),
};
