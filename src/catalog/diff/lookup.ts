/** A catalog by identity: what the comparison asks of the neighbours of an object. */
import type {
  Catalog,
  Column,
  Constraint,
  Index,
  Policy,
  Relation,
  Rule,
  Sequence,
  Trigger,
  UserType,
} from '../model.ts';
import { dottedParts, unquoted } from './sql.ts';

export class Lookup {
  readonly catalog: Catalog;
  readonly #maps = new Map<string, Map<string, unknown>>();

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  get major(): number {
    return this.catalog.major;
  }

  relation(id: string): Relation | null {
    return this.#one('relations', this.catalog.relations, (relation) => relation.id, id);
  }

  type(id: string): UserType | null {
    return this.#one('types', this.catalog.types, (type) => type.id, id);
  }

  column(relation: string, name: string): Column | null {
    return this.#one(
      'columns',
      this.catalog.columns,
      (column) => columnKey(column.relation, column.name),
      columnKey(relation, name),
    );
  }

  columnsOf(relation: string): readonly Column[] {
    return this.#many('columnsOf', this.catalog.columns, (column) => column.relation, relation);
  }

  constraint(parent: string, name: string): Constraint | null {
    return this.#one(
      'constraint',
      this.catalog.constraints,
      (one) => columnKey(one.parent, one.name),
      columnKey(parent, name),
    );
  }

  constraintsNamed(name: string): readonly Constraint[] {
    return this.#many('constraintsNamed', this.catalog.constraints, (constraint) => constraint.name, name);
  }

  constraintsOf(parent: string): readonly Constraint[] {
    return this.#many('constraints', this.catalog.constraints, (constraint) => constraint.parent, parent);
  }

  indexesOf(relation: string): readonly Index[] {
    return this.#many('indexesOf', this.catalog.indexes, (index) => index.relation, relation);
  }

  index(id: string): Index | null {
    return this.#one('index', this.catalog.indexes, (index) => index.id, id);
  }

  indexOfConstraint(relation: string, constraint: string): Index | null {
    return this.indexesOf(relation).find((index) => index.constraint === constraint) ?? null;
  }

  policiesOf(relation: string): readonly Policy[] {
    return this.#many('policiesOf', this.catalog.policies, (policy) => policy.relation, relation);
  }

  triggersOf(relation: string): readonly Trigger[] {
    return this.#many('triggersOf', this.catalog.triggers, (trigger) => trigger.relation, relation);
  }

  rulesOf(relation: string): readonly Rule[] {
    return this.#many('rulesOf', this.catalog.rules, (rule) => rule.relation, relation);
  }

  identityOf(column: Column): Sequence | null {
    return this.ownedBy(column.relation, column.name).find(({ identity }) => identity) ?? null;
  }

  ownedBy(relation: string, column: string): readonly Sequence[] {
    return this.#many(
      'ownedBy',
      this.catalog.sequences,
      ({ ownedBy }) => ownedKey(ownedBy),
      columnKey(relation, column),
    );
  }

  notNullOf(column: Column): Constraint | null {
    const all = this.constraintsOf(column.relation);
    return all.find(({ kind, columns }) => kind === 'not null' && columns[0] === column.name) ?? null;
  }

  /** Of a domain. */
  notNullOfDomain(id: string): Constraint | null {
    return this.constraintsOf(id).find(({ kind, on }) => kind === 'not null' && on === 'domain') ?? null;
  }

  isPartition(relation: string): boolean {
    return (this.relation(relation)?.partitionBound ?? null) !== null;
  }

  #one<T>(name: string, list: readonly T[], keyOf: (item: T) => string, key: string): T | null {
    let map = this.#maps.get(name) as Map<string, T> | undefined;
    if (map === undefined) {
      map = new Map(list.map((item) => [keyOf(item), item]));
      this.#maps.set(name, map);
    }
    return map.get(key) ?? null;
  }

  #many<T>(name: string, list: readonly T[], keyOf: (item: T) => string | null, key: string): readonly T[] {
    let map = this.#maps.get(name) as Map<string, T[]> | undefined;
    if (map === undefined) {
      map = new Map();
      for (const item of list) {
        const its = keyOf(item);
        if (its === null) continue;
        const items = map.get(its);
        if (items === undefined) map.set(its, [item]);
        else items.push(item);
      }
      this.#maps.set(name, map);
    }
    return map.get(key) ?? [];
  }
}

/** A column, or anything that has its name within a relation. */
export function columnKey(relation: string, name: string): string {
  return `${relation}\0${name}`;
}

/** Of the column that owns a sequence: `public.orders.id`. */
export function ownedKey(ownedBy: string | null): string | null {
  if (ownedBy === null) return null;
  const [schema = '', table = '', column = ''] = dottedParts(ownedBy);
  return columnKey(`${schema}.${table}`, unquoted(column));
}
