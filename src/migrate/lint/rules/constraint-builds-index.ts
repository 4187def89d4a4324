import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import { constraintsOf, indexesOf } from '../facts/objects.ts';
import { concurrently, inMigrations, outsideTransaction, sqlName } from '../facts/patch.ts';
import { addingStatements } from '../facts/validation.ts';
import type { RecordedRun } from '../recording.ts';
import type { LintRule } from '../rule.ts';
import { isOpaque } from '../tree/node.ts';

export const constraintBuildsIndex: LintRule = {
  name: 'constraint-builds-index',
  severity: 'error',
  summary: 'A UNIQUE, PRIMARY KEY or EXCLUDE constraint builds its index while the existing table is locked.',
  explanation: `The index of the constraint is built under ACCESS EXCLUSIVE: nobody reads or writes meanwhile.
Build a unique index concurrently first; ADD CONSTRAINT … USING INDEX then takes it over at once.
Exclusion constraints can not be added so: on a large table they belong into a quiet hour.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) => {
      return [...addingStatements(run)].flatMap((statement) =>
        statement.indexesBuilt
          .filter(
            ({ relation, index }) =>
              !isQuick(context, run, statement, relation) &&
              isNew(run, relation, index) &&
              (!isOpaque(statement) || isOfConstraint(run, relation, index)),
          )
          .map(({ relation, index }) =>
            foundAt(run, statement, {
              object: relation,
              message: `${index} is built on ${relation}${sizeOf(context, relation)} while nobody can read or write it`,
              patch: patchOf(run, relation, index),
            }),
          ),
      );
    }),
};

function isOfConstraint(run: RecordedRun, relation: string, id: string): boolean {
  return indexesOf(run.after, relation).some((index) => index.id === id && index.constraint !== null);
}

function isNew(run: RecordedRun, relation: string, index: string): boolean {
  return !indexesOf(run.before, relation).some(({ id }) => id === index);
}

function patchOf(run: RecordedRun, relation: string, id: string): string | null {
  const index = indexesOf(run.after, relation).find((one) => one.id === id);
  const constraint = constraintsOf(run.after, relation).find(({ name }) => name === index?.constraint);
  if (index === undefined || constraint === undefined) return null;
  if (constraint.kind !== 'unique' && constraint.kind !== 'primary key') return null;
  if (/ ON ONLY /.test(index.definition)) return null;
  const deferrable = constraint.deferrable
    ? ` deferrable${constraint.initiallyDeferred ? ' initially deferred' : ''}`
    : '';
  return inMigrations(
    outsideTransaction(concurrently(index.definition)),
    `alter table ${relation} add constraint ${sqlName(constraint.name)} ${constraint.kind} using index ${sqlName(index.name)}${deferrable};`,
  );
}
