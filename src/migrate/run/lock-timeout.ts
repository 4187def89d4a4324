/** The error of a run that did not get a lock on a table in time. */
import { DbkitError } from '../../errors.ts';
import type { Blocker } from './blockers.ts';
import { describeBlocker } from './blockers.ts';
import type { RunSession, RunStep } from './session.ts';

export function lockTimeout(
  steps: readonly RunStep[],
  session: RunSession,
  blockers: readonly Blocker[],
  attempts: number,
): DbkitError {
  const names = steps.map((step) => step.migration.name).join(', ');
  return new DbkitError(
    'LOCK_TIMEOUT',
    `${steps[0]?.direction ?? 'up'} of ${names} got no lock within ${session.lockTimeoutMs} ms, in ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
    {
      details: [...blockers.map((blocker) => `blocked by ${describeBlocker(blocker)}`)],
      hint:
        blockers.length > 0
          ? 'end the blocking transaction, or run again when it is over'
          : 'run again, or raise lockTimeout in dbkit.config.ts',
    },
  );
}
