/** Checks that wait for the end of the transaction are made at once, so that what they say is said of this table. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Statement } from './insert.ts';
import type { TablePlan } from './table-plan.ts';

export function guarded(plan: TablePlan, insert: Statement, count: number): readonly Statement[] {
  const statements = plan.columns.length === 0 ? Array.from({ length: count }, () => insert) : [insert];
  if (plan.initiallyDeferred.length > 0) {
    const schema = /^(?:"(?:[^"]|"")*"|[^".]+)/u.exec(plan.table)?.[0] ?? '';
    const names = plan.initiallyDeferred.map((name) => `${schema}.${quoteIdentifier(name)}`).join(', ');
    statements.push({ sql: `set constraints ${names} immediate`, values: [] });
    statements.push({ sql: `set constraints ${names} deferred`, values: [] });
  }
  return statements;
}
