/** PostgreSQL from an image, for a database of exactly production's version and extensions. The only file that imports testcontainers. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { connect } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { superuserOf } from './embedded/cluster.ts';
import { applyPlatform } from './platform/apply-platform.ts';
import { quoteLiteral } from './quote.ts';

export interface ContainerOptions {
  /** On `supabase` the server gets what Supabase brings, unless the image has it already. */
  readonly platform: Platform;
  readonly defaultPrivileges?: 'legacy' | 'revoked' | undefined;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

export interface ContainerServer {
  /** As `postgres`, over TCP. */
  settings(database: string): ConnectionSettings;
  /** As the superuser: `postgres`, or `supabase_admin` on the platform `supabase`. */
  adminSettings(database: string): ConnectionSettings;
  /** Stops and removes the container, with its data. */
  release(): Promise<void>;
}

const startupMs = 120_000;

/**
 * Starts `image`, which answers to POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB as the official one does. Gone after
 * `release`, and after a kill -9 by testcontainers' own watcher. Throws DEPENDENCY_MISSING with what to type, UNREACHABLE
 * when there is no Docker, no such image, or the server does not come up.
 */
export async function startContainer(image: string, options: ContainerOptions): Promise<ContainerServer> {
  const { platform, onEvent, signal } = options;
  const { GenericContainer } = await importTestcontainers();
  signal.throwIfAborted();
  const startedAt = performance.now();
  const text = `starting the container ${image}`;
  onEvent({ kind: 'start', text });
  const password = randomBytes(18).toString('base64url');
  const superuser = superuserOf(platform);
  const environment = { POSTGRES_USER: superuser, POSTGRES_PASSWORD: password, POSTGRES_DB: 'postgres' };
  const container = await new GenericContainer(image)
    .withEnvironment(environment)
    .withExposedPorts(5432)
    .withStartupTimeout(startupMs)
    .start()
    .catch((error: unknown) => {
      throw new DbkitError('UNREACHABLE', `The container ${image} did not start: ${firstLine(error)}`, {
        hint: `is a Docker engine running, and is the image name right? Try: docker run --rm -e POSTGRES_PASSWORD=x ${image}`,
        cause: error,
      });
    });
  let released: Promise<void> | null = null;
  const release = (): Promise<void> =>
    (released ??= container.stop({ remove: true, removeVolumes: true }).then(() => {}));
  try {
    const settingsAs = (user: string, database: string): ConnectionSettings => ({
      host: container.getHost(),
      port: container.getMappedPort(5432),
      user,
      database,
      password,
      role: null,
    });
    const server: ContainerServer = {
      settings: (database) => settingsAs('postgres', database),
      adminSettings: (database) => settingsAs(superuser, database),
      release,
    };
    await waitForServer(server.adminSettings('postgres'), image, signal);
    if (platform === 'supabase') await bootstrap(server, password, options);
    onEvent({ kind: 'end', text, durationMs: performance.now() - startedAt });
    return server;
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

/** `postgres` is not the superuser here; over TCP it needs a password, which the stand-in does not give it. */
async function bootstrap(server: ContainerServer, password: string, options: ContainerOptions): Promise<void> {
  const { platform, defaultPrivileges, signal } = options;
  const admin = await connect(server.adminSettings('postgres'), { applicationName: 'dbkit prepare', signal });
  try {
    await applyPlatform(admin, { platform, defaultPrivileges });
    await admin.run(`alter role postgres login password ${quoteLiteral(password)}`);
  } finally {
    await admin.close();
  }
}

async function importTestcontainers(): Promise<typeof import('testcontainers')> {
  try {
    return await import('testcontainers');
  } catch (error) {
    throw new DbkitError('DEPENDENCY_MISSING', 'containers need the package testcontainers, which is not installed', {
      hint: 'type: npm install --save-dev testcontainers',
      cause: error,
    });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
