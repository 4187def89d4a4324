/** Lets somebody look at a run statement by statement: what the recording of `lint` and `plan` rests on. */
import type { Location } from '../../errors.ts';
import type { StatementOrigin } from '../../postgres/sql-error.ts';
import { stackLocation, withLongStack } from './failure.ts';
import type { RunSession, RunStep } from './session.ts';

export interface ObservedStatement {
  readonly step: RunStep;
  readonly sql: string;
  /** Null for TypeScript. */
  readonly origin: StatementOrigin | null;
  /** The line of a TypeScript migration that sent it, where it is known; null for SQL, which has an origin. */
  readonly location: Location | null;
  /** One value for each transaction; null for a statement that runs outside of one. */
  readonly transaction: object | null;
}

export interface StatementObserver {
  /** Runs the statement by `run` and looks before and behind it, in its session. Called for one at a time. */
  around<T>(statement: ObservedStatement, run: () => Promise<T>): Promise<T>;
}

/** Runs a statement, under the eyes of the session's observer where it has one. */
export function observed<T>(
  { observer }: Pick<RunSession, 'observer'>,
  statement: ObservedStatement,
  run: () => Promise<T>,
): Promise<T> {
  return observer === undefined ? run() : observer.around(statement, run);
}

/** Where in its file a TypeScript migration is now; to be asked before anything is waited for. */
export function moduleLocation({ observer }: Pick<RunSession, 'observer'>, { migration }: RunStep): Location | null {
  if (observer === undefined) return null;
  return withLongStack(() => stackLocation(new Error('here'), migration.file));
}
