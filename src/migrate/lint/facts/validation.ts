/** Constraints whose rows were checked by the statement that added them. */
import type { Constraint } from '../../../catalog/model.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import { alterCommands } from '../tree/alter-table.ts';
import { isOpaque } from '../tree/node.ts';
import { columnOf, constraintsOf } from './objects.ts';
import { inMigrations, sqlName } from './patch.ts';

export interface AddedConstraint {
  readonly statement: RecordedStatement;
  readonly constraint: Constraint;
}

export function addedUnderLock(run: RecordedRun): readonly AddedConstraint[] {
  const adding = addingStatements(run);
  return [...adding].flatMap((statement) =>
    statement.validated.flatMap(({ relation, constraint: name }) => {
      const named = (one: Constraint) => one.name === name;
      if (constraintsOf(run.before, relation).some(named)) return [];
      const constraint = constraintsOf(run.after, relation).find(named);
      return constraint === undefined || isOfEmptyColumn(run, statement, constraint) ? [] : [{ statement, constraint }];
    }),
  );
}

/** Statements that add columns or constraints to tables, or may do so in a function. */
export function addingStatements(run: RecordedRun): ReadonlySet<RecordedStatement> {
  const adding = alterCommands(run)
    .filter(({ command }) => command.subtype === 'AT_AddConstraint' || command.subtype === 'AT_AddColumn')
    .map(({ statement }) => statement);
  return new Set([...adding, ...run.statements.filter(isOpaque)].sort((a, b) => a.ordinal - b.ordinal));
}

/**
 * The foreign key of a new column without a default is taken as it is: it is NULL in every row. Added by itself, behind
 * the column or beside it, it is looked up all the same.
 */
function isOfEmptyColumn(
  run: RecordedRun,
  statement: RecordedStatement,
  { parent, columns, kind }: Constraint,
): boolean {
  if (kind !== 'foreign key') return false;
  const own = alterCommands(run).filter((one) => one.statement === statement && one.relation.id === parent);
  if (own.some(({ constraint }) => constraint?.contype === 'CONSTR_FOREIGN')) return false;
  return columns.some(
    (name) => own.some(({ column }) => column?.colname === name) && columnOf(run.after, parent, name)?.default === null,
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
