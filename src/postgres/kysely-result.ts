/** Results in the form that Kysely reads; apart from `kysely.ts`, so that SQL migrations run without loading Kysely. */
import type { QueryResult } from 'kysely';
import type { Connection } from './connect.ts';

const counting = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** One statement with its parameters. */
export async function executeOn(
  connection: Connection,
  sql: string,
  parameters: readonly unknown[],
): Promise<QueryResult<unknown>> {
  const { rows, rowCount, command } = await connection.query<unknown>(sql, parameters);
  return counting.has(command) ? { rows: [...rows], numAffectedRows: BigInt(rowCount) } : { rows: [...rows] };
}
