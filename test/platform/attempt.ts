/** Whether a statement goes through, for tests that list what may and what may not. */
import { DbkitError } from '../../src/errors.ts';
import type { Connection } from '../../src/postgres/connect.ts';

/** SQLSTATE of the refusal, or `ok`. Leaves nothing behind: the statement runs in a transaction that is rolled back. */
export async function attempt(connection: Connection, sql: string, role?: string): Promise<string> {
  await connection.run(role === undefined ? 'begin' : `begin; set local role ${role}`);
  try {
    await connection.run(sql);
    return 'ok';
  } catch (error) {
    return sqlstateOf(error);
  } finally {
    await connection.run('rollback');
  }
}

export function sqlstateOf(error: unknown): string {
  if (error instanceof DbkitError && error.sql !== null) return error.sql.sqlstate;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : String(error);
}
