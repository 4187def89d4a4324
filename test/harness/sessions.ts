import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';

/** One session for the time of `work`. */
export async function withSession<Result>(
  settings: ConnectionSettings,
  work: (session: Connection) => Promise<Result>,
): Promise<Result> {
  const session = await connect(settings, { applicationName: 'dbkit test' });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
