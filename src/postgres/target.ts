/** A database to work on, opened. Every verb takes one; who may destroy what on it is in `guard.ts`. */
import type { Platform } from '../config/schema.ts';
import type { OnEvent } from '../events.ts';
import type { Connection, ConnectOptions } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';

export type TargetKind = 'embedded' | 'container' | 'url' | 'scratch';

/** What is printed before a verb writes, and `result.target` of every JSON document. Never holds a password. */
export interface TargetDescription {
  readonly kind: TargetKind;
  /** Name of the environment chosen, or null. */
  readonly environment: string | null;
  readonly protected: boolean;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly role: string;
  /** Environment name stored inside the database by `dbkit db mark`, or null. */
  readonly marker: string | null;
  /** What decided: `--database-url`, `--env staging`, `DATABASE_URL`, `.env`, `DBKIT_ENV`, `default environment`, `embedded`. */
  readonly source: string;
  readonly serverVersion: string;
  readonly platform: Platform;
}

export interface Target {
  readonly description: TargetDescription;
  /** How its sessions are opened; for child programs such as pg_dump. May hold a password. */
  readonly settings: ConnectionSettings;
  /**
   * As the superuser, of a server that dbkit started itself. A stand-in of Supabase needs it: there `postgres` is none,
   * and yet Supabase lets it do some things that only another role may do.
   */
  readonly adminSettings?: ConnectionSettings;
  /** Of a scratch database: extensions of which it has signatures only (`scratch.extensions` of the config). */
  readonly stubs?: readonly string[];
  /** Opens one more session as the target's role. */
  connect(applicationName: string, onNotice?: ConnectOptions['onNotice']): Promise<Connection>;
  /** Closes what the target holds; stops the embedded server when nobody else uses it. */
  close(): Promise<void>;
}

/** What every verb gets beside its options. */
export interface VerbContext {
  readonly db: Target;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  readonly now: () => Date;
}
