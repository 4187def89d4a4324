/** The observer that records a run: it looks behind each statement, in the same session and transaction. */
import type { ObservedStatement, StatementObserver } from '../../run/observe.ts';
import type { RunSession } from '../../run/session.ts';
import type { Inventory } from './inventory.ts';
import { readInventory } from './inventory.ts';
import type { LockedRelation } from './look.ts';
import { look, lookAtScans } from './look.ts';

/** What was seen of a statement, by OIDs. */
export interface Seen {
  readonly statement: ObservedStatement;
  readonly durationMs: number;
  readonly notices: readonly string[];
  /** Null: nothing was looked at, because that would have been in the statement's way. */
  readonly held: readonly LockedRelation[] | null;
  /** At the beginning of its transaction; null when it is not the first one that was looked at. */
  readonly scans: ReadonlyMap<number, number> | null;
  /** Behind a statement that ran outside a transaction. */
  readonly inventory: Inventory | null;
}

export interface SeenRun {
  readonly before: Inventory;
  readonly statements: readonly Seen[];
}

export class Recorder implements StatementObserver {
  #session: Pick<RunSession, 'connection' | 'preparedName'> | null = null;
  #before: Inventory | null = null;
  #seen: Seen[] = [];
  #notices: string[] = [];
  #transaction: object | null = null;

  /** Given to `openSession` together with the recorder. */
  readonly onNotice = (message: string): void => {
    this.#notices.push(message);
  };

  /** Begins a recording; `end` gives it. */
  async begin(session: Pick<RunSession, 'connection' | 'preparedName'>): Promise<void> {
    this.#session = session;
    this.#seen = [];
    this.#transaction = null;
    this.#before = await readInventory(session.connection, this.#prepared);
    this.#notices = [];
  }

  end(): SeenRun {
    const { before } = { before: this.#before };
    this.#before = null;
    if (before === null) throw new Error('a recording ended that was not begun');
    return { before, statements: this.#seen };
  }

  async around<T>(statement: ObservedStatement, run: () => Promise<T>): Promise<T> {
    // What is applied on the way is not recorded.
    if (this.#before === null || this.#session === null) return run();
    const { connection } = this.#session;
    const { transaction } = statement;
    const looks = transaction !== null && !startsWithSet(statement.sql);
    const first = looks && transaction !== this.#transaction;
    if (looks) this.#transaction = transaction;
    this.#notices = [];
    const scans = first ? lookAtScans(connection, this.#prepared).catch(() => null) : null;
    const begun = performance.now();
    const running = run();
    // Sent right behind it. Where the statement fails, so does the look: the transaction is at its end.
    const held = looks ? look(connection, this.#prepared).catch(() => null) : null;
    const answer = await running;
    const durationMs = performance.now() - begun;
    const notices = this.#notices;
    const inventory = transaction === null ? await readInventory(connection, this.#prepared) : null;
    this.#seen.push({ statement, durationMs, notices, held: await held, scans: await scans, inventory });
    return answer;
  }

  get #prepared(): boolean {
    return this.#session?.preparedName() !== undefined;
  }
}

/** SET TRANSACTION must be the first of its transaction, and no SET takes a lock. */
function startsWithSet(sql: string): boolean {
  return /^\s*set\b/i.test(sql);
}
