/** Runs the chosen steps one after the other and says at a fault what stands and what does not. */
import { DbkitError } from '../../errors.ts';
import type { RanMigration } from '../report.ts';
import type { MigrationState } from '../state.ts';
import { StatementFailure, toMigrationError } from './failure.ts';
import { runInTransaction } from './in-transaction.ts';
import { lockTimeout } from './lock-timeout.ts';
import { refuseScript } from './platform-rules.ts';
import type { RunSession, RunStep } from './session.ts';
import { hasSqlstate, sqlstates } from './session.ts';
import { runStepwise } from './stepwise.ts';

export interface RunStepsOptions {
  readonly singleTransaction: boolean;
}

/** What ran, in order. Throws a DbkitError whose `result` holds what stands. */
export async function runSteps(
  session: RunSession,
  steps: readonly RunStep[],
  states: readonly MigrationState[],
  { singleTransaction }: RunStepsOptions,
): Promise<readonly RanMigration[]> {
  const ran: RanMigration[] = [];
  for (const { migration, direction } of steps) {
    const script = migration.sql?.[direction];
    if (script !== undefined && script !== null) refuseScript(session.rules, script);
  }
  const batches = singleTransaction && steps.length > 0 ? [steps] : steps.map((step) => [step]);
  const cancel = () => void session.connection.cancel().catch(() => {});
  session.signal.addEventListener('abort', cancel, { once: true });
  try {
    for (const batch of batches) {
      const start = performance.now();
      for (const { migration, direction } of batch)
        session.onEvent({ kind: 'start', text: `${direction} ${migration.name}` });
      try {
        await runBatch(session, batch, states, ran);
      } catch (error) {
        throw explain(session, batch, error, ran, steps.length);
      }
      const durationMs = performance.now() - start;
      for (const { migration, direction } of batch) {
        ran.push({ name: migration.name, direction, durationMs: durationMs / batch.length });
        session.onEvent({ kind: 'end', text: `${direction} ${migration.name}`, durationMs: durationMs / batch.length });
      }
    }
    return ran;
  } finally {
    session.signal.removeEventListener('abort', cancel);
  }
}

async function runBatch(
  session: RunSession,
  batch: readonly RunStep[],
  states: readonly MigrationState[],
  ran: readonly RanMigration[],
): Promise<void> {
  const [only] = batch;
  if (batch.length === 1 && only !== undefined) {
    const undoneNow = ran.some(({ name }) => name === only.migration.name);
    const entry = undoneNow ? null : (states.find(({ name }) => name === only.migration.name)?.entry ?? null);
    const begun = entry !== null && entry.state !== 'applied';
    if (begun || !only.migration.directives.transaction[only.direction]) return runStepwise(session, only, entry);
  }
  return runInTransaction(session, batch);
}

function explain(
  session: RunSession,
  batch: readonly RunStep[],
  error: unknown,
  ran: readonly RanMigration[],
  asked: number,
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
        details: [stands, whole ? `${name} is either done or not at all: the journal knows` : rolledBack],
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
      hint: whole
        ? direction === 'down'
          ? // The file then differs from what was applied, and that is refused until somebody says it is meant.
            `mend its down, accept the file with: dbkit migrate repair ${name}, and run the same command again`
          : 'mend the migration and run the same command again'
        : 'mend the failed statement and run the same command again',
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

function explainsItself(error: unknown): boolean {
  const codes: readonly string[] = ['MIGRATION_INTERRUPTED', 'MIGRATION_EDITED', 'CONNECTION_LOST'];
  return error instanceof DbkitError && codes.includes(error.code);
}

function isCancellation(error: unknown): boolean {
  const cause = error instanceof StatementFailure ? error.cause : error;
  return hasSqlstate(cause, sqlstates.queryCanceled) || (cause instanceof Error && cause.name === 'AbortError');
}
