/** The embedded server on request: start, stop, status, url, reset. They touch no other server. */
import type { ResolvedConfig } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import type { ProjectCluster } from '../postgres/embedded/data-directory.ts';
import { resetEmbedded, startEmbedded, stopEmbedded } from '../postgres/embedded/keep-running.ts';
import { settingsFor } from '../postgres/embedded/reach.ts';
import type { EmbeddedStatus } from '../postgres/embedded/status.ts';
import { embeddedStatus } from '../postgres/embedded/status.ts';
import { defaultMajor } from '../postgres/open-target.ts';
import type { ResetReport, ServerReport, StopReport, UrlReport } from './report.ts';
import { socketUrl } from './socket-url.ts';

export interface ServerOptions {
  readonly config: ResolvedConfig;
  readonly dbkitVersion: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

/** Starts it and leaves it running. Throws EMBEDDED_UNAVAILABLE. */
export async function startServer(options: ServerOptions): Promise<ServerReport> {
  return toReport(await startEmbedded(embeddedOptions(options)), options.config);
}

export async function serverStatus(options: ServerOptions): Promise<ServerReport> {
  return toReport(await embeddedStatus(clusterOf(options.config)), options.config);
}

export async function stopServer(options: ServerOptions & { readonly force: boolean }): Promise<StopReport> {
  return stopEmbedded(clusterOf(options.config), { force: options.force });
}

/** Throws EMBEDDED_UNAVAILABLE when it does not run: a URL that leads nowhere is of no use. */
export async function serverUrl(options: ServerOptions): Promise<UrlReport> {
  const { url } = await serverStatus(options);
  if (url === null) {
    throw new DbkitError('EMBEDDED_UNAVAILABLE', 'the embedded server does not run', {
      hint: 'start it and let it run: dbkit db start',
    });
  }
  return { url };
}

/** Removes the data; the next use makes a new cluster. Throws RUN_LOCKED while other commands use it. */
export async function resetServer(options: ServerOptions & { readonly force: boolean }): Promise<ResetReport> {
  const cluster = clusterOf(options.config);
  const { dataDirectory, kept, initialised } = await embeddedStatus(cluster);
  await resetEmbedded(cluster, { force: options.force, signal: options.signal });
  if (kept) await startEmbedded(embeddedOptions(options));
  return { dataDirectory, removed: initialised, running: kept };
}

function clusterOf(config: ResolvedConfig): ProjectCluster {
  return {
    projectRoot: config.root,
    major: config.postgres.version ?? defaultMajor,
    platform: config.platform ?? 'postgres',
  };
}

function embeddedOptions({ config, dbkitVersion, signal, onEvent }: ServerOptions) {
  const { defaultPrivileges } = config.supabase;
  return { ...clusterOf(config), defaultPrivileges, dbkitVersion, signal, onEvent };
}

function toReport(status: EmbeddedStatus, config: ResolvedConfig): ServerReport {
  const { running, kept, initialised, dataDirectory, users } = status;
  const { major, platform } = clusterOf(config);
  return {
    running,
    kept,
    initialised,
    dataDirectory,
    version: String(major),
    platform,
    users,
    url: running ? socketUrl(settingsFor(dataDirectory, 'postgres')) : null,
  };
}
