/** Looks at a target without a chance of changing it. */
import type { Connection } from '../../postgres/connect.ts';
import type { Target } from '../../postgres/target.ts';

/**
 * Runs `work` in one snapshot that the server keeps read-only: it refuses whatever would write. A transaction and not a
 * setting of the session, which behind a pooler would be somebody else's next.
 */
export async function lookAt<T>(
  target: Target,
  applicationName: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await target.connect(applicationName);
  try {
    await connection.run('begin isolation level repeatable read read only');
    try {
      return await work(connection);
    } finally {
      if (connection.lost === null) await connection.run('rollback').catch(() => {});
    }
  } finally {
    await connection.close();
  }
}
