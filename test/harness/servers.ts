/** What the run's servers are, as the main process tells the workers. */
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';

export interface SharedServer {
  /** As the role that dbkit's user has: `postgres`. */
  readonly settings: ConnectionSettings;
  /** As the bootstrap superuser. */
  readonly adminSettings: ConnectionSettings;
}

export interface SharedServers {
  readonly postgres: SharedServer;
  readonly supabase: SharedServer;
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: SharedServers;
  }
}
