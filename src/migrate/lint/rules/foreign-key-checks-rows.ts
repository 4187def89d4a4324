import { foundAt, inBothDirections, isQuick } from '../facts/found.ts';
import { addedUnderLock, validateLater } from '../facts/validation.ts';
import type { LintRule } from '../rule.ts';

export const foreignKeyChecksRows: LintRule = {
  name: 'foreign-key-checks-rows',
  severity: 'error',
  summary: 'A foreign key is added and all rows are looked up while both tables take no writes.',
  explanation: `ADD FOREIGN KEY holds SHARE ROW EXCLUSIVE on both tables until each row was looked up.
With NOT VALID it holds for new rows at once; VALIDATE CONSTRAINT, in the next migration, checks the old ones
while others read and write.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      addedUnderLock(run)
        .filter(
          ({ statement, constraint }) =>
            constraint.kind === 'foreign key' && !isQuick(context, run, statement, constraint.parent),
        )
        .map(({ statement, constraint }) =>
          foundAt(run, statement, {
            object: constraint.parent,
            message: `${constraint.name} looks up every row of ${constraint.parent}, while nobody can write to it or to ${constraint.references?.relation ?? 'the other table'}`,
            patch: validateLater(constraint),
          }),
        ),
    ),
};
