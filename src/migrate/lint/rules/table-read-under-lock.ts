import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import { heldSince } from '../facts/held-lock.ts';
import { constraintsOf, isTable, relationOf } from '../facts/objects.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import type { LintRule } from '../rule.ts';
import { changedRelation } from '../tree/changed-relation.ts';
import { isOpaque, nodeOf, treesOf } from '../tree/node.ts';

export const tableReadUnderLock: LintRule = {
  name: 'table-read-under-lock',
  severity: 'warning',
  summary:
    'A statement reads all of an existing table under a lock that others wait for: ATTACH PARTITION and the like.',
  explanation: `ATTACH PARTITION reads the new partition and the default one. A validated CHECK that says what the bounds say
saves the look: add it NOT VALID, validate it in the next migration, attach, drop it.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      run.statements
        .filter((statement) => isUnexplained(run, statement))
        .flatMap((statement) =>
          statement.scanned
            .filter((relation) => isTable(relationOf(run.before, relation)))
            .filter(
              (relation) => !isQuick(context, run, statement, relation) && !statement.rewritten.includes(relation),
            )
            .filter((relation) => !isExplainedBy(run, statement, relation))
            .filter((relation) => !statement.indexesBuilt.some((one) => one.relation === relation))
            .map((relation) =>
              foundAt(run, statement, {
                object: relation,
                message: `all of ${relation}${sizeOf(context, relation)} is read ${whileHeld(run, statement, relation)}`,
              }),
            ),
        ),
    ),
};

/** By a constraint that has a rule of its own; of NOT NULL in a function no other rule knows. */
function isExplainedBy(run: RecordedRun, statement: RecordedStatement, relation: string): boolean {
  const kindOf = (name: string) => constraintsOf(run.after, relation).find((one) => one.name === name)?.kind;
  return statement.validated.some(
    (one) =>
      one.relation === relation && (!isOpaque(statement) || !['not null', undefined].includes(kindOf(one.constraint))),
  );
}

const explained = ['AT_SetNotNull', 'AT_AlterColumnType', 'AT_AddConstraint', 'AT_AddColumn', 'AT_ValidateConstraint'];

function isUnexplained(run: RecordedRun, statement: RecordedStatement): boolean {
  return treesOf(statement).every((tree) => {
    // Found by lock-held-during-data-change.
    if (changedRelation(run, statement, tree) !== null) return false;
    const alter = nodeOf(tree, 'AlterTableStmt');
    if (alter === null) return nodeOf(tree, 'AlterDomainStmt') === null && nodeOf(tree, 'ReindexStmt') === null;
    return !(alter.cmds ?? []).some((command) => explained.includes(nodeOf(command, 'AlterTableCmd')?.subtype ?? ''));
  });
}

function whileHeld(run: RecordedRun, statement: RecordedStatement, relation: string): string {
  const holder = heldSince(run, statement, relation);
  if (holder === null) return 'under a lock that others wait for';
  return `while statement ${holder.ordinal} still holds its lock on it`;
}
