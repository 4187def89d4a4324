/** A database for one command, thrown away at its end: where migrations are proven, compared and typed. */
import { randomBytes } from 'node:crypto';
import type { Environment } from '../config/environment.ts';
import type { Platform, PostgresMajor } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import type { Connection } from './connect.ts';
import { connect } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { ensureOwnSchema, writeMarker } from './own-schema.ts';
import { applyPlatform } from './platform/apply-platform.ts';
import type { DatabaseLike } from './scratch-database.ts';
import { createScratchDatabase, takeDatabaseLike } from './scratch-database.ts';
import type { ScratchNeeds } from './scratch-needs.ts';
import { scratchLacks, versionOf } from './scratch-needs.ts';
import type { ExecutingRole } from './scratch-role.ts';
import { makeRoleSql } from './scratch-role.ts';
import { resolveSettings } from './settings.ts';
import type { Target } from './target.ts';

export interface ScratchOptions {
  /** Where the binaries of other majors than dbkit's own are looked for. */
  readonly projectRoot: string;
  /** Of the throw-away server; the target's, or the config's. */
  readonly major: PostgresMajor;
  readonly platform: Platform;
  readonly defaultPrivileges?: 'legacy' | 'revoked' | undefined;
  /** What `--scratch` says: a URL, `env:NAME`, or `container:<image>`. Absent: a throw-away server. */
  readonly scratch?: string | null | undefined;
  /** Variables of the process. */
  readonly environment: Environment;
  /** Of the database that this one stands for: what cannot be given is told in one warning. */
  readonly needs?: ScratchNeeds | null | undefined;
  /** Whom to work as, on a server of our own; absent: its superuser, or on a stand-in of Supabase `postgres`. */
  readonly role?: ExecutingRole | null | undefined;
  /** Name and locale of the database on a server of our own without a platform. */
  readonly database?: DatabaseLike | null | undefined;
  /** Extensions that are made of signatures alone when a migration creates them. */
  readonly stubs?: readonly string[] | undefined;
  /**
   * Called before a migration can run, as the superuser where there is one to be had, else as the role of the URL.
   * What it throws ends the scratch database.
   */
  readonly prepare?: ((admin: Connection, place: { readonly ours: boolean }) => Promise<void>) | undefined;
  readonly dbkitVersion: string;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

export interface Scratch {
  /** `close` drops the database, and ends the server when it was started for it. */
  readonly target: Target;
  /** What the database that it stands for has and this one cannot give; one line each. */
  readonly lacks: readonly string[];
}

/** A place for the database: whom dbkit works as, who may prepare it, and how it goes. */
interface Place {
  readonly settings: ConnectionSettings;
  readonly adminSettings: ConnectionSettings;
  readonly source: string;
  /** The server was started for us and goes with us. */
  readonly ours: boolean;
  /** Roles log in without a password. */
  readonly trusting: boolean;
  close(): Promise<void>;
}

/**
 * Makes a fresh database that nobody else knows, bootstrapped for the platform and marked `scratch`. Nothing of it is left
 * after `close`, nor (on a throw-away server) after kill -9; what a killed command left on a URL's server goes with the next
 * scratch database there. Throws EMBEDDED_UNAVAILABLE, DEPENDENCY_MISSING, PLATFORM_UNFAITHFUL, USAGE, and what `connect` throws.
 */
export async function openScratch(options: ScratchOptions): Promise<Scratch> {
  const { signal } = options;
  let place = await findPlace(options);
  try {
    place = await likeDatabase(place, options);
    const admin = await connect(place.adminSettings, { applicationName: 'dbkit scratch', signal });
    try {
      const { platform, defaultPrivileges } = options;
      const report = await applyPlatform(admin, { platform, defaultPrivileges });
      for (const text of report.unfaithful) options.onEvent({ kind: 'warn', text });
      place = await asExecutingRole(admin, place, options);
      await options.prepare?.(admin, place);
    } finally {
      await admin.close();
    }
    const first = await connect(place.settings, { applicationName: 'dbkit scratch', signal });
    try {
      await ensureOwnSchema(first, options.dbkitVersion);
      await writeMarker(first, 'scratch');
      const lacks = options.needs ? await scratchLacks(first, options.needs) : [];
      if (lacks.length > 0) options.onEvent({ kind: 'warn', text: `the scratch database lacks ${lacks.join('; ')}` });
      return { target: await asTarget(first, place, options), lacks };
    } finally {
      await first.close();
    }
  } catch (error) {
    await place.close();
    throw error;
  }
}

async function findPlace(options: ScratchOptions): Promise<Place> {
  const { signal, onEvent } = options;
  const said = options.scratch ?? 'embedded';
  const image = /^container:(\S+)$/.exec(said)?.[1];
  if (said === 'embedded') {
    const { startThrowawayServer } = await import('./embedded/throwaway.ts');
    const server = await startThrowawayServer(options);
    // The server is ours alone, so the database may have the name that Supabase's migrations write.
    const { settings, adminSettings } = server;
    return {
      settings: settings('postgres'),
      adminSettings: adminSettings('postgres'),
      source: 'scratch',
      ours: true,
      trusting: true,
      close: server.release,
    };
  }
  if (image !== undefined) {
    const { startContainer } = await import('./container.ts');
    const container = await startContainer(image, options);
    const { settings, adminSettings } = container;
    return {
      settings: settings('postgres'),
      adminSettings: adminSettings('postgres'),
      source: '--scratch',
      ours: true,
      trusting: false,
      close: container.release,
    };
  }
  const server = resolveSettings(urlOf(said, options.environment), options.environment, {
    onWarning: (text) => onEvent({ kind: 'warn', text }),
  });
  const { settings, drop } = await createScratchDatabase(server, signal);
  return { settings, adminSettings: settings, source: '--scratch', ours: false, trusting: false, close: drop };
}

/** The database under the name and with the locale of the one that it stands for, where the server can. */
async function likeDatabase(place: Place, { database, platform, signal }: ScratchOptions): Promise<Place> {
  if (!place.ours || platform !== 'postgres' || database == null) return place;
  const beside = { ...place.adminSettings, database: 'template1' };
  const admin = await connect(beside, { applicationName: 'dbkit scratch', signal });
  try {
    await takeDatabaseLike(admin, place.settings.database, database);
  } finally {
    await admin.close();
  }
  const { name } = database;
  return {
    ...place,
    settings: { ...place.settings, database: name },
    adminSettings: { ...place.adminSettings, database: name },
  };
}

/** Makes the role, and works as it from here on. */
async function asExecutingRole(admin: Connection, place: Place, { role, platform }: ScratchOptions): Promise<Place> {
  if (!place.ours || role == null) return place;
  // The stand-in's `postgres` has what Supabase gives it.
  if (platform === 'supabase' && role.name === 'postgres') return place;
  const password = place.trusting ? null : randomBytes(18).toString('base64url');
  await admin.run(makeRoleSql(role, place.settings.database, password));
  return { ...place, settings: { ...place.settings, user: role.name, password } };
}

function urlOf(said: string, environment: Environment): string {
  const variable = /^env:(.*)$/.exec(said)?.[1];
  const url = variable === undefined ? said : environment[variable];
  if (url !== undefined && url !== '') return url;
  throw new DbkitError(
    'USAGE',
    `--scratch is ${variable === undefined ? 'empty' : `env:${variable}, which is not set`}`,
    {
      hint: 'give the URL of a server where dbkit may create a database, container:<image>, or leave --scratch out',
    },
  );
}

async function asTarget(first: Connection, place: Place, { platform, stubs, signal }: ScratchOptions): Promise<Target> {
  const { settings } = place;
  const opened = new Set<Connection>();
  const { rows } = await first.query<{ role: string }>('select current_user::text as role');
  return {
    description: {
      kind: 'scratch',
      environment: null,
      protected: false,
      host: settings.host,
      port: settings.port,
      database: settings.database,
      role: rows[0]?.role ?? settings.user,
      marker: 'scratch',
      source: place.source,
      serverVersion: versionOf(first),
      platform,
    },
    settings,
    ...(stubs === undefined || stubs.length === 0 ? {} : { stubs }),
    // Of a server that is ours; on one that was given by URL there is no other role to be had.
    ...(place.adminSettings === settings ? {} : { adminSettings: place.adminSettings }),
    async connect(applicationName, onNotice) {
      const connection = await connect(settings, { applicationName, signal, onNotice });
      opened.add(connection);
      return connection;
    },
    async close() {
      await Promise.allSettled([...opened].map((connection) => connection.close()));
      await place.close();
    },
  };
}
