/** Groups the statements of a script that runs outside one transaction: what the file puts into one stays in one. */
import { DbkitError } from '../../errors.ts';
import { lineAndColumn } from '../../postgres/sql-error.ts';
import type { Statement } from '../../postgres/sql-text.ts';
import type { SqlScript } from '../migration.ts';

/** What is run and recorded as one. */
export interface Unit {
  readonly statements: readonly Statement[];
  /** The file's own BEGIN, with its options; null for a statement by itself. */
  readonly begin: Statement | null;
}

/** Throws FILE_INVALID for a BEGIN without COMMIT, the other way round, and for what would end the block half way. */
export function groupTransactions(statements: readonly Statement[], script: SqlScript): readonly Unit[] {
  const units: Unit[] = [];
  let begin: Statement | null = null;
  let block: Statement[] = [];
  for (const statement of statements) {
    const { words } = statement;
    if (isBegin(words)) {
      if (begin !== null) throw misplaced(script, statement, 'begins a transaction inside of one');
      begin = statement;
    } else if (isCommit(words)) {
      if (begin === null) throw misplaced(script, statement, 'ends a transaction that the file did not begin');
      units.push({ statements: block, begin });
      begin = null;
      block = [];
    } else if (endsHalfWay(words)) throw misplaced(script, statement, 'can not be run and recorded as one');
    else if (begin === null) units.push({ statements: [statement], begin: null });
    else block.push(statement);
  }
  if (begin !== null) throw misplaced(script, begin, 'begins a transaction that the file does not end');
  return units;
}

function isBegin([first, second]: readonly string[]): boolean {
  return first === 'begin' || (first === 'start' && second === 'transaction');
}

function isCommit([first, second, third]: readonly string[]): boolean {
  if (first !== 'commit' && first !== 'end') return false;
  return second === undefined || ((second === 'work' || second === 'transaction') && third === undefined);
}

function endsHalfWay([first = '', second, third]: readonly string[]): boolean {
  if (first === 'rollback') return second !== 'to' && third !== 'to';
  return ['commit', 'end', 'abort'].includes(first) || (first === 'prepare' && second === 'transaction');
}

function misplaced({ file, source, offset }: SqlScript, { start, words }: Statement, what: string): DbkitError {
  return new DbkitError('FILE_INVALID', `${file}: "${words.slice(0, 2).join(' ')}" ${what}`, {
    hint: 'write BEGIN; … COMMIT; around what belongs together, or leave both out',
    location: { file, ...lineAndColumn(source, offset + start) },
  });
}
