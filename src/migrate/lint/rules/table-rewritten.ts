import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import type { RecordedStatement } from '../recording.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf, treesOf } from '../tree/node.ts';

export const tableRewritten: LintRule = {
  name: 'table-rewritten',
  severity: 'error',
  summary: 'A statement writes all of an existing table anew: VACUUM FULL, CLUSTER, SET LOGGED, SET ACCESS METHOD.',
  explanation: `Nobody reads or writes the table meanwhile, and the disk holds it twice. To give room back to the disk use a tool
that copies beside the running application (pg_repack, pg_squeeze); plain VACUUM is enough to use the room again.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      run.statements.filter(isUnexplained).flatMap((statement) =>
        statement.rewritten
          .filter((relation) => !isQuick(context, run, statement, relation))
          .map((relation) =>
            foundAt(run, statement, {
              object: relation,
              message: `all of ${relation}${sizeOf(context, relation)} is written anew while nobody can read it`,
              patch: treesOf(statement).some((tree) => nodeOf(tree, 'VacuumStmt')) ? `vacuum ${relation};` : null,
            }),
          ),
      ),
    ),
};

/** What has a rule of its own is not said twice. */
function isUnexplained(statement: RecordedStatement): boolean {
  return !treesOf(statement).some((tree) => {
    if (nodeOf(tree, 'TruncateStmt') !== null || nodeOf(tree, 'RefreshMatViewStmt') !== null) return true;
    if (nodeOf(tree, 'IndexStmt') !== null || nodeOf(tree, 'ReindexStmt') !== null) return true;
    return (nodeOf(tree, 'AlterTableStmt')?.cmds ?? []).some((command) =>
      ['AT_AddColumn', 'AT_AlterColumnType'].includes(nodeOf(command, 'AlterTableCmd')?.subtype ?? ''),
    );
  });
}
