/** From what was seen, by OIDs, to what is said of a statement, by names. */
import type { Location } from '../../../errors.ts';
import type { Parser } from '../../../postgres/parse-sql.ts';
import { SqlUnparsable } from '../../../postgres/parse-sql.ts';
import { lineAndColumn } from '../../../postgres/sql-error.ts';
import { blankSecrets } from '../../../postgres/sql-text.ts';
import type { ObservedStatement } from '../../run/observe.ts';
import type { RecordedStatement } from '../recording.ts';
import { aloneEffects } from './alone-effects.ts';
import { innerTrees } from './inner-statements.ts';
import { truncates } from './parsed.ts';
import type { SeenRun } from './recorder.ts';
import type { Effects } from './transaction-effects.ts';
import { TransactionEffects } from './transaction-effects.ts';

/** The statements of a run in their order. */
export function conclude({ before, statements }: SeenRun, parser: Parser): readonly RecordedStatement[] {
  const inside = new TransactionEffects(before);
  let inventory = before;
  const transactions = statements.map(({ statement }) => statement.transaction);
  return statements.map((seen, index) => {
    const sql = blankSecrets(seen.statement.sql);
    const parsed = parse(parser, sql);
    let effects: Effects;
    if (seen.inventory === null) effects = inside.of(seen, truncates(sql, parsed));
    else {
      effects = aloneEffects({ there: before, before: inventory, after: seen.inventory, sql, parsed });
      inventory = seen.inventory;
      inside.know(inventory);
    }
    return {
      ordinal: index + 1,
      sql,
      location: seen.statement.location ?? locationOf(seen.statement),
      parsed,
      transactional: transactions[index] !== null,
      durationMs: seen.durationMs,
      ...effects,
      locks: effects.locks.map((lock) => ({ ...lock, heldForStatements: following(transactions, index) })),
      notices: seen.notices,
    };
  });
}

/** How many statements behind this one run in its transaction. */
function following(transactions: readonly (object | null)[], index: number): number {
  const own = transactions[index];
  if (own === null) return 0;
  return transactions.slice(index + 1).filter((other) => other === own).length;
}

function parse(parser: Parser, sql: string): RecordedStatement['parsed'] {
  try {
    const trees = parser.parse(sql).flatMap(({ tree }) => [tree, ...innerTrees(parser, tree)]);
    return trees as unknown as RecordedStatement['parsed'];
  } catch (error) {
    if (error instanceof SqlUnparsable) return [];
    throw error;
  }
}

function locationOf({ origin }: ObservedStatement): Location | null {
  return origin === null ? null : { file: origin.file, ...lineAndColumn(origin.source, origin.offset) };
}
