/** Constraints whose rows were checked by the statement that added them. */
import type { Constraint } from '../../../catalog/model.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import { alterCommands } from '../tree/alter-table.ts';
import { columnOf, constraintsOf } from './objects.ts';
import { inMigrations, sqlName } from './patch.ts';

export interface AddedConstraint {
  readonly statement: RecordedStatement;
  readonly constraint: Constraint;
}

export function addedUnderLock(run: RecordedRun): readonly AddedConstraint[] {
  const adding = new Set(
    alterCommands(run)
      .filter(({ command }) => command.subtype === 'AT_AddConstraint' || command.subtype === 'AT_AddColumn')
      .map(({ statement }) => statement),
  );
  return [...adding].flatMap((statement) =>
    statement.validated.flatMap(({ relation, constraint: name }) => {
      const named = (one: Constraint) => one.name === name;
      if (constraintsOf(run.before, relation).some(named)) return [];
      const constraint = constraintsOf(run.after, relation).find(named);
      return constraint === undefined || isOfEmptyColumn(run, constraint) ? [] : [{ statement, constraint }];
    }),
  );
}

/** A new column without a default is NULL in every row: PostgreSQL looks nothing up. */
function isOfEmptyColumn({ before, after }: RecordedRun, { parent, columns, kind }: Constraint): boolean {
  return (
    kind === 'foreign key' &&
    columns.some((name) => columnOf(before, parent, name) === null && columnOf(after, parent, name)?.default === null)
  );
}

/** Held for new rows at once, for old ones by the next migration. */
export function validateLater(constraint: Constraint): string {
  const definition = constraint.definition.replace(/ NOT VALID$/, '');
  const [alter, name] = [`alter table ${constraint.parent}`, sqlName(constraint.name)];
  return inMigrations(
    `${alter} add constraint ${name} ${definition} not valid;`,
    `${alter} validate constraint ${name};`,
  );
}
