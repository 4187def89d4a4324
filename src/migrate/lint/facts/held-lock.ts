/** Locks that a transaction took earlier and still holds. */

import type { LockTaken, RecordedRun, RecordedStatement } from '../recording.ts';
import { treesOf } from '../tree/node.ts';

/** The earlier statement of the transaction that keeps others from writing to the relation; null when none does. */
export function heldSince(run: RecordedRun, later: RecordedStatement, relation: string): RecordedStatement | null {
  if (!later.transactional) return null;
  return (
    run.statements.find(
      (statement) =>
        statement.transactional &&
        statement.ordinal < later.ordinal &&
        statement.locks.some(
          (lock) =>
            lock.relation === relation &&
            (lock.blocks === 'writes' || lock.blocks === 'reads and writes') &&
            statement.ordinal + lock.heldForStatements >= later.ordinal,
        ),
    ) ?? null
  );
}

/** Any relation that an earlier statement keeps from being written, or read: that which blocks most goes first. */
export function heldAnywhere(
  run: RecordedRun,
  later: RecordedStatement,
): { readonly statement: RecordedStatement; readonly lock: LockTaken } | null {
  if (!later.transactional) return null;
  const held = run.statements
    .filter(({ ordinal, transactional }) => transactional && ordinal < later.ordinal)
    .flatMap((statement) =>
      statement.locks
        .filter(({ heldForStatements }) => statement.ordinal + heldForStatements >= later.ordinal)
        .map((lock) => ({ statement, lock })),
    );
  return (
    held.find(({ lock }) => lock.blocks === 'reads and writes') ??
    held.find(({ lock, statement }) => lock.blocks === 'writes' && !changesRows(statement)) ??
    null
  );
}

/** TRUNCATE aside, these lock rows and not the table. */
function changesRows(statement: RecordedStatement): boolean {
  return treesOf(statement).some((tree) =>
    ['UpdateStmt', 'DeleteStmt', 'InsertStmt', 'MergeStmt'].some((kind) => kind in tree),
  );
}
