/** What rows of a table have to be like: plain values, made by `planTable`. */
import type { Condition } from './constraints/condition.ts';
import type { Leaf } from './constraints/partitions.ts';
import type { CellKey } from './draw.ts';
import type { Expression } from './expression/expression.ts';
import type { ValueType } from './types/value-type.ts';

export interface ColumnPlan {
  readonly name: string;
  /** As the catalog writes it, for casts. */
  readonly type: string;
  readonly valueType: ValueType;
  readonly nullable: boolean;
  /** Where the default is a constant. */
  readonly defaultText: string | null;
  /** The server would count: rows have numbers far from those that it gives. */
  readonly counted: boolean;
  /** A key of any kind: no surprises in it. */
  readonly inKey: boolean;
  readonly key: CellKey;
  /** Constants of conditions that speak of it, to be tried where the conditions are not understood. */
  readonly tries: readonly string[];
}

export interface UniqueKey {
  readonly name: string;
  readonly parts: readonly Expression[];
  readonly predicate: Expression | null;
  readonly nullsNotDistinct: boolean;
}

export interface Reference {
  readonly name: string;
  readonly columns: readonly string[];
  readonly table: string;
  readonly referenced: readonly string[];
  readonly full: boolean;
  readonly deferrable: boolean;
}

export interface TablePlan {
  /** Id of the relation. */
  readonly table: string;
  /** In the order in which values are made: references, keys, then the others as they stand. */
  readonly columns: readonly ColumnPlan[];
  readonly conditions: readonly Condition[];
  /** Of a partitioned table: where rows may go. */
  readonly leaves: readonly Leaf[];
  readonly uniques: readonly UniqueKey[];
  readonly primaryKey: readonly string[];
  readonly references: readonly Reference[];
  /** Names of exclusion constraints: nothing is made for these. */
  readonly exclusions: readonly string[];
  readonly initiallyDeferred: readonly string[];
  readonly forced: boolean;
  readonly rewritten: boolean;
}
