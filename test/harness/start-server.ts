import { onTestFinished } from 'vitest';
import type { Platform, PostgresMajor } from '../../src/config/schema.ts';
import type { ThrowawayServer } from '../../src/postgres/embedded/throwaway.ts';
import { startThrowawayServer } from '../../src/postgres/embedded/throwaway.ts';

export interface ServerOptions {
  readonly platform?: Platform;
  readonly major?: PostgresMajor;
}

/** A server of the test's own, to be killed, filled up or configured. Stopped and removed at the end of the test. */
export async function startServer(options: ServerOptions = {}): Promise<ThrowawayServer> {
  const server = await startThrowawayServer({
    platform: options.platform ?? 'postgres',
    major: options.major ?? 18,
    onEvent: () => {},
    signal: new AbortController().signal,
  });
  onTestFinished(() => server.release());
  return server;
}
