import { foundAt, inBothDirections, isQuick } from '../facts/found.ts';
import { heldSince } from '../facts/held-lock.ts';
import { inMigrations, sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { alterCommands } from '../tree/alter-table.ts';

export const validatedInSameTransaction: LintRule = {
  name: 'validated-in-same-transaction',
  severity: 'error',
  summary: 'VALIDATE CONSTRAINT runs while an earlier statement of the transaction still holds a strong lock.',
  explanation: `VALIDATE CONSTRAINT itself lets others write. In the transaction that added the constraint it does not help:
the strong lock of ADD CONSTRAINT is held until the commit. Validate in the next migration.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      alterCommands(run).flatMap(({ statement, relation, command }) => {
        if (command.subtype !== 'AT_ValidateConstraint' || isQuick(context, run, statement, relation.id)) return [];
        const holder = heldSince(run, statement, relation.id);
        if (holder === null) return [];
        const name = command.name ?? '';
        return [
          foundAt(run, statement, {
            object: relation.id,
            message: `${name} is validated while statement ${holder.ordinal} still holds its lock on ${relation.id}`,
            patch: inMigrations(
              `${holder.sql.trim().replace(/;$/, '')};`,
              `alter table ${relation.id} validate constraint ${sqlName(name)};`,
            ),
          }),
        ];
      }),
    ),
};
