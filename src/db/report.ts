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
  /** False: there was nothing to remove. */
  readonly removed: boolean;
  /** It was kept running, and so was made again at once; otherwise the next command that needs it does. */
  readonly running: boolean;
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
  /** What no GRANT can give. */
  readonly notes: readonly string[];
}

export interface HistoryEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly app: string;
  /** `up`, `down`, `baseline`, `repair`, `mark`, … */
  readonly event: string;
  /** The migration, or the new marker. */
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
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface HistoryReport {
  readonly target: TargetDescription;
  readonly app: string;
  /** ISO 8601; null: from the beginning. */
  readonly since: string | null;
  readonly events: readonly HistoryEvent[];
}

/** The file that `dbkit migrate lint --stats` reads. */
export interface StatsReport {
  /** Version of dbkit. */
  readonly dbkit: string;
  /** Version of this form. */
  readonly stats: number;
  /** By id: `public.orders`. Two digits; `bytes` is absent where it is not known. */
  readonly relations: Readonly<Record<string, { readonly rows: number; readonly bytes?: number }>>;
}
