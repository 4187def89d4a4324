/** From the choice of a target to an open one: starts the embedded server where that is it, connects, and looks around. */
import type { TargetChoice } from '../config/choose-target.ts';
import type { Environment } from '../config/environment.ts';
import type { PostgresMajor, ResolvedConfig } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import type { Connection } from './connect.ts';
import { connect } from './connect.ts';
import { describeAddress } from './connect-error.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { readMarker, sqlstateOf } from './own-schema.ts';
import { recognisePlatform } from './platform/recognise.ts';
import type { EmbeddedServer, EmbeddedServerOptions } from './server.ts';
import { resolveSettings } from './settings.ts';
import type { Target, TargetDescription } from './target.ts';

/** What is used of a server that dbkit starts itself. */
export type StartedServer = Pick<EmbeddedServer, 'settings' | 'release'> &
  Partial<Pick<EmbeddedServer, 'adminSettings'>>;

export interface OpenTargetOptions {
  readonly config: ResolvedConfig;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  /** Variables of the process, for PG* and for a password command. */
  readonly environment: Environment;
  /** Given: a new embedded server is marked at birth, in the schema `dbkit` of this version. */
  readonly dbkitVersion?: string;
  /** Of the first session, until `connect` gives it another. Default `dbkit`. */
  readonly applicationName?: string;
  /** Starts or joins the project's embedded server. */
  readonly embedded?: (options: EmbeddedServerOptions) => Promise<StartedServer>;
  readonly container?: (
    image: string,
    options: { readonly signal: AbortSignal; readonly onEvent: OnEvent },
  ) => Promise<StartedServer>;
}

/** The database of the embedded server and of containers that a project's commands work on. */
export const ownDatabase = 'postgres';
export const defaultMajor: PostgresMajor = 18;
const oldestVersion = 15;

/**
 * Opens a target with one session, which the first call of `connect` hands out. Throws what `connect` throws, and
 * TARGET_REFUSED for a server older than PostgreSQL 15.
 */
export async function openTarget(choice: TargetChoice, options: OpenTargetOptions): Promise<Target> {
  const { onEvent, signal } = options;
  for (const text of choice.warnings) onEvent({ kind: 'warn', text });
  const server = await startServer(choice, options);
  try {
    const settings = server?.settings(ownDatabase) ?? urlSettings(choice, options);
    const name = options.applicationName ?? 'dbkit';
    const first = await connect(settings, { applicationName: name, signal });
    try {
      const description = await describe(first, choice, settings, options.config);
      return asTarget(first, name, description, settings, server, signal);
    } catch (error) {
      await first.close();
      throw error;
    }
  } catch (error) {
    await server?.release();
    throw error;
  }
}

async function startServer(choice: TargetChoice, options: OpenTargetOptions): Promise<StartedServer | null> {
  const { config, onEvent, signal } = options;
  switch (choice.kind) {
    case 'url':
      return null;
    case 'embedded': {
      const acquire = options.embedded ?? (await import('./embedded/acquire.ts')).acquireEmbeddedServer;
      return acquire({
        projectRoot: config.root,
        major: config.postgres.version ?? defaultMajor,
        platform: config.platform ?? 'postgres',
        defaultPrivileges: config.supabase.defaultPrivileges,
        dbkitVersion: options.dbkitVersion,
        onEvent,
        signal,
      });
    }
    case 'container': {
      if (options.container !== undefined) return options.container(choice.image, { onEvent, signal });
      const { startContainer } = await import('./container.ts');
      const { defaultPrivileges } = config.supabase;
      return startContainer(choice.image, {
        platform: config.platform ?? 'postgres',
        defaultPrivileges,
        onEvent,
        signal,
      });
    }
  }
}

function urlSettings(choice: TargetChoice, { environment, onEvent }: OpenTargetOptions): ConnectionSettings {
  return resolveSettings(choice.kind === 'url' ? choice.url : null, environment, {
    role: choice.role,
    passwordCommand: choice.passwordCommand,
    onWarning: (text) => onEvent({ kind: 'warn', text }),
  });
}

/** `18.4` of 180004. Throws TARGET_REFUSED for a server that the community no longer supports. */
export function supportedVersion(serverVersion: number, where: string): string {
  const major = Math.floor(serverVersion / 10_000);
  const version = `${major}.${serverVersion % 10_000}`;
  if (major >= oldestVersion) return version;
  throw new DbkitError(
    'TARGET_REFUSED',
    `${where} runs PostgreSQL ${version}; dbkit works on ${oldestVersion} and later`,
    {
      hint: 'upgrade the server: the community supports each major for five years',
    },
  );
}

async function describe(
  connection: Connection,
  choice: TargetChoice,
  settings: ConnectionSettings,
  config: ResolvedConfig,
): Promise<TargetDescription> {
  const { host, port } = connection.server;
  const version = supportedVersion(connection.serverVersion, describeAddress({ host, port }));
  // Sent together: one round trip.
  const [who, marker, platform] = await Promise.all([
    connection.query<{ role: string; database: string }>(
      'select current_user::text as role, pg_catalog.current_database()::text as database',
    ),
    readMarkerAs(connection, settings.user),
    config.platform ?? recognisePlatform(connection).then((recognised) => recognised.platform),
  ]);
  const url = choice.kind === 'url';
  // A URL that no environment knows may still lead into a database that says it is a protected one.
  const markedProtected = url && marker !== null && config.environments[marker]?.protected === true;
  return {
    kind: choice.kind,
    environment: choice.environment,
    protected: choice.protected || markedProtected,
    host,
    port,
    database: who.rows[0]?.database ?? settings.database,
    role: who.rows[0]?.role ?? settings.user,
    marker,
    source: choice.source,
    serverVersion: version,
    platform,
  };
}

/** Without the marker nobody knows where this is: a role that may not read it is told, not let through. */
async function readMarkerAs(connection: Connection, user: string): Promise<string | null> {
  try {
    return await readMarker(connection);
  } catch (error) {
    if (sqlstateOf(error) !== '42501') throw error;
    throw new DbkitError(
      'INSUFFICIENT_PRIVILEGE',
      `${user} may not read the schema "dbkit": ${(error as Error).message}`,
      {
        hint: 'let an administrator run the output of: dbkit db grants <verb> --role <this role>',
        cause: error,
      },
    );
  }
}

function asTarget(
  first: Connection,
  firstName: string,
  description: TargetDescription,
  settings: ConnectionSettings,
  server: StartedServer | null,
  signal: AbortSignal,
): Target {
  let idle: Connection | null = first;
  let started = server;
  return {
    description,
    settings,
    ...(server?.adminSettings === undefined ? {} : { adminSettings: server.adminSettings(settings.database) }),
    async connect(applicationName, onNotice) {
      if (onNotice !== undefined) return connect(settings, { applicationName, signal, onNotice });
      const kept = idle;
      idle = null;
      if (kept === null || kept.lost !== null) return connect(settings, { applicationName, signal });
      if (applicationName !== firstName && !settings.applicationName) {
        // Not waited for: what the caller sends next comes after it anyway, and a name is worth no failure.
        kept.query(`select pg_catalog.set_config('application_name', $1, false)`, [applicationName]).catch(() => {});
      }
      return kept;
    },
    async close() {
      const kept = idle;
      idle = null;
      const toRelease = started;
      started = null;
      await kept?.close();
      await toRelease?.release();
    },
  };
}
