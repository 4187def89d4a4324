/** What the server tells while a migration runs, as events that name the migration. */
import type { OnEvent } from '../../events.ts';
import type { ServerNotice } from '../../postgres/connect.ts';
import { blankSecrets } from '../../postgres/sql-text.ts';

/** Our own BEGIN, COMMIT and ROLLBACK may meet a transaction that is there, or none. */
const ours = new Set(['25001', '25P01']);
const longest = 500;

export class Notices {
  readonly #onEvent: OnEvent;
  #migration: string | null = null;
  /** An attempt that is made again tells the same again. */
  readonly #told = new Set<string>();

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent;
  }

  /** Whose statements the server answers from now on. */
  about(migration: string): void {
    this.#migration = migration;
  }

  /** WARNING is a warning; what else the server sends, NOTICE and INFO, is a note, but for the skipping that IF EXISTS and IF NOT EXISTS ask for. */
  tell({ severity, sqlstate, message }: ServerNotice): void {
    if (this.#migration === null || ours.has(sqlstate)) return;
    // The server translates the severity; its own warnings, and those of RAISE, are of class 01.
    const warning = severity === 'WARNING' || sqlstate.startsWith('01');
    if (!warning && /, skipping$/.test(message)) return;
    const line = blankSecrets(message).replace(/\s+/g, ' ').trim();
    const text = `${this.#migration}: ${line.length > longest ? `${line.slice(0, longest)}…` : line}`;
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#onEvent({ kind: warning ? 'warn' : 'note', text });
  }
}
