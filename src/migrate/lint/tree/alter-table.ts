/** The commands of ALTER TABLE, each with the relation that it changes. */
import type { Relation } from '../../../catalog/model.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import type { NodeOf } from './node.ts';
import { nodeOf, treesOf } from './node.ts';
import { relationBefore } from './relation.ts';

export interface AlterCommand {
  readonly statement: RecordedStatement;
  /** There before the migration. */
  readonly relation: Relation;
  readonly command: NodeOf<'AlterTableCmd'>;
  readonly column: NodeOf<'ColumnDef'> | null;
  readonly constraint: NodeOf<'Constraint'> | null;
}

/** Of tables that were there before, in the order they ran. */
export function alterCommands(run: RecordedRun): readonly AlterCommand[] {
  return run.statements.flatMap((statement) =>
    treesOf(statement).flatMap((tree) => {
      const alter = nodeOf(tree, 'AlterTableStmt');
      const relation = relationBefore(run, statement, alter?.relation);
      if (alter === null || relation === null) return [];
      return (alter.cmds ?? []).flatMap((node) => {
        const command = nodeOf(node, 'AlterTableCmd');
        if (command === null) return [];
        const column = nodeOf(command.def, 'ColumnDef');
        return [{ statement, relation, command, column, constraint: nodeOf(command.def, 'Constraint') }];
      });
    }),
  );
}
