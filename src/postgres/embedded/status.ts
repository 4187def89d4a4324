/** What `dbkit db status` tells of the embedded server, without starting it. */
import { connect } from '../connect.ts';
import type { ProjectCluster } from './data-directory.ts';
import { foreseeDataDirectory } from './data-directory.ts';
import { isKept } from './kept.ts';
import { countLeases } from './lease.ts';
import { findPostmaster } from './pid-file.ts';
import { adminSettingsFor, isPassing } from './reach.ts';

export interface EmbeddedStatus {
  readonly dataDirectory: string;
  /** `state`: the server's user cannot work in the project, so the data lies outside of it. */
  readonly place: 'project' | 'state';
  /** False: the first command that needs it will make it. */
  readonly initialised: boolean;
  readonly running: boolean;
  /** Started by `dbkit db start`: stays until `dbkit db stop`. */
  readonly kept: boolean;
  readonly pid: number | null;
  /** Commands that use it now; null when it runs but does not answer. */
  readonly users: number | null;
}

/** Throws EMBEDDED_UNAVAILABLE when the data belongs to another user or major. */
export async function embeddedStatus(cluster: ProjectCluster): Promise<EmbeddedStatus> {
  const { path, place, initialised } = foreseeDataDirectory(cluster);
  const pid = initialised ? findPostmaster(path) : null;
  const running = pid !== null;
  return {
    dataDirectory: path,
    place,
    initialised,
    running,
    kept: running && isKept(path),
    pid,
    users: running ? await countUsers(path, cluster) : 0,
  };
}

async function countUsers(path: string, { platform }: ProjectCluster): Promise<number | null> {
  try {
    const session = await connect(adminSettingsFor(path, platform, 'postgres'), { applicationName: 'dbkit status' });
    try {
      return await countLeases(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (isPassing(error)) return null;
    throw error;
  }
}
