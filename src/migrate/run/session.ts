/** What the run of a migration works with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OnEvent } from '../../events.ts';
import type { Connection } from '../../postgres/connect.ts';
import type { RunLock } from '../../postgres/run-lock.ts';
import { isServerError } from '../../postgres/sql-error.ts';
import { blankSecrets } from '../../postgres/sql-text.ts';
import { sha256 } from '../checksum.ts';
import type { NewEvent, Provenance } from '../journal-event.ts';
import type { Direction } from '../migration.ts';
import type { Migration } from '../module.ts';
import type { Notices } from './notices.ts';
import type { StatementObserver } from './observe.ts';
import type { PlatformRules } from './platform-rules.ts';

export interface RunSession {
  readonly app: string;
  /** Where migrations run. */
  readonly connection: Connection;
  /** Process of the server that answers; null behind a pooler, where it may be another each time. */
  readonly backendPid: number | null;
  readonly lock: RunLock;
  readonly provenance: Provenance;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number | null;
  /** Keep the text of statements in the journal, secrets blanked, and not only their hashes. */
  readonly keepText: boolean;
  readonly rules: PlatformRules;
  readonly notices: Notices;
  /** SQL that undoes what a migration set in the session; first called before one is run that sets something. */
  readonly restoring: () => Promise<string>;
  /** Name of a prepared statement for our records; absent behind a pooler, and once a migration changed the session. */
  readonly preparedName: () => string | undefined;
  /** Looks at each statement of a migration; then none is sent before the one in front of it has answered. */
  readonly observer?: StatementObserver | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

/** One migration in one direction. */
export interface RunStep {
  readonly migration: Migration;
  readonly direction: Direction;
  /** It comes later than its name says: because that was proven to be the same, or because somebody accepted it. */
  readonly unordered?: 'proven' | 'accepted';
}

/** How often a transaction that met a lock timeout is tried in all. */
export const lockAttempts = 6;

/**
 * The settings of a migration's transaction, local to it so that they hold behind a pooler. `durable: false`: COMMIT
 * does not wait for the disk. Then a server that crashes may lose the last migrations of a run, always together with
 * their journal rows and never one in the middle; the run's last COMMIT makes all before it durable (`makeDurable`).
 */
export function transactionSettings(
  session: Pick<RunSession, 'lockTimeoutMs' | 'statementTimeoutMs'>,
  { durable }: { readonly durable: boolean },
): readonly string[] {
  return [
    `set local lock_timeout = ${session.lockTimeoutMs}`,
    ...(session.statementTimeoutMs === null ? [] : [`set local statement_timeout = ${session.statementTimeoutMs}`]),
    ...(durable ? [] : ['set local synchronous_commit = off']),
  ];
}

/** Waits until all that this server has committed is on its disk: by a write of no effect, whose COMMIT waits. */
export async function makeDurable({ connection }: Pick<RunSession, 'connection'>): Promise<void> {
  await connection.query(`select pg_catalog.pg_logical_emit_message(true, 'dbkit', '')`);
}

/** What of a statement is recorded: its hash and, where wanted, its text, both without secrets. */
export function recordable(sql: string): { readonly hash: string; readonly text: string } {
  const text = blankSecrets(sql);
  return { hash: sha256(text), text };
}

/** The event of a step that is done. */
export function eventOf({ migration, direction, unordered }: RunStep, detail: NewEvent['detail']): NewEvent {
  return {
    event: direction,
    subject: migration.name,
    checksumBefore: direction === 'up' ? null : migration.up.raw,
    checksumAfter: direction === 'up' ? migration.up.raw : null,
    detail: {
      ...detail,
      ...(unordered === undefined ? {} : { unordered }),
      ...(migration.fromJournal === true ? { from: 'journal' } : {}),
    },
  };
}

export const sqlstates = {
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  inFailedTransaction: '25P02',
  insufficientPrivilege: '42501',
  uniqueViolation: '23505',
} as const;

export function hasSqlstate(error: unknown, sqlstate: string): boolean {
  return isServerError(error) && error.code === sqlstate;
}

/** Sleeps before the next attempt: longer each time, never the same twice. */
export async function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  await sleep(100 * 2 ** attempt * (0.5 + Math.random()), undefined, { signal });
}
