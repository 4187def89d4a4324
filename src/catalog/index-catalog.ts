/** A catalog by its ids: built once, then asked as often as needed. */
import type {
  Catalog,
  Column,
  Constraint,
  Index,
  Policy,
  Relation,
  Routine,
  Rule,
  Schema,
  Sequence,
  StatisticsObject,
  Trigger,
  UserType,
} from './model.ts';

/** Single objects are null where there is none of that id; lists are empty, and in the catalog's order. */
export interface CatalogIndex {
  schema(name: string): Schema | null;
  type(id: string): UserType | null;
  relation(id: string): Relation | null;
  column(relation: string, name: string): Column | null;
  columnsOf(relation: string): readonly Column[];
  /** Of a table or a domain. */
  constraintsOf(parent: string): readonly Constraint[];
  /** Foreign keys that point to the table. */
  referencesTo(relation: string): readonly Constraint[];
  index(id: string): Index | null;
  indexesOf(relation: string): readonly Index[];
  sequence(id: string): Sequence | null;
  /** Sequences that a column owns. */
  sequencesOf(relation: string): readonly Sequence[];
  routine(id: string): Routine | null;
  /** All that have the schema and the name, whatever they take. */
  routinesNamed(schema: string, name: string): readonly Routine[];
  triggersOf(relation: string): readonly Trigger[];
  rulesOf(relation: string): readonly Rule[];
  policiesOf(relation: string): readonly Policy[];
  statisticsOf(relation: string): readonly StatisticsObject[];
  /** Relations that inherit from it or are its partitions. */
  childrenOf(relation: string): readonly Relation[];
}

export function indexCatalog(catalog: Catalog): CatalogIndex {
  const byRelation = ({ relation }: { readonly relation: string }) => relation;
  const byId = ({ id }: { readonly id: string }) => id;
  const schemas = single(catalog.schemas, ({ name }) => name);
  const types = single(catalog.types, byId);
  const relations = single(catalog.relations, byId);
  const column = single(catalog.columns, (one) => pair(one.relation, one.name));
  const columns = group(catalog.columns, byRelation);
  const constraints = group(catalog.constraints, ({ parent }) => parent);
  const references = group(catalog.constraints, (one) => one.references?.relation ?? null);
  const index = single(catalog.indexes, byId);
  const indexes = group(catalog.indexes, byRelation);
  const sequence = single(catalog.sequences, byId);
  const sequences = group(catalog.sequences, ({ ownedBy }) => relationOf(ownedBy, relations));
  const routine = single(catalog.routines, byId);
  const routines = group(catalog.routines, (one) => pair(one.schema, one.name));
  const triggers = group(catalog.triggers, byRelation);
  const rules = group(catalog.rules, byRelation);
  const policies = group(catalog.policies, byRelation);
  const statistics = group(catalog.statistics, byRelation);
  const children = new Map<string, Relation[]>();
  for (const relation of catalog.relations) {
    for (const parent of relation.inherits) append(children, parent, relation);
  }
  return {
    schema: (name) => schemas.get(name) ?? null,
    type: (id) => types.get(id) ?? null,
    relation: (id) => relations.get(id) ?? null,
    column: (relation, name) => column.get(pair(relation, name)) ?? null,
    columnsOf: (relation) => columns.get(relation) ?? [],
    constraintsOf: (parent) => constraints.get(parent) ?? [],
    referencesTo: (relation) => references.get(relation) ?? [],
    index: (id) => index.get(id) ?? null,
    indexesOf: (relation) => indexes.get(relation) ?? [],
    sequence: (id) => sequence.get(id) ?? null,
    sequencesOf: (relation) => sequences.get(relation) ?? [],
    routine: (id) => routine.get(id) ?? null,
    routinesNamed: (schema, name) => routines.get(pair(schema, name)) ?? [],
    triggersOf: (relation) => triggers.get(relation) ?? [],
    rulesOf: (relation) => rules.get(relation) ?? [],
    policiesOf: (relation) => policies.get(relation) ?? [],
    statisticsOf: (relation) => statistics.get(relation) ?? [],
    childrenOf: (relation) => children.get(relation) ?? [],
  };
}

/** No name holds this character. */
const pair = (one: string, other: string) => `${one}\0${other}`;

/** `public.orders.id` belongs to `public.orders`; names in quotes may hold dots of their own. */
function relationOf(column: string | null, relations: ReadonlyMap<string, Relation>): string | null {
  if (column === null) return null;
  for (let dot = column.lastIndexOf('.'); dot > 0; dot = column.lastIndexOf('.', dot - 1)) {
    const id = column.slice(0, dot);
    if (relations.has(id)) return id;
  }
  return null;
}

function single<Item>(items: readonly Item[], key: (item: Item) => string): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [key(item), item]));
}

function group<Item>(items: readonly Item[], key: (item: Item) => string | null): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const of = key(item);
    if (of !== null) append(groups, of, item);
  }
  return groups;
}

function append<Item>(groups: Map<string, Item[]>, key: string, item: Item): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [item]);
  else known.push(item);
}
