/** What the embedded server offers to those above it; `embedded/` holds the making of it. */
import type { Platform, PostgresMajor } from '../config/schema.ts';
import type { OnEvent } from '../events.ts';
import type { ConnectionSettings } from './connect.ts';

export interface EmbeddedServer {
  readonly major: PostgresMajor;
  readonly platform: Platform;
  readonly dataDirectory: string;
  /** As `postgres`: on the platform `postgres` the superuser, on `supabase` what the platform gives it. */
  settings(database: string): ConnectionSettings;
  /** As the bootstrap superuser (`postgres`, or `supabase_admin` on the platform `supabase`). */
  adminSettings(database: string): ConnectionSettings;
  /** Gives the lease back; whoever is last stops the server. */
  release(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** Folder of the project; the data lies in `.dbkit/postgres/<major>-<platform>/` below it, or where it can. */
  readonly projectRoot: string;
  readonly major: PostgresMajor;
  readonly platform: Platform;
  /** Of a new cluster on the platform `supabase`; absent: `revoked`. */
  readonly defaultPrivileges?: 'legacy' | 'revoked' | undefined;
  /** Given: a new cluster's database `postgres` is marked `embedded` at birth, in the schema `dbkit` of this version. */
  readonly dbkitVersion?: string | undefined;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}
