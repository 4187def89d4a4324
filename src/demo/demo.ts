/**
 * The whole loop on the reference application, on a server that exists only for it.
 *
 * Files and server lie in one temporary folder that goes with this process, whatever ends it.
 */
import { join } from 'node:path';
import type { OnEvent } from '../events.ts';
import { connect } from '../postgres/connect.ts';
import type { ConnectionSettings } from '../postgres/connection-settings.ts';
import { startThrowawayServer } from '../postgres/embedded/throwaway.ts';
import { defaultMajor, ownDatabase } from '../postgres/open-target.ts';
import { ensureOwnSchema, writeMarker } from '../postgres/own-schema.ts';
import { applyPlatform } from '../postgres/platform/apply-platform.ts';
import type { Target, VerbContext } from '../postgres/target.ts';
import { copyInto } from './copy-into.ts';
import type { DemoReport, DemoStepReport } from './report.ts';

/** What a step of another room works with. */
export interface DemoStage {
  readonly context: VerbContext;
  /** The reference application's migrations, copied out of the package. */
  readonly migrations: string;
  readonly dbkitVersion: string;
}

/** One capability, shown. Other rooms give theirs through compose. */
export interface DemoStep {
  readonly title: string;
  /** Says in one line what was shown. Throws when it does not hold. */
  run(stage: DemoStage): Promise<string>;
}

export interface DemoOptions {
  readonly steps: readonly DemoStep[];
  /** Folder of dbkit's package, which holds the reference application. */
  readonly packageRoot: URL;
  readonly dbkitVersion: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  readonly now: () => Date;
}

/** Throws EMBEDDED_UNAVAILABLE, and what the steps throw. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { signal, onEvent, now, packageRoot, dbkitVersion } = options;
  const steps: DemoStepReport[] = [];
  const begin = performance.now();
  const narrate = async <T>(title: string, work: () => Promise<T>, shown: (value: T) => string): Promise<T> => {
    signal.throwIfAborted();
    onEvent({ kind: 'start', text: title });
    const start = performance.now();
    const value = await work().catch((error: unknown) => {
      onEvent({ kind: 'warn', text: `${title}: did not succeed; the server and its folder are removed` });
      throw error;
    });
    const durationMs = performance.now() - start;
    onEvent({ kind: 'end', text: `${title}: ${shown(value)}`, durationMs });
    steps.push({ title, shown: shown(value), durationMs });
    return value;
  };
  const server = await narrate(
    'start a PostgreSQL server',
    () => startThrowawayServer({ major: defaultMajor, platform: 'supabase', onEvent: () => {}, signal }),
    ({ major }) => `PostgreSQL ${major}, in a temporary folder, without a port`,
  );
  try {
    await narrate(
      'make it look like Supabase',
      () => bootstrap(server.adminSettings(ownDatabase), dbkitVersion),
      (made) => `${made} roles, schemas, tables and settings of a Supabase database`,
    );
    const migrations = join(server.directory, 'migrations');
    // Node strips no types below node_modules, where an installed dbkit lies.
    await copyInto(server.directory, new URL('migrations/', packageRoot), migrations);
    const db = targetOn(server.settings(ownDatabase), server.adminSettings(ownDatabase), signal);
    const context: VerbContext = { db, signal, onEvent: () => {}, now };
    for (const step of options.steps) {
      await narrate(
        step.title,
        () => step.run({ context, migrations, dbkitVersion }),
        (shown) => shown,
      );
    }
  } finally {
    await narrateEnd(server.release, onEvent);
  }
  return { steps, durationMs: performance.now() - begin };
}

async function narrateEnd(release: () => Promise<void>, onEvent: OnEvent): Promise<void> {
  const start = performance.now();
  await release();
  onEvent({ kind: 'end', text: 'remove the server and its folder', durationMs: performance.now() - start });
}

/** How much was made. */
async function bootstrap(admin: ConnectionSettings, dbkitVersion: string): Promise<number> {
  const connection = await connect(admin, { applicationName: 'dbkit demo' });
  try {
    const { changed } = await applyPlatform(connection, { platform: 'supabase' });
    await connection.run('set role postgres');
    await ensureOwnSchema(connection, dbkitVersion);
    await writeMarker(connection, 'demo');
    return changed.length;
  } finally {
    await connection.close();
  }
}

function targetOn(settings: ConnectionSettings, adminSettings: ConnectionSettings, signal: AbortSignal): Target {
  return {
    settings,
    adminSettings,
    description: {
      kind: 'scratch',
      environment: 'demo',
      protected: false,
      host: settings.host,
      port: settings.port,
      database: settings.database,
      role: settings.user,
      marker: 'demo',
      source: 'demo',
      serverVersion: String(defaultMajor),
      platform: 'supabase',
    },
    connect: (applicationName) => connect(settings, { applicationName, signal }),
    close: async () => {},
  };
}
