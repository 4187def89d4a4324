/** What a column's type asks of a value, with the types of the user resolved from the catalog. */
import type { Catalog } from '../../model.ts';
import type { Expression } from '../expression/expression.ts';
import type { Axis } from './axis.ts';
import type { Sampler } from './samples.ts';

export type ValueType =
  | { readonly kind: 'ordered'; readonly axis: Axis }
  /** `padded`: char(n), whose spaces at the end do not count. */
  | { readonly kind: 'text'; readonly most: number; readonly padded: boolean; readonly ascii: boolean }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'json' }
  | { readonly kind: 'bytea' }
  | { readonly kind: 'bits'; readonly length: number; readonly varying: boolean }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'array'; readonly item: ValueType }
  | {
      readonly kind: 'domain';
      readonly base: ValueType;
      readonly notNull: boolean;
      /** Over the column `value`. */
      readonly checks: readonly Expression[];
    }
  | { readonly kind: 'composite'; readonly fields: readonly ValueType[] }
  | { readonly kind: 'range'; readonly subtype: ValueType; readonly multiple: boolean; readonly step: boolean }
  | { readonly kind: 'sample'; readonly sampler: Sampler }
  /** Nothing is known of it: texts are tried. */
  | { readonly kind: 'unknown'; readonly name: string };

/** Resolves types by their texts, once each. */
export interface TypeSource {
  readonly catalog: Catalog;
  valueType(type: string): ValueType;
}
