/** Ctrl-C: the first asks the verb to stop and leave a named state, the second ends the process at once. */
import type { OnEvent } from '../events.ts';
import type { Io } from './io.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function interruptible<T>(
  io: Io,
  onEvent: OnEvent,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) io.exit(130);
    onEvent({ kind: 'warn', text: 'interrupting: cancelling what runs (once more to end at once)' });
    controller.abort();
  };
  for (const signal of signals) io.on(signal, listener);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) io.off(signal, listener);
  }
}
