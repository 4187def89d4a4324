import type { Constraint } from '../../../catalog/model.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { movedRelations, renames } from '../facts/lost.ts';
import { columnOf, constraintsOf, indexesOf, relationOf } from '../facts/objects.ts';
import type { RecordedRun } from '../recording.ts';
import type { LintRule } from '../rule.ts';

export const constraintDropped: LintRule = {
  name: 'constraint-dropped',
  severity: 'warning',
  summary: 'A foreign key, CHECK, UNIQUE or EXCLUDE constraint is dropped and nothing takes its place.',
  explanation: `Rows that it would have refused come in from the commit on, and putting it back fails at the first of them. Add what
replaces it in the same migration, or say why none is needed: \`-- dbkit:allow constraint-dropped: <why>\`.`,
  check: ({ up }) => {
    const moved = new Set(movedRelations(up).map(({ id }) => id));
    const renamed = renames(up, 'OBJECT_TABCONSTRAINT').map(({ relation, from }) => `${relation?.id} ${from}`);
    return up.before.constraints
      .filter(
        (one) =>
          one.on === 'table' &&
          one.local &&
          one.kind !== 'not null' &&
          !moved.has(one.parent) &&
          relationOf(up.after, one.parent) !== null &&
          !renamed.includes(`${one.parent} ${one.name}`) &&
          one.columns.every((name) => columnOf(up.after, one.parent, name) !== null) &&
          (one.references === null || relationOf(up.after, one.references.relation) !== null) &&
          !isReplaced(one, up),
      )
      .map((one) =>
        foundAt(
          up,
          statementNaming(up, relationOf(up.before, one.parent), one.name) ??
            statementNaming(up, relationOf(up.before, one.parent)),
          {
            object: one.parent,
            message: `${one.name} (${one.definition}) of ${one.parent} is dropped and nothing takes its place`,
          },
        ),
      );
  },
};

/** The same name, or another that speaks of the same columns in the same way. */
function isReplaced(lost: Constraint, { before, after }: RecordedRun): boolean {
  const columns = lost.columns.join('\n');
  const old = new Set(constraintsOf(before, lost.parent).map(({ name }) => name));
  return (
    constraintsOf(after, lost.parent).some(
      (one) =>
        one.name === lost.name || (!old.has(one.name) && one.kind === lost.kind && one.columns.join('\n') === columns),
    ) ||
    (lost.kind === 'unique' &&
      indexesOf(after, lost.parent).some((index) => index.unique && index.columns.join('\n') === columns))
  );
}
