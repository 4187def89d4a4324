/** Runs chosen migrations on a scratch database through the normal run, and tells nobody of each. */
import { withRunLock } from '../postgres/run-lock.ts';
import type { VerbContext } from '../postgres/target.ts';
import { readJournal } from './journal.ts';
import type { MigrateOptions } from './options.ts';
import { openSession } from './run/open-session.ts';
import { runSteps } from './run/run-steps.ts';
import type { RunStep } from './run/session.ts';
import { compareWithJournal } from './state.ts';

export interface ScratchRun {
  /** Runs the steps in order. Throws what the run throws; what ran before the fault stands. */
  run(steps: readonly RunStep[]): Promise<void>;
}

/** Opens the run's sessions once for all of `work`. The database's own schema is there: a scratch brings it. */
export async function withScratchRun<T>(
  context: VerbContext,
  options: MigrateOptions,
  work: (run: ScratchRun) => Promise<T>,
): Promise<T> {
  const quiet: VerbContext = {
    ...context,
    onEvent: (event) => {
      if (event.kind === 'warn') context.onEvent(event);
    },
  };
  const { app, waitMs } = options;
  const holder = await context.db.connect('dbkit scratch');
  try {
    const { signal, onEvent } = quiet;
    return await withRunLock(holder, { app, waitMs, signal, onEvent }, async (lock) => {
      const session = await openSession(quiet, lock, options, 'dbkit scratch');
      try {
        return await work({
          async run(steps) {
            const stepwise = steps.some(({ migration, direction }) => !migration.directives.transaction[direction]);
            const files = steps.map(({ migration }) => migration);
            // Only what runs without a transaction goes on where its row says that it stopped.
            const journal = stepwise ? await readJournal(session.connection, app) : [];
            await runSteps(session, steps, compareWithJournal(files, journal), { singleTransaction: false });
          },
        });
      } finally {
        await session.connection.close();
      }
    });
  } finally {
    await holder.close();
  }
}
