import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import { addedUnderLock, validateLater } from '../facts/validation.ts';
import type { LintRule } from '../rule.ts';

export const checkReadsAllRows: LintRule = {
  name: 'check-reads-all-rows',
  severity: 'error',
  summary: 'A CHECK constraint is added and all rows are read while nobody can read or write the table.',
  explanation: `ADD CONSTRAINT … CHECK holds ACCESS EXCLUSIVE until each row was checked.
With NOT VALID it holds for new rows at once; VALIDATE CONSTRAINT, in the next migration, checks the old ones
while others read and write.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      addedUnderLock(run)
        .filter(
          ({ statement, constraint }) =>
            constraint.kind === 'check' && !isQuick(context, run, statement, constraint.parent),
        )
        .map(({ statement, constraint }) =>
          foundAt(run, statement, {
            object: constraint.parent,
            message: `${constraint.name} reads all of ${constraint.parent}${sizeOf(context, constraint.parent)} while nobody else can`,
            patch: validateLater(constraint),
          }),
        ),
    ),
};
