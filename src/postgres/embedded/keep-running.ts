/** `dbkit db start`, `stop` and `reset`: the embedded server on request instead of on demand. */
import { renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DbkitError } from '../../errors.ts';
import { connect } from '../connect.ts';
import type { EmbeddedServerOptions } from '../server.ts';
import { acquireEmbeddedServer } from './acquire.ts';
import type { ProjectCluster } from './data-directory.ts';
import { findDataDirectory } from './data-directory.ts';
import { keep, unkeep } from './kept.ts';
import { countLeases, isLast, stopAndWait } from './lease.ts';
import { withMutex } from './mutex.ts';
import { findPostmaster } from './pid-file.ts';
import { adminSettingsFor, isPassing } from './reach.ts';
import type { EmbeddedStatus } from './status.ts';
import { embeddedStatus } from './status.ts';

/** Starts the server and leaves it running until `stopEmbedded`. Nothing changes when it is kept already. */
export async function startEmbedded(options: EmbeddedServerOptions): Promise<EmbeddedStatus> {
  const server = await acquireEmbeddedServer(options);
  try {
    keep(server.dataDirectory);
  } finally {
    await server.release();
  }
  return embeddedStatus(options);
}

export interface StopResult {
  /** `in-use`: it stops with the last of the `users`. */
  readonly outcome: 'stopped' | 'not-running' | 'in-use';
  readonly users: number;
}

export interface StopOptions {
  /** Ends the sessions of those that use it; a server that does not answer is killed. */
  readonly force?: boolean;
}

/** Ends the keeping, and the server unless somebody uses it. Throws EMBEDDED_UNAVAILABLE when even force does not help. */
export async function stopEmbedded(cluster: ProjectCluster, { force = false }: StopOptions = {}): Promise<StopResult> {
  const found = findDataDirectory(cluster);
  if (found?.initialised !== true) return { outcome: 'not-running', users: 0 };
  const { path } = found;
  unkeep(path);
  if (findPostmaster(path) === null) return { outcome: 'not-running', users: 0 };
  const polite = await stopPolitely(path, cluster);
  if (polite !== null && (polite.outcome === 'stopped' || !force)) return polite;
  const users = polite?.users ?? 0;
  for (const signal of force ? (['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) : []) {
    if (await stopAndWait(path, signal)) return { outcome: 'stopped', users };
  }
  throw new DbkitError('EMBEDDED_UNAVAILABLE', `The embedded server in ${path} does not stop`, {
    hint: force ? `its process is ${findPostmaster(path)}` : 'type: dbkit db stop --force',
  });
}

/** Stops it under the lock, so that no newcomer's session is cut. Null when the server does not answer. */
async function stopPolitely(path: string, { platform }: ProjectCluster): Promise<StopResult | null> {
  try {
    const session = await connect(adminSettingsFor(path, platform, 'postgres'), { applicationName: 'dbkit stop' });
    try {
      const users = await countLeases(session);
      if (!(await isLast(session))) return { outcome: 'in-use', users };
      return (await stopAndWait(path, 'SIGINT')) ? { outcome: 'stopped', users: 0 } : null;
    } finally {
      await session.close().catch(() => {});
    }
  } catch (error) {
    if (isPassing(error)) return null;
    throw error;
  }
}

/**
 * Removes the data. The next command that needs the server makes it anew. Throws RUN_LOCKED when somebody uses it and `force`
 * is not given.
 */
export async function resetEmbedded(
  cluster: ProjectCluster,
  options: StopOptions & { signal: AbortSignal },
): Promise<void> {
  const found = findDataDirectory(cluster);
  if (found?.initialised !== true) return;
  const { path } = found;
  await withMutex(path, options.signal, async () => {
    const { outcome, users } = await stopEmbedded(cluster, options);
    if (outcome === 'in-use') {
      throw new DbkitError('RUN_LOCKED', `The embedded server in ${path} is used by ${users} other command(s)`, {
        hint: 'wait for them, or type: dbkit db reset --force',
      });
    }
    // Out of the way in one step, so that no half of it is ever taken for data.
    const trash = join(dirname(path), `.${basename(path)}.trash-${process.pid}`);
    renameSync(path, trash);
    rmSync(trash, { recursive: true, force: true });
  });
}
