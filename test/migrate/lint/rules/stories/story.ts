/** A rule in use: quiet, the fault, found, mended, quiet; and what looks like the fault and is none. */
export interface Story {
  readonly rule: string;
  /** `@` stands for the story's own schema, which is served to clients. */
  readonly setup: string;
  /** Whatever of it the rule must not find; each is a migration of its own, before the fault. */
  readonly lookAlikes?: readonly string[];
  readonly fault: string;
  readonly down?: string;
  /** Object and number of the statement; null for the migration as a whole. */
  readonly found: readonly (readonly [object: string | null, statement: number | null])[];
  readonly direction?: 'down';
  /**
   * How the fault is mended: the rule's own patch `instead` of the fault, or `after` it in the same migration; or other
   * SQL instead, for what no patch can say.
   */
  readonly mended: 'instead' | 'after' | { readonly sql: string; readonly down?: string };
  /** Fault and look-alikes run outside a transaction. */
  readonly alone?: true;
  /** Not in one transaction with other stories: it is about what else the transaction does. */
  readonly apart?: true;
}
