/** PostgreSQL from an image, for a database of exactly production's version and extensions. The only file that imports testcontainers. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DbkitError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { connect } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';

export interface ContainerOptions {
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

export interface ContainerServer {
  /** As the image's superuser `postgres`, over TCP. */
  settings(database: string): ConnectionSettings;
  /** Stops and removes the container, with its data. */
  release(): Promise<void>;
}

const startupMs = 120_000;

/**
 * Starts `image`, which answers to POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB as the official one does. Gone after
 * `release`, and after a kill -9 by testcontainers' own watcher. Throws DEPENDENCY_MISSING with what to type, UNREACHABLE
 * when there is no Docker, no such image, or the server does not come up.
 */
export async function startContainer(image: string, { onEvent, signal }: ContainerOptions): Promise<ContainerServer> {
  const { GenericContainer } = await importTestcontainers();
  signal.throwIfAborted();
  const startedAt = performance.now();
  const text = `starting the container ${image}`;
  onEvent({ kind: 'start', text });
  const password = randomBytes(18).toString('base64url');
  const environment = { POSTGRES_USER: 'postgres', POSTGRES_PASSWORD: password, POSTGRES_DB: 'postgres' };
  const container = await new GenericContainer(image)
    .withEnvironment(environment)
    .withExposedPorts(5432)
    .withStartupTimeout(startupMs)
    .start()
    .catch((error: unknown) => {
      throw new DbkitError('UNREACHABLE', `The container ${image} did not start: ${firstLine(error)}`, {
        hint: `Is a Docker engine running, and is the image name right? Try: docker run --rm -e POSTGRES_PASSWORD=x ${image}`,
        cause: error,
      });
    });
  let released: Promise<void> | null = null;
  const release = (): Promise<void> =>
    (released ??= container.stop({ remove: true, removeVolumes: true }).then(() => {}));
  try {
    const settings = (database: string): ConnectionSettings => ({
      host: container.getHost(),
      port: container.getMappedPort(5432),
      user: 'postgres',
      database,
      password,
      role: null,
    });
    await waitForServer(settings('postgres'), image, signal);
    onEvent({ kind: 'end', text, durationMs: performance.now() - startedAt });
    return { settings, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The image's entry point runs a first server to set up, on its socket only, then the real one: TCP is the sign. */
async function waitForServer(settings: ConnectionSettings, image: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + startupMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await (await connect(settings, { applicationName: 'dbkit start', signal })).close();
    } catch (error) {
      if (!(error instanceof DbkitError) || error.code !== 'UNREACHABLE') throw error;
      if (performance.now() > until) {
        throw new DbkitError('UNREACHABLE', `The server in the container ${image} does not answer`, { cause: error });
      }
      await sleep(200);
    }
  }
}

async function importTestcontainers(): Promise<typeof import('testcontainers')> {
  try {
    return await import('testcontainers');
  } catch (error) {
    throw new DbkitError('DEPENDENCY_MISSING', 'Containers need the package testcontainers, which is not installed', {
      hint: 'Type: npm install --save-dev testcontainers',
      cause: error,
    });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
