/** The project's own server: made when it is missing, started when it is not running, shared by all that use it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DbkitError } from '../../errors.ts';
import type { EmbeddedServer, EmbeddedServerOptions } from '../server.ts';
import { createCluster } from './create-cluster.ts';
import type { DataDirectory } from './data-directory.ts';
import { locateDataDirectory } from './data-directory.ts';
import type { Lease } from './lease.ts';
import { takeLease } from './lease.ts';
import { withMutex } from './mutex.ts';
import { isPrepared, prepareCluster } from './prepare-cluster.ts';
import { adminSettingsFor, isPassing, settingsFor } from './reach.ts';
import { runnableBinaries } from './runnable-binaries.ts';
import { ensurePostmaster } from './start-postmaster.ts';

/** A server may stop under us, again and again, when many short commands run: each round is a few milliseconds. */
const patienceMs = 60_000;

/**
 * Takes a share in the embedded server of a project. Any number of commands may call this at once, on a first run too: one
 * of them makes the data and starts the server. Durability is on: the data survives a crash of the machine.
 * Throws EMBEDDED_UNAVAILABLE (with what to install or mend), IO_FAILED, or the reason of `signal`.
 */
export async function acquireEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { major, platform, signal } = options;
  const until = performance.now() + patienceMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    signal.throwIfAborted();
    const directory = locateDataDirectory(options);
    const lease = await tryLease(options, directory);
    if (lease !== null) {
      const { path } = directory;
      return {
        major,
        platform,
        dataDirectory: path,
        settings: (database) => settingsFor(path, database),
        adminSettings: (database) => adminSettingsFor(path, platform, database),
        release: lease.release,
      };
    }
    if (performance.now() > until) throw restless(directory.path);
    await withMutex(directory.path, signal, () => bringUp(options));
    await sleep(Math.random() * pause);
  }
}

async function tryLease(options: EmbeddedServerOptions, directory: DataDirectory): Promise<Lease | null> {
  if (!directory.initialised || !isPrepared(directory.path)) return null;
  try {
    return await takeLease(
      adminSettingsFor(directory.path, options.platform, 'postgres'),
      directory.path,
      options.signal,
    );
  } catch (error) {
    if (isPassing(error)) return null;
    throw error;
  }
}

/** Under the mutex: whatever is missing, and nothing twice. */
async function bringUp(options: EmbeddedServerOptions): Promise<void> {
  const { major, platform, onEvent, signal } = options;
  const directory = locateDataDirectory(options);
  const { path, user } = directory;
  const binaries = await runnableBinaries(options.projectRoot, major, user);
  if (!directory.initialised) {
    const startedAt = performance.now();
    const text = `making the embedded server's data in ${path}`;
    onEvent({ kind: 'start', text });
    await createCluster(path, platform, { binaries, user, signal });
    onEvent({ kind: 'end', text, durationMs: performance.now() - startedAt });
  }
  await ensurePostmaster({ dataDirectory: path, platform, user, binaries, onEvent, signal });
  if (!isPrepared(path)) await prepareCluster(path, options);
}

function restless(path: string): DbkitError {
  return new DbkitError('EMBEDDED_UNAVAILABLE', `The embedded server in ${path} stops before it can be used`, {
    hint: `see ${path}/server.log`,
  });
}
