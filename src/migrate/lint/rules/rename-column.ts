import { foundAt } from '../facts/found.ts';
import { renames } from '../facts/lost.ts';
import { columnOf, isTable } from '../facts/objects.ts';
import { copiedColumn, inMigrations, sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const renameColumn: LintRule = {
  name: 'rename-column',
  severity: 'error',
  summary: 'A column that was there before gets another name; a running application does not know it.',
  explanation: `Statements that name the old column fail until the deployment is done. Add the new column beside the old one, kept
equal by a trigger; move the application; then drop the old one. Two columns that trade places in one migration
(the old name is there again afterwards) are not found.`,
  check: ({ up }) =>
    renames(up, 'OBJECT_COLUMN').flatMap(({ statement, relation, from, to }) => {
      const column = relation === null ? null : columnOf(up.before, relation.id, from);
      if (relation === null || column === null || columnOf(up.after, relation.id, from) !== null) return [];
      const copied = copiedColumn(relation, { from, to }, { type: column.type, value: (name) => name });
      return [
        foundAt(up, statement, {
          object: `${relation.id}.${from}`,
          message: `${from} of ${relation.id} becomes ${to}: whoever asks for the old name fails`,
          patch: isTable(relation)
            ? inMigrations(
                copied[0],
                copied[1],
                `-- once nobody uses ${from}\n${copied[2]}\nalter table ${relation.id} drop column ${sqlName(from)};`,
              )
            : null,
        }),
      ];
    }),
};
