/** What `dbkit migrate check` reports. */

/**
 * `out-of-order`: new, and sorts before one on the base · `duplicate-version`: new, with a version that is taken there ·
 * `edited`, `renamed`, `deleted`: on the base, and changed here · `down-missing` · `invalid`: can not be read ·
 * `order`: the two orders end in different schemas, or one of them does not run.
 */
export type CheckFaultKind =
  | 'out-of-order'
  | 'duplicate-version'
  | 'edited'
  | 'renamed'
  | 'deleted'
  | 'down-missing'
  | 'invalid'
  | 'order';

export interface CheckFault {
  readonly kind: CheckFaultKind;
  /** Null where a file is none. */
  readonly migration: string | null;
  readonly file: string | null;
  /** One line, without a trailing dot. */
  readonly message: string;
  /** More lines: what differs. */
  readonly details: readonly string[];
  /** The next thing to type or to do, or null. */
  readonly fix: string | null;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
  /** `git mv -- …`, relative to the working directory. */
  readonly command: string;
}

/** What was proven of the new migrations that sort before ones of the base. */
export interface OrderProof {
  /** The order of the files, and the one that databases see where the base is applied first. */
  readonly files: readonly string[];
  readonly applied: readonly string[];
  /** What decided `applied`: the base, or the journal of a target. */
  readonly seenBy: 'base' | 'target';
  readonly equal: boolean;
  /** Accepted because the committed record says so, without running anything. */
  readonly recorded: boolean;
  /** The file that records it, where it was written. */
  readonly written: string | null;
}

export interface CheckReport {
  readonly base: string;
  /** The base's commit, and the one where this branch left it. */
  readonly commit: string;
  readonly mergeBase: string;
  readonly folder: string;
  /** Migrations that the base has not. */
  readonly added: readonly string[];
  readonly faults: readonly CheckFault[];
  /** In the order in which to type them. */
  readonly renames: readonly Rename[];
  readonly order: OrderProof | null;
  readonly notes: readonly string[];
}
