/** Looks at a target without a chance of changing it. */
import type { Connection } from '../../postgres/connect.ts';
import type { Target } from '../../postgres/target.ts';

/**
 * Runs `work` in one snapshot that the server keeps read-only: it refuses whatever would write. A transaction and not a
 * setting of the session, which behind a pooler would be somebody else's next. `signal` cancels what runs.
 */
export async function lookAt<T>(
  target: Target,
  { applicationName, signal }: { readonly applicationName: string; readonly signal: AbortSignal },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await target.connect(applicationName);
  const cancel = () => void connection.cancel().catch(() => {});
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await connection.run('begin isolation level repeatable read read only');
    try {
      return await work(connection);
    } catch (error) {
      // What was cancelled failed for that reason.
      signal.throwIfAborted();
      throw error;
    } finally {
      if (connection.lost === null) await connection.run('rollback').catch(() => {});
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    await connection.close();
  }
}
