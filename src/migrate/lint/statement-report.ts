/** Recorded statements as reports have them: without parse trees and catalogs. */
import type { TableStats } from './estimate.ts';
import type { RecordedRun } from './recording.ts';
import type { RecordedStatementReport } from './report.ts';
import { tellRun } from './tell.ts';

export function reportStatements(
  { statements }: Pick<RecordedRun, 'statements'>,
  stats: TableStats | null,
): readonly RecordedStatementReport[] {
  const told = tellRun(statements, stats);
  return statements.map(({ parsed: _, ...statement }, index) => ({
    ...statement,
    // The server's clock has no use for more.
    durationMs: Math.round(statement.durationMs * 100) / 100,
    effects: told[index] ?? [],
  }));
}
