/** What the db verbs report; the `result` of their JSON documents. */
import type { TargetDescription } from '../postgres/target.ts';

export interface ServerReport {
  readonly running: boolean;
  /** Stays up between commands, until `dbkit db stop`. */
  readonly kept: boolean;
  readonly initialised: boolean;
  readonly dataDirectory: string;
  readonly version: string;
  readonly platform: string;
  /** Commands that use it now. */
  readonly users: number | null;
  /** For psql; only while it runs. */
  readonly url: string | null;
}

export interface StopReport {
  readonly outcome: 'stopped' | 'not-running' | 'in-use';
  readonly users: number;
}

export interface UrlReport {
  /** Without a password. */
  readonly url: string;
}

export interface ResetReport {
  readonly dataDirectory: string;
}

export interface BootstrapReport {
  readonly target: TargetDescription | null;
  /** The SQL, with `--print`; then nothing was run. */
  readonly sql: string | null;
  readonly changed: readonly string[];
  readonly unfaithful: readonly string[];
  readonly notes: readonly string[];
}

export interface MarkReport {
  readonly target: TargetDescription;
  readonly before: string | null;
  readonly marker: string;
}

export interface GrantsReport {
  readonly target: TargetDescription;
  readonly role: string;
  /** Empty when the role has all it needs. */
  readonly sql: readonly string[];
}

export interface HistoryEvent {
  readonly at: string;
  readonly event: string;
  readonly subject: string | null;
  readonly sessionRole: string;
  readonly executingRole: string;
  readonly actor: string | null;
  readonly commit: string | null;
  readonly runUrl: string | null;
  readonly planHash: string | null;
  readonly checksumBefore: string | null;
  readonly checksumAfter: string | null;
  readonly dbkitVersion: string;
}

export interface HistoryReport {
  readonly target: TargetDescription;
  readonly app: string;
  readonly events: readonly HistoryEvent[];
}
