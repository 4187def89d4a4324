/** The table, there before, whose rows a statement changes. */
import type { Relation } from '../../../catalog/model.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import type { Node } from './node.ts';
import { nodeOf } from './node.ts';
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
  if (update !== null)
    return { relation, change: 'update', limited: (update.whereClause ?? update.fromClause) !== undefined };
  if (remove !== null)
    return { relation, change: 'delete', limited: (remove.whereClause ?? remove.usingClause) !== undefined };
  if (merge !== null) return { relation, change: 'merge', limited: true };
  const query = nodeOf(insert?.selectStmt, 'SelectStmt');
  return query?.fromClause === undefined ? null : { relation, change: 'insert', limited: true };
}
