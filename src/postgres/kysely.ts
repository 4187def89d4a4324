/** The only file that makes a Kysely instance: on one open connection, never on a pool. */
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, Kysely, QueryResult } from 'kysely';
import type { KyselyModule } from '../config/user-kysely.ts';
import type { Connection } from './connect.ts';
import { executeOn } from './kysely-result.ts';

/** What stands between Kysely and the connection; each may throw. */
export interface KyselyHooks {
  /** Runs one compiled statement. */
  execute(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Statements and transactions straight to the connection. */
export function plainHooks(connection: Connection): KyselyHooks {
  return {
    execute: (sql, parameters) => executeOn(connection, sql, parameters),
    begin: async () => void (await connection.run('begin')),
    commit: async () => void (await connection.run('commit')),
    rollback: async () => void (await connection.run('rollback')),
  };
}

/** An instance of the given copy of Kysely that speaks through `hooks`. Needs no closing. */
export function createKysely(kysely: KyselyModule, hooks: KyselyHooks): Kysely<unknown> {
  return new kysely.Kysely({ dialect: dialectOn(kysely, hooks) });
}

function dialectOn(kysely: KyselyModule, hooks: KyselyHooks): Dialect {
  return {
    createAdapter: () => new kysely.PostgresAdapter(),
    createQueryCompiler: () => new kysely.PostgresQueryCompiler(),
    createIntrospector: (db) => new kysely.PostgresIntrospector(db),
    createDriver: () => driverOn(kysely, hooks),
  };
}

function driverOn({ CompiledQuery }: KyselyModule, hooks: KyselyHooks): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery) =>
      (await hooks.execute(query.sql, query.parameters)) as QueryResult<R>,
    async *streamQuery<R>(query: CompiledQuery) {
      yield (await hooks.execute(query.sql, query.parameters)) as QueryResult<R>;
    },
  };
  const savepoint = (verb: string) => async (on: DatabaseConnection, name: string) => {
    await on.executeQuery(CompiledQuery.raw(`${verb} "${name.replaceAll('"', '""')}"`));
  };
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: () => hooks.begin(),
    commitTransaction: () => hooks.commit(),
    rollbackTransaction: () => hooks.rollback(),
    savepoint: savepoint('savepoint'),
    rollbackToSavepoint: savepoint('rollback to savepoint'),
    releaseSavepoint: savepoint('release savepoint'),
    destroy: async () => {},
  };
}
