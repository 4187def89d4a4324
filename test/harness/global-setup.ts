/** One throw-away server per platform for the whole run. Nothing of them is left after any end of vitest. */
import type { TestProject } from 'vitest/node';
import type { Platform, PostgresMajor } from '../../src/config/schema.ts';
import type { ThrowawayServer } from '../../src/postgres/embedded/throwaway.ts';
import { startThrowawayServer } from '../../src/postgres/embedded/throwaway.ts';
import { resolveSettings } from '../../src/postgres/settings.ts';
import type { SharedServer } from './servers.ts';

const running: ThrowawayServer[] = [];

export async function setup(project: TestProject): Promise<void> {
  const [postgres, supabase] = await Promise.all([
    process.env.DBKIT_TEST_DATABASE_URL === undefined ? start('postgres') : named(process.env.DBKIT_TEST_DATABASE_URL),
    start('supabase'),
  ]);
  project.provide('servers', { postgres, supabase });
}

export async function teardown(): Promise<void> {
  await Promise.all(running.map((server) => server.release()));
}

async function start(platform: Platform): Promise<SharedServer> {
  const { DBKIT_TEST_MAJOR: major = '18', DBKIT_TEST_MAJOR_ROOT: projectRoot } = process.env;
  const server = await startThrowawayServer({
    major: Number(major) as PostgresMajor,
    ...(projectRoot !== undefined && { projectRoot }),
    platform,
    onEvent: () => {},
    signal: new AbortController().signal,
  });
  running.push(server);
  return { settings: server.settings('postgres'), adminSettings: server.adminSettings('postgres') };
}

/** A server given by URL: its role must be able to create databases. */
function named(url: string): SharedServer {
  const settings = resolveSettings(url, process.env);
  return { settings, adminSettings: settings };
}
