/** The table, there before, whose rows a statement changes. */
import type { Relation } from '../../../catalog/model.ts';
import { columnOf } from '../facts/objects.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import type { Node, NodeOf } from './node.ts';
import { nameParts, nodeOf } from './node.ts';
import { relationBefore } from './relation.ts';

export interface ChangedRelation {
  readonly relation: Relation;
  readonly change: 'update' | 'delete' | 'merge' | 'insert';
  /** It says which rows. */
  readonly limited: boolean;
}

/** INSERT counts only where it takes its rows from a query. */
export function changedRelation(run: RecordedRun, statement: RecordedStatement, tree: Node): ChangedRelation | null {
  const update = nodeOf(tree, 'UpdateStmt');
  const remove = nodeOf(tree, 'DeleteStmt');
  const merge = nodeOf(tree, 'MergeStmt');
  const insert = nodeOf(tree, 'InsertStmt');
  const relation = relationBefore(run, statement, (update ?? remove ?? merge ?? insert)?.relation);
  if (relation === null) return null;
  if (update !== null) return { relation, change: 'update', limited: isLimited(run, relation, update) };
  if (remove !== null)
    return { relation, change: 'delete', limited: (remove.whereClause ?? remove.usingClause) !== undefined };
  if (merge !== null) return { relation, change: 'merge', limited: true };
  const query = nodeOf(insert?.selectStmt, 'SelectStmt');
  return query?.fromClause === undefined ? null : { relation, change: 'insert', limited: true };
}

/** `where shop is null` says nothing of a column that this migration adds: it is so in every row. */
function isLimited(run: RecordedRun, relation: Relation, update: NodeOf<'UpdateStmt'>): boolean {
  if (update.fromClause !== undefined) return true;
  const test = nodeOf(update.whereClause, 'NullTest');
  if (test?.nulltesttype !== 'IS_NULL') return update.whereClause !== undefined;
  const column = nameParts(nodeOf(test.arg, 'ColumnRef')?.fields).at(-1);
  return column === undefined || columnOf(run.before, relation.id, column) !== null;
}
