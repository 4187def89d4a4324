/** What statements inside transactions did, told from one look to the next. */
import type { LockMode, LockTaken, RecordedStatement } from '../recording.ts';
import { lockModes } from '../recording.ts';
import type { Inventory, KnownRelation } from './inventory.ts';
import { blockedBy, byKeys, strength } from './lock-strength.ts';
import type { LockedRelation } from './look.ts';
import type { Seen } from './recorder.ts';

export type Effects = Pick<RecordedStatement, 'rewritten' | 'scanned' | 'indexesBuilt' | 'validated'> & {
  readonly locks: readonly Omit<LockTaken, 'heldForStatements'>[];
};

const noEffects: Effects = { locks: [], rewritten: [], scanned: [], indexesBuilt: [], validated: [] };

/** A relation that was there before, with what the statement did to it. */
interface Touched {
  readonly known: KnownRelation;
  readonly seen: LockedRelation;
  readonly scanned: boolean;
  readonly rewritten: boolean;
  readonly truncated: boolean;
  readonly validated: readonly { readonly name: string; readonly type: string }[];
}

/** Remembers across the statements of a run what is known by now. */
export class TransactionEffects {
  readonly #there: ReadonlyMap<number, KnownRelation>;
  /** Storage of tables by OID. */
  readonly #files = new Map<number, number | null>();
  /** Storage of all indexes that were ever seen: one that takes over another's is not built. */
  readonly #indexFiles = new Set<number>();
  readonly #constraints = new Map<number, boolean>();
  readonly #required = new Map<number, ReadonlySet<string>>();
  #transaction: object | null = null;
  #held = new Map<number, LockMode>();
  #scans = new Map<number, number>();

  constructor(before: Inventory) {
    this.#there = before.relations;
    this.know(before);
  }

  /** Takes an inventory for known. */
  know({ relations, constraints }: Inventory): void {
    for (const { oid, kind, file, required } of relations.values()) {
      this.#files.set(oid, file);
      this.#required.set(oid, new Set(required));
      if (kind === 'i') this.#indexFiles.add(file);
    }
    for (const [oid, validated] of constraints) this.#constraints.set(oid, validated);
  }

  /** `truncates`: new storage is no sign of a rewrite. */
  of({ statement, held, scans }: Seen, truncates: boolean): Effects {
    if (statement.transaction !== this.#transaction) {
      this.#transaction = statement.transaction;
      this.#held = new Map();
      this.#scans = new Map();
    }
    if (scans !== null) this.#scans = new Map(scans);
    if (held === null) return noEffects;
    const locks = this.#newLocks(held);
    const touched = held.flatMap((seen) => this.#touched(seen, truncates));
    const foreignKey = touched.some(({ validated }) => validated.some(({ type }) => type === 'f'));
    const effects: Effects = {
      locks,
      rewritten: touched.flatMap(({ known, rewritten }) => (rewritten ? [known.id] : [])).sort(),
      scanned: touched.flatMap((one) => (this.#isReadWhole(one, foreignKey) ? [one.known.id] : [])).sort(),
      indexesBuilt: touched.flatMap((one) => this.#built(one)).sort(byKeys(({ relation, index }) => [relation, index])),
      validated: touched
        .flatMap(({ known, validated }) => validated.map(({ name }) => ({ relation: known.id, constraint: name })))
        .sort(byKeys(({ relation, constraint }) => [relation, constraint])),
    };
    for (const seen of held) this.#remember(seen);
    return effects;
  }

  /** Weaker locks than what the transaction holds already are nothing new. */
  #newLocks(held: readonly LockedRelation[]): Effects['locks'] {
    const before = new Map(this.#held);
    for (const { oid, modes } of held) {
      const strongest = lockModes.findLast((mode) => modes.includes(mode));
      if (strongest !== undefined) this.#held.set(oid, strongest);
    }
    const byId = new Map([...this.#held].map(([oid, mode]) => [this.#there.get(oid)?.id, mode]));
    return held
      .flatMap(({ oid }) => {
        const known = this.#there.get(oid);
        const mode = this.#held.get(oid);
        if (known === undefined || mode === undefined || strength(mode) <= strength(before.get(oid))) return [];
        // Who can not come to the table does not come to its indexes and sequences either.
        if (known.of !== null && strength(mode) <= strength(byId.get(known.of))) return [];
        return { relation: known.id, mode, blocks: blockedBy(mode) };
      })
      .sort(byKeys(({ relation }) => [relation]));
  }

  #touched(seen: LockedRelation, truncates: boolean): readonly Touched[] {
    const known = this.#there.get(seen.oid);
    if (known === undefined) return [];
    const scanned = seen.scans > (this.#scans.get(seen.oid) ?? 0);
    const stored = known.kind === 'r' || known.kind === 'm';
    const moved = stored && seen.file !== null && seen.file !== this.#files.get(seen.oid);
    const rewritten = moved && !truncates;
    const truncated = moved && truncates;
    return [{ known, seen, scanned, rewritten, truncated, validated: this.#validated(seen, scanned && !rewritten) }];
  }

  #validated(seen: LockedRelation, scanned: boolean): Touched['validated'] {
    const constraints = seen.constraints.filter(({ oid, type, validated }) => {
      const before = this.#constraints.get(oid);
      if (!validated || before === true) return false;
      // A NOT NULL that a CHECK proves is taken without a look at the rows.
      return type !== 'n' || before === false || scanned;
    });
    if (!scanned) return constraints;
    const had = this.#required.get(seen.oid);
    const named = new Set(seen.constraints.map(({ column }) => column));
    const unnamed = seen.required.filter((column) => had?.has(column) === false && !named.has(column));
    return [...constraints, ...unnamed.map((column) => ({ name: `${column} not null`, type: 'n' }))];
  }

  /**
   * The check of a foreign key is a query, and on the tables of a scratch database it may find another way than on full
   * ones: the table with the key is taken to be read whole, the one that it refers to is not.
   */
  #isReadWhole({ seen, scanned, rewritten, truncated, validated }: Touched, foreignKey: boolean): boolean {
    if (rewritten || truncated || strength(this.#held.get(seen.oid)) < strength('SHARE')) return false;
    if (validated.some(({ type }) => type === 'f')) return true;
    return scanned && !(foreignKey && validated.length === 0);
  }

  #built({ known, seen, rewritten, truncated }: Touched): Effects['indexesBuilt'] {
    if (rewritten || truncated) return [];
    return seen.indexes
      .filter(({ file }) => file !== 0 && !this.#indexFiles.has(file))
      .map(({ id }) => ({ relation: known.id, index: id, concurrently: false }));
  }

  #remember({ oid, file, scans, required, indexes, constraints }: LockedRelation): void {
    this.#files.set(oid, file);
    this.#scans.set(oid, scans);
    this.#required.set(oid, new Set(required));
    for (const index of indexes) this.#indexFiles.add(index.file);
    for (const constraint of constraints) this.#constraints.set(constraint.oid, constraint.validated);
  }
}
