/** Objects of a catalog by what they belong to. */
import type { Catalog, Column, Constraint, Index, Policy, Relation } from '../../../catalog/model.ts';

interface Objects {
  readonly relations: ReadonlyMap<string, Relation>;
  readonly columns: ReadonlyMap<string, readonly Column[]>;
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>;
  readonly indexes: ReadonlyMap<string, readonly Index[]>;
  readonly policies: ReadonlyMap<string, readonly Policy[]>;
}

const known = new WeakMap<Catalog, Objects>();

function objectsOf(catalog: Catalog): Objects {
  let objects = known.get(catalog);
  if (objects === undefined) {
    objects = {
      relations: new Map(catalog.relations.map((relation) => [relation.id, relation])),
      columns: Map.groupBy(catalog.columns, ({ relation }) => relation),
      constraints: Map.groupBy(catalog.constraints, ({ parent }) => parent),
      indexes: Map.groupBy(catalog.indexes, ({ relation }) => relation),
      policies: Map.groupBy(catalog.policies, ({ relation }) => relation),
    };
    known.set(catalog, objects);
  }
  return objects;
}

export function relationOf(catalog: Catalog, id: string): Relation | null {
  return objectsOf(catalog).relations.get(id) ?? null;
}

export function columnsOf(catalog: Catalog, relation: string): readonly Column[] {
  return objectsOf(catalog).columns.get(relation) ?? [];
}

export function columnOf(catalog: Catalog, relation: string, name: string): Column | null {
  return columnsOf(catalog, relation).find((column) => column.name === name) ?? null;
}

/** Of a table or a domain. */
export function constraintsOf(catalog: Catalog, parent: string): readonly Constraint[] {
  return objectsOf(catalog).constraints.get(parent) ?? [];
}

export function indexesOf(catalog: Catalog, relation: string): readonly Index[] {
  return objectsOf(catalog).indexes.get(relation) ?? [];
}

export function policiesOf(catalog: Catalog, relation: string): readonly Policy[] {
  return objectsOf(catalog).policies.get(relation) ?? [];
}

/** What rows are stored in. */
export function isTable(relation: Relation | null): boolean {
  return relation?.kind === 'table' || relation?.kind === 'partitioned table';
}
