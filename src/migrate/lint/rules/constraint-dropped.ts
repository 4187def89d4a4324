import type { Constraint, Index } from '../../../catalog/model.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { movedRelations, renames } from '../facts/lost.ts';
import { columnOf, constraintsOf, indexesOf, relationOf } from '../facts/objects.ts';
import { sqlName } from '../facts/patch.ts';
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
          !isReplaced(one, up) &&
          !isImplied(one, up),
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

/** By NOT NULL, or by the bounds of a partition: a CHECK that saved the look at the rows has done its work. */
function isImplied({ kind, parent, columns, definition }: Constraint, { after }: RecordedRun): boolean {
  if (kind !== 'check') return false;
  const notNull = /^CHECK \(\(("(?:[^"]|"")+"|\w+) IS NOT NULL\)\)/.test(definition);
  if (notNull && columns.every((name) => columnOf(after, parent, name)?.notNull === true)) return true;
  const partition = relationOf(after, parent);
  const key = relationOf(after, partition?.inherits[0] ?? '')?.partitionKey ?? null;
  if (partition?.partitionBound == null || key === null) return false;
  return columns.length > 0 && columns.every((name) => key.includes(sqlName(name)));
}

/** The same name, or a new one of its kind that speaks of one of its columns; of keys also a new unique index. */
function isReplaced(lost: Constraint, { before, after }: RecordedRun): boolean {
  const known = new Set(constraintsOf(before, lost.parent).map(({ name }) => name));
  const indexes = new Set(indexesOf(before, lost.parent).map(identity));
  const isKey = lost.kind === 'unique' || lost.kind === 'primary key';
  return (
    constraintsOf(after, lost.parent).some(
      (one) =>
        one.name === lost.name ||
        (!known.has(one.name) && one.kind === lost.kind && one.columns.some((name) => lost.columns.includes(name))),
    ) ||
    (isKey &&
      indexesOf(after, lost.parent).some(
        (index) => index.unique && !indexes.has(identity(index)) && speaksOf(index, lost),
      ))
  );
}

function identity({ name, columns }: Index): string {
  return JSON.stringify([name, columns]);
}

/** As a column, or inside of an expression. */
function speaksOf({ columns, definition }: Index, lost: Constraint): boolean {
  return lost.columns.some((name) => columns.includes(name) || (columns.includes(null) && definition.includes(name)));
}
