/** A migration that runs inside dbkit's transaction may not end it. */
import { DbkitError } from '../../errors.ts';
import type { StatementOrigin } from '../../postgres/sql-error.ts';
import { lineAndColumn } from '../../postgres/sql-error.ts';
import type { Statement } from '../../postgres/sql-text.ts';

const control = new Set(['begin', 'commit', 'end', 'rollback', 'abort']);

/** Throws FILE_INVALID at the first statement that begins or ends a transaction. */
export function refuseTransactionControl(
  statements: readonly Statement[],
  file: string,
  origin: StatementOrigin | null,
): void {
  const found = statements.find(({ words }) => isTransactionControl(words, origin === null));
  if (found === undefined) return;
  throw new DbkitError(
    'FILE_INVALID',
    `${file} holds "${found.words.slice(0, 2).join(' ')}", but dbkit runs it inside a transaction of its own`,
    {
      hint: 'remove it; or, to run statement by statement: -- dbkit:transaction off (in TypeScript: config = { transaction: false })',
      location:
        origin === null
          ? { file, line: null, column: null }
          : { file, ...lineAndColumn(origin.source, origin.offset + found.start) },
    },
  );
}

/**
 * `awaited`: each statement is sent after the answer to the one before it. Only then is ROLLBACK TO a savepoint safe:
 * after a failure it would make the transaction whole again, and what was sent behind it would be committed.
 */
function isTransactionControl([first = '', second, third]: readonly string[], awaited: boolean): boolean {
  if (first === 'start' || first === 'prepare') return second === 'transaction';
  if (awaited && first === 'rollback' && (second === 'to' || third === 'to')) return false;
  return control.has(first);
}
