/** What the run of a migration works with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OnEvent } from '../../events.ts';
import type { Connection } from '../../postgres/connect.ts';
import type { RunLock } from '../../postgres/run-lock.ts';
import { isServerError } from '../../postgres/sql-error.ts';
import { blankSecrets } from '../../postgres/sql-text.ts';
import { sha256 } from '../checksum.ts';
import type { NewEntry, Provenance } from '../journal.ts';
import type { Direction } from '../migration.ts';
import type { Migration } from '../module.ts';

export interface RunSession {
  readonly app: string;
  /** Where migrations run. */
  readonly connection: Connection;
  readonly lock: RunLock;
  readonly provenance: Provenance;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number | null;
  /** Keep the text of statements in the journal, secrets blanked, and not only their hashes. */
  readonly keepText: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

/** One migration in one direction. */
export interface RunStep {
  readonly migration: Migration;
  readonly direction: Direction;
}

/** How often a transaction that met a lock timeout is tried in all. */
export const lockAttempts = 6;

/** The settings of a migration's transaction, local to it so that they hold behind a pooler. */
export function transactionSettings(session: RunSession): string {
  const timeout =
    session.statementTimeoutMs === null ? '' : `; set local statement_timeout = ${session.statementTimeoutMs}`;
  return `set local lock_timeout = ${session.lockTimeoutMs}${timeout}`;
}

/** What of a statement is recorded: its hash and, where wanted, its text, both without secrets. */
export function recordable(sql: string): { readonly hash: string; readonly text: string } {
  const text = blankSecrets(sql);
  return { hash: sha256(text), text };
}

/** The journal row of a migration that is about to run. */
export function toEntry(session: RunSession, migration: Migration, transactional: boolean): NewEntry {
  return {
    app: session.app,
    name: migration.name,
    kind: migration.kind,
    state: transactional ? 'applied' : 'running',
    transactional,
    upChecksum: migration.up.raw,
    upNormalized: migration.up.normalized,
    downChecksum: migration.down?.raw ?? null,
    downNormalized: migration.down?.normalized ?? null,
    downText:
      migration.downText === null
        ? null
        : migration.kind === 'typescript'
          ? migration.downText
          : blankSecrets(migration.downText),
    irreversible: migration.directives.irreversible,
    lossy: migration.directives.lossy,
    dbkitVersion: session.provenance.dbkitVersion,
  };
}

export const sqlstates = {
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  inFailedTransaction: '25P02',
  uniqueViolation: '23505',
} as const;

export function hasSqlstate(error: unknown, sqlstate: string): boolean {
  return isServerError(error) && error.code === sqlstate;
}

/** Sleeps before the next attempt: longer each time, never the same twice. */
export async function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  await sleep(100 * 2 ** attempt * (0.5 + Math.random()), undefined, { signal });
}
