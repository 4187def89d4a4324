/** What an object stands on, read from its texts: the server prints all names of other schemas' objects qualified. */

import { columns } from './columns.ts';
import { objectsOf } from './compare.ts';
import { keyOf } from './kind.ts';
import type { AnyKind } from './kinds.ts';
import { allKinds } from './kinds.ts';
import type { Lookup } from './lookup.ts';
import { columnKey } from './lookup.ts';
import { unquoted } from './sql.ts';

const part = '(?:"(?:[^"]|"")+"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*)';
const qualified = new RegExp(`${part}(?:\\.${part})+`, 'g');
const word = new RegExp(part, 'g');

export interface Element {
  readonly kind: AnyKind;
  readonly node: string;
  readonly object: unknown;
}

/** The objects of one catalog as nodes, and the edges between them. */
export class References {
  readonly elements = new Map<string, Element>();
  readonly #side: Lookup;
  readonly #named = new Map<string, string[]>();
  readonly #known = new Map<string, readonly string[]>();
  #dependents: Map<string, string[]> | null = null;

  constructor(side: Lookup) {
    this.#side = side;
    for (const kind of allKinds) {
      for (const [key, object] of objectsOf(kind, side)) {
        const node = keyOf(kind.list, key);
        this.elements.set(node, { kind, node, object });
      }
    }
    for (const column of side.catalog.columns) {
      if (column.default === null || column.generated !== null) continue;
      const node = keyOf('defaults', columnKey(column.relation, column.name));
      this.elements.set(node, { kind: columns as unknown as AnyKind, node, object: column });
    }
    this.#name();
  }

  /** Nodes that the object needs. */
  of(node: string): readonly string[] {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const element = this.elements.get(node);
    const found = element === undefined ? [] : [...this.#find(element)];
    this.#known.set(node, found);
    return found;
  }

  /** Nodes that need the object. */
  dependentsOf(node: string): readonly string[] {
    if (this.#dependents === null) {
      this.#dependents = new Map();
      for (const one of this.elements.keys()) {
        for (const needed of this.of(one)) {
          const list = this.#dependents.get(needed);
          if (list === undefined) this.#dependents.set(needed, [one]);
          else list.push(one);
        }
      }
    }
    return this.#dependents.get(node) ?? [];
  }

  #name(): void {
    const { relations, types, routines, others } = this.#side.catalog;
    const add = (id: string, node: string): void => {
      const name = firstTwo(id);
      const list = this.#named.get(name);
      if (list === undefined) this.#named.set(name, [node]);
      else list.push(node);
    };
    for (const { id } of relations) add(id, keyOf('relations', id));
    for (const type of types) {
      add(type.id, keyOf('types', type.id));
      if (type.kind === 'range') add(type.multirange, keyOf('types', type.id));
    }
    for (const element of this.elements.values()) {
      if (element.kind.list === 'sequences') add(element.kind.name?.(element.object) ?? '', element.node);
    }
    for (const { id } of routines) add(id, keyOf('routines', id));
    for (const { kind, id } of others) add(id, keyOf('others', `${kind}\0${id}`));
  }

  #find({ kind, node, object }: Element): ReadonlySet<string> {
    const found = new Set<string>();
    const isDefault = node.startsWith('defaults:');
    const text = isDefault ? ((object as { default: string | null }).default ?? '') : kind.text(object, this.#side);
    const relations = new Set<string>();
    const own = isDefault ? null : (kind.columnsOf?.(object) ?? null);
    if (own !== null) relations.add(own);
    // Names inside of literals count too: nextval('public.orders_id_seq'::regclass).
    for (const [chain] of text.replaceAll("''", "'").matchAll(qualified)) {
      for (const named of this.#named.get(firstTwo(chain)) ?? []) {
        found.add(named);
        if (kind.list !== 'constraints') for (const one of this.#conditionsOf(named)) found.add(one);
        if (named.startsWith('relations:')) relations.add(named.slice('relations:'.length));
      }
    }
    if (isDefault) found.add(`columns:${node.slice('defaults:'.length)}`);
    else for (const needed of kind.needs?.(object, this.#side) ?? []) found.add(needed);
    if (relations.size > 0) this.#addColumns(relations, text, found);
    found.delete(node);
    return found;
  }

  /** A domain that columns have as an array takes no more of them. */
  #conditionsOf(node: string): readonly string[] {
    if (!node.startsWith('types:')) return [];
    const domain = this.#side.type(node.slice('types:'.length));
    if (domain?.kind !== 'domain') return [];
    return this.#side
      .constraintsOf(domain.id)
      .filter(({ kind }) => kind === 'check')
      .map((one) => keyOf('constraints', columnKey(one.parent, one.name)));
  }

  #addColumns(relations: ReadonlySet<string>, text: string, found: Set<string>): void {
    const words = new Set((text.match(word) ?? []).map(unquoted));
    const whole = text.includes('.*');
    for (const relation of relations) {
      for (const { name } of this.#side.columnsOf(relation)) {
        if (whole || words.has(name)) found.add(keyOf('columns', columnKey(relation, name)));
      }
    }
  }
}

function firstTwo(id: string): string {
  const parts = id.match(word) ?? [];
  return `${parts[0] ?? ''}.${parts[1] ?? ''}`;
}
