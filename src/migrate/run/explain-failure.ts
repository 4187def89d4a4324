/** What a run says when one of its migrations did not go through. */
import { DbkitError } from '../../errors.ts';
import { isServerError } from '../../postgres/sql-error.ts';
import type { Direction } from '../migration.ts';
import type { RanMigration } from '../report.ts';
import { StatementFailure, toMigrationError } from './failure.ts';
import { lockTimeout } from './lock-timeout.ts';
import type { RunSession, RunStep } from './session.ts';
import { hasSqlstate, sqlstates } from './session.ts';

/** What the run did before the batch that failed. */
interface Before {
  readonly ran: readonly RanMigration[];
  readonly asked: number;
  /** It stands whatever happens to the server. */
  readonly durable: boolean;
}

/** The error of a batch, for a person; its `result` holds what ran before it. */
export function explainFailure(
  session: RunSession,
  batch: readonly RunStep[],
  error: unknown,
  { ran, asked, durable }: Before,
): DbkitError {
  const failed =
    batch.find(({ migration }) => error instanceof StatementFailure && error.migration === migration.name) ?? batch[0];
  const name = failed?.migration.name ?? '';
  const direction = failed?.direction ?? 'up';
  const whole = batch.every(({ migration, direction: way }) => migration.directives.transaction[way]);
  const done = direction === 'up' ? 'applied' : 'undone';
  const stands =
    ran.length === 0 ? 'nothing else was changed' : `${ran.length} of ${asked} ${done} before it: they stand`;
  const rolledBack = whole
    ? batch.length === 1
      ? `${name} was rolled back`
      : `all ${batch.length} migrations were rolled back`
    : `${name} runs without a transaction: the statements before the failed one stand, and the next run goes on from there`;
  const interrupted = session.signal.aborted;
  if (session.connection.lost !== null) {
    return new DbkitError(
      'CONNECTION_LOST',
      `the connection was lost during ${direction} of ${name}: ${session.connection.lost.message}`,
      {
        cause: error,
        details: [
          durable || ran.length === 0
            ? stands
            : `${ran.length} of ${asked} ${done} before it: the journal knows which stand`,
          whole ? `${name} is either done or not at all: the journal knows` : rolledBack,
        ],
        hint: 'look with: dbkit migrate status, then run the same command again',
        result: { ran },
      },
    );
  }
  if (interrupted && isCancellation(error)) {
    return new DbkitError('INTERRUPTED', `interrupted during ${direction} of ${name}`, {
      cause: error,
      details: [rolledBack, stands],
      hint: 'run the same command again to go on',
      result: { ran },
    });
  }
  const locked = error instanceof StatementFailure && hasSqlstate(error.cause, sqlstates.lockNotAvailable);
  const explained = toMigrationError(
    locked ? lockTimeout(batch, session, [], 1) : error,
    name,
    direction,
    failed?.migration.file ?? '',
    {
      details: explainsItself(error) ? [stands] : [rolledBack, stands],
      hint:
        betterHint(error, name, direction) ??
        (whole
          ? direction === 'down'
            ? // The file then differs from what was applied, and that is refused until somebody says it is meant.
              `mend its down, accept the file with: dbkit migrate repair ${name}, and run the same command again`
            : 'mend the migration and run the same command again'
          : 'mend the failed statement and run the same command again'),
    },
  );
  return new DbkitError(explained.code, explained.message, {
    cause: explained.cause,
    sql: explained.sql ?? undefined,
    location: explained.location,
    hint: explained.hint ?? undefined,
    details: explained.details,
    result: { ran },
  });
}

/** What is there already when it is to be made: schema, table, column, function, type, trigger, policy. */
const isThere = new Set<string>(['42P06', '42P07', '42701', '42710', '42723']);

/** Where more is known than that the file may be wrong. */
function betterHint(error: unknown, name: string, direction: Direction): string | null {
  const cause = error instanceof StatementFailure ? error.cause : error;
  if (!isServerError(cause)) return null;
  if (direction === 'up' && isThere.has(cause.code ?? '')) {
    return `if the database had it before dbkit: dbkit migrate baseline ${name}, which records all up to this one without running them; else drop or rename it, or mend the migration, and run the same command again`;
  }
  const said = cause.hint?.trim().replace(/\.$/, '');
  return said === undefined || said === '' ? null : `${said}; then run the same command again`;
}

function explainsItself(error: unknown): boolean {
  const codes: readonly string[] = ['MIGRATION_INTERRUPTED', 'MIGRATION_EDITED', 'CONNECTION_LOST'];
  return error instanceof DbkitError && codes.includes(error.code);
}

function isCancellation(error: unknown): boolean {
  const cause = error instanceof StatementFailure ? error.cause : error;
  return hasSqlstate(cause, sqlstates.queryCanceled) || (cause instanceof Error && cause.name === 'AbortError');
}
