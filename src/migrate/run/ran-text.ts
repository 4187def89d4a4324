/** Collects what a migration ran in its transaction. */
import { recordable } from './session.ts';

/** What a migration ran, as the journal keeps it. */
export class RanText {
  readonly hashes: string[] = [];
  readonly texts: string[] = [];
  /** A statement that changes the session is about to run. */
  changes = false;
  /** The state before it is kept. */
  changesSession = false;

  add(sql: string): void {
    const { hash, text } = recordable(sql);
    this.hashes.push(hash);
    this.texts.push(text);
  }
}
