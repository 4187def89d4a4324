/** A catalog, arranged for planning. */
import type { Catalog, Column, Constraint, Index, Relation } from '../model.ts';
import { typeSource } from './types/resolve-type.ts';
import type { TypeSource } from './types/value-type.ts';

/** What planning of many tables of one catalog shares. */
export interface PlanSource {
  readonly catalog: Catalog;
  readonly seed: string;
  readonly types: TypeSource;
  readonly relations: ReadonlyMap<string, Relation>;
  readonly columns: ReadonlyMap<string, readonly Column[]>;
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>;
  readonly indexes: ReadonlyMap<string, readonly Index[]>;
  readonly children: ReadonlyMap<string, readonly Relation[]>;
  readonly rules: ReadonlySet<string>;
}

export function planSource(catalog: Catalog, seed: string): PlanSource {
  const partitions = catalog.relations.filter((relation) => relation.partitionBound !== null);
  return {
    catalog,
    seed,
    types: typeSource(catalog),
    relations: new Map(catalog.relations.map((relation) => [relation.id, relation])),
    columns: Map.groupBy(catalog.columns, (column) => column.relation),
    constraints: Map.groupBy(
      catalog.constraints.filter((constraint) => constraint.on === 'table'),
      (constraint) => constraint.parent,
    ),
    indexes: Map.groupBy(catalog.indexes, (index) => index.relation),
    children: Map.groupBy(partitions, (relation) => relation.inherits[0] ?? ''),
    rules: new Set(catalog.rules.map((rule) => rule.relation)),
  };
}
