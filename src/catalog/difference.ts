/** What two catalogs differ in. `before` is the first one given, `after` the second. */
import type { Catalog } from './model.ts';

/** The list of the catalog that the object is in; `database` for the database itself. */
export type ObjectKind = Exclude<keyof Catalog, 'model' | 'major'>;

export interface Difference {
  readonly kind: ObjectKind;
  /** For a person: `policy own_rows on public.orders`, `column public.orders.total`. Stable: it may be matched. */
  readonly object: string;
  /** `added`: only in the second. `removed`: only in the first. */
  readonly change: 'added' | 'removed' | 'changed';
  /** The field of the model that differs, or null where the whole object is there or is not. */
  readonly attribute: string | null;
  /** Texts of the field (or of the object's definition); null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** One line for a person, without a trailing dot: `column public.orders.total: type integer became bigint`. */
  readonly words: string;
  /** SQL that makes the first like the second, with its semicolon, or null where no statement can or loses data to say so. */
  readonly sql: string | null;
}

export interface CatalogDiff {
  /** Empty: the two are the same to everybody who names columns. */
  readonly differences: readonly Difference[];
  /** Tables whose columns are the same in another order: `select *` and inserts without names tell them apart. */
  readonly columnOrder: readonly Difference[];
}
