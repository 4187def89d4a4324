/** What the comparison knows about one kind of object: its identity, its attributes in words, and how they are mended. */
import type { FieldOf, Lists } from '../compared-form.ts';
import type { Difference } from '../difference.ts';
import type { Lookup } from './lookup.ts';

export interface Sides {
  readonly before: Lookup;
  readonly after: Lookup;
}

/** Statements, `again` (drop it and make it anew), or null: no statement can. */
export type Mended = readonly string[] | 'again' | null;

/** Statements with their semicolons, or none where another object's statement makes it. */
export type Statements = readonly string[];

export interface Compared<T> {
  /** Says the change of the attribute behind `column public.orders.total: `. */
  readonly told: (before: T, after: T) => string;
  readonly mend: (before: T, after: T, sides: Sides) => Mended;
  /** Attributes whose difference says this one too. */
  readonly with?: readonly string[];
  /** What depends on the object has to be made again around the change (a column's type). */
  readonly disturbs?: boolean;
  /** A difference for each part of the attribute (each grantee) in the place of one; `words` is what follows the noun. */
  readonly each?: (before: T, after: T, sides: Sides) => readonly Part[];
}

export type Part = Pick<Difference, 'before' | 'after' | 'words' | 'sql'>;

/** `identity`: part of the key. `apart`: told elsewhere. */
export type Attribute<T> = Compared<T> | 'identity' | 'apart';

/** Whose difference tells this one: `implied`, and its statements make it too; `told`: it has statements of its own. */
export type GoesWith = 'implied' | 'told' | null;

/** What is made when everything that it needs is there. */
export interface Late {
  readonly statements: Statements;
  /** Keys of nodes, see keyOf. */
  readonly needs: readonly string[];
}

export interface Kind<T> {
  readonly list: keyof Lists;
  /** Unique within the list. */
  readonly key: (object: T) => string;
  /** `policy own_rows on public.orders` */
  readonly noun: (object: T) => string;
  /** Every field of the model: one that is forgotten here does not compile. */
  readonly attributes: { readonly [Field in FieldOf<T>]: Attribute<T> };
  /** Two with one key that are not the same thing: a view in the place of a table. */
  readonly isOther?: (before: T, after: T) => boolean;
  /** Nodes that it lies in: when those come or go, it does. */
  readonly within?: (object: T) => readonly string[];
  /** `attribute` is null where the object is on one side only. */
  readonly goesWith?: (before: T | null, after: T | null, attribute: string | null, sides: Sides) => GoesWith;
  /** The shortest whole text of the object, for `Difference.before` and `after`. */
  readonly whole: (object: T, at: Lookup) => string;
  readonly create: (object: T, at: Lookup, sides: Sides) => Statements | null;
  readonly late?: (object: T, at: Lookup, sides: Sides) => readonly Late[];
  readonly drop: (object: T, at: Lookup) => Statements | null;
  readonly losesData?: (object: T) => boolean;
  /** It can be dropped and made again without loss, when something that it stands on is. */
  readonly remade?: (object: T) => boolean;
  /** Where names of other objects are found. */
  readonly text: (object: T, at: Lookup) => string;
  /** Nodes that it stands on besides. */
  readonly needs?: (object: T, at: Lookup) => readonly string[];
  /** Relation whose columns the text names without qualifying them. */
  readonly columnsOf?: (object: T) => string | null;
  /** Of what shares one space of names with others: `public.orders`. */
  readonly name?: (object: T) => string;
}

/** `defaults` are columns' defaults, which come and go on their own. */
export function keyOf(list: keyof Lists | 'defaults', key: string): string {
  return `${list}:${key}`;
}
