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
  const found = statements.find(
    ({ words: [first = '', second] }) =>
      control.has(first) ||
      (first === 'start' && second === 'transaction') ||
      (first === 'prepare' && second === 'transaction'),
  );
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
