/** Runs the `up` or `down` of a TypeScript migration through Kysely, watching each statement. */
import type { QueryResult } from 'kysely';
import { DbkitError } from '../../errors.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import type { Direction } from '../migration.ts';
import type { Migration } from '../module.ts';
import { StatementFailure } from './failure.ts';
import { refuseTransactionControl } from './transaction-control.ts';

export interface ModuleStatements {
  execute(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>>;
  /** Told of each statement that fails, also when the migration catches the error. */
  readonly onFailure?: (failure: StatementFailure) => void;
  /** Null: the migration runs inside one transaction and may not begin another. */
  readonly transactions: { begin(): Promise<void>; commit(): Promise<void>; rollback(): Promise<void> } | null;
}

/**
 * Calls the migration's function with a Kysely instance: a transaction, when the whole migration is one.
 * A statement that it did not wait for is an error, since it could run after the end.
 */
export async function runModule(
  migration: Migration,
  direction: Direction,
  statements: ModuleStatements,
): Promise<void> {
  const run = migration.module?.[direction];
  if (run === undefined || run === null) throw new Error(`${migration.name} has no function ${direction}`);
  const { createKysely } = await import('../../postgres/kysely.ts');
  let underWay = 0;
  let over = false;
  let lost = false;
  const execute = async (sql: string, parameters: readonly unknown[]) => {
    const failed = (cause: unknown) =>
      new StatementFailure({
        migration: migration.name,
        direction,
        statement: sql,
        origin: null,
        file: migration.file,
        cause,
      });
    if (over) {
      lost = true;
      throw failed(new Error('the migration had ended before this statement: an await is missing'));
    }
    if (statements.transactions === null) refuseTransactionControl(splitStatements(sql), migration.file, null);
    underWay += 1;
    try {
      return await statements.execute(sql, parameters);
    } catch (error) {
      if (error instanceof DbkitError) throw error;
      const failure = failed(error);
      statements.onFailure?.(failure);
      throw failure;
    } finally {
      underWay -= 1;
    }
  };
  const nothing = async () => {};
  const db = createKysely({
    execute,
    ...(statements.transactions ?? { begin: nothing, commit: nothing, rollback: nothing }),
  });
  if (statements.transactions === null) await db.transaction().execute((transaction) => run(transaction));
  else await run(db);
  // A statement without await is on its way through Kysely now: one turn of the loop brings it here.
  await new Promise((resolve) => setImmediate(resolve));
  const missed = underWay > 0;
  over = true;
  if (missed || lost) {
    throw new DbkitError(
      'MIGRATION_FAILED',
      `${direction} of ${migration.name} did not wait for one of its statements`,
      {
        location: { file: migration.file, line: null, column: null },
        hint: 'put await before every statement',
      },
    );
  }
}
