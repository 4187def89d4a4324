/** Locks that a transaction took earlier and still holds. */
import type { RecordedRun, RecordedStatement } from '../recording.ts';

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

/** Any relation that an earlier statement keeps from being read and written. */
export function heldAnywhere(
  run: RecordedRun,
  later: RecordedStatement,
): { readonly statement: RecordedStatement; readonly relation: string } | null {
  if (!later.transactional) return null;
  for (const statement of run.statements) {
    if (statement.ordinal >= later.ordinal || !statement.transactional) continue;
    const lock = statement.locks.find(
      ({ blocks, heldForStatements }) =>
        blocks === 'reads and writes' && statement.ordinal + heldForStatements >= later.ordinal,
    );
    if (lock !== undefined) return { statement, relation: lock.relation };
  }
  return null;
}
