/** Which objects are dropped, altered and made: what differs, and what stands in the way of it. */
import type { Column } from '../model.ts';
import { isWider } from './casts.ts';
import type { Found } from './compare.ts';
import { compare } from './compare.ts';
import type { Mended, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import { columnKey } from './lookup.ts';
import { References } from './references.ts';

export interface Plan {
  readonly sides: Sides;
  readonly before: References;
  readonly after: References;
  readonly going: ReadonlySet<string>;
  readonly coming: ReadonlySet<string>;
  /** Made or dropped by the statement of something else. */
  readonly implied: ReadonlySet<string>;
  readonly altered: ReadonlyMap<string, readonly string[]>;
  /** Node and attribute (or an empty one) of what no statement can do. */
  readonly impossible: ReadonlySet<string>;
  readonly losing: ReadonlySet<string>;
}

export function impossibleKey(node: string, attribute: string | null): string {
  return `${node}\n${attribute ?? ''}`;
}

export function planOf(sides: Sides): Plan {
  return new Planning(sides).run();
}

/** What depends on a column only through its values follows a change of type by itself, unless that needs a USING. */
const followers = new Set(['indexes', 'constraints', 'statistics']);

class Planning {
  readonly #sides: Sides;
  readonly #before: References;
  readonly #after: References;
  readonly #going = new Set<string>();
  readonly #coming = new Set<string>();
  readonly #implied = new Set<string>();
  readonly #altered = new Map<string, string[]>();
  readonly #impossible = new Set<string>();
  readonly #losing = new Set<string>();
  /** Nodes around which what depends on them has to be taken away; false: but for followers. */
  readonly #disturbed: { readonly node: string; readonly hard: boolean }[] = [];

  constructor(sides: Sides) {
    this.#sides = sides;
    this.#before = new References(sides.before);
    this.#after = new References(sides.after);
  }

  run(): Plan {
    for (const found of compare(this.#sides)) {
      if (found.before === null || found.after === null) this.#oneSided(found);
      else this.#changed(found);
    }
    this.#defaults();
    this.#spread();
    return {
      sides: this.#sides,
      before: this.#before,
      after: this.#after,
      going: this.#going,
      coming: this.#coming,
      implied: this.#implied,
      altered: this.#altered,
      impossible: this.#impossible,
      losing: this.#losing,
    };
  }

  #oneSided({ node, before, goesWith, kind }: Found): void {
    if (goesWith === 'implied') {
      this.#implied.add(node);
      return;
    }
    if (before === null) {
      this.#coming.add(node);
      return;
    }
    if (kind.drop(before, this.#sides.before) === null) {
      this.#impossible.add(impossibleKey(node, null));
      return;
    }
    this.#going.add(node);
    this.#disturbed.push({ node, hard: true });
    const its = node.replace(/^columns:/, 'defaults:');
    if (its !== node && this.#before.elements.has(its)) this.#going.add(its);
  }

  #changed({ kind, node, before, after, attributes }: Found): void {
    const statements: string[] = [];
    let again = false;
    for (const { name, compared, goesWith } of attributes) {
      if (goesWith === 'implied') {
        if (compared.disturbs === true) this.#disturbed.push({ node, hard: false });
        continue;
      }
      if (kind.list === 'columns' && name === 'default' && isPlain(before, after)) continue;
      const mended: Mended = compared.mend(before, after, this.#sides);
      if (mended === null || (mended === 'again' && this.#isFixed(node, kind.remade?.(before) === true))) {
        this.#impossible.add(impossibleKey(node, name));
      } else if (mended === 'again') {
        again = true;
      } else {
        statements.push(...mended);
        if (compared.disturbs === true) {
          this.#disturbed.push({ node, hard: mended.some((statement) => statement.includes(' using ')) });
        }
        if (kind.list === 'columns' && name === 'type' && isNarrower(before, after)) this.#losing.add(node);
      }
    }
    if (again) this.#again(node);
    else if (statements.length > 0) this.#altered.set(node, [...new Set(statements)]);
  }

  /** A type that columns have can not be dropped; what holds rows can, and loses them. */
  #isFixed(node: string, remade: boolean): boolean {
    if (!node.startsWith('types:')) return false;
    return !remade || this.#hasColumns(node, new Set());
  }

  #hasColumns(type: string, seen: Set<string>): boolean {
    if (seen.has(type)) return false;
    seen.add(type);
    return this.#before.dependentsOf(type).some((node) => {
      if (node.startsWith('columns:')) return this.#after.elements.has(node);
      return node.startsWith('types:') && this.#hasColumns(node, seen);
    });
  }

  #again(node: string): void {
    if (this.#going.has(node) && this.#coming.has(node)) return;
    this.#altered.delete(node);
    this.#going.add(node);
    if (this.#after.elements.has(node)) this.#coming.add(node);
    this.#disturbed.push({ node, hard: true });
  }

  /** Defaults that are changed go first and come last: the old one may not be cast, the new one may need a function. */
  #defaults(): void {
    const { before, after } = this.#sides;
    for (const column of after.catalog.columns) {
      const node = keyOf('columns', columnKey(column.relation, column.name));
      if (this.#coming.has(node) || this.#implied.has(node)) continue;
      const had = before.column(column.relation, column.name);
      if (had === null || had.generated !== null || column.generated !== null || had.default === column.default)
        continue;
      const its = keyOf('defaults', columnKey(column.relation, column.name));
      if (had.default !== null) {
        this.#going.add(its);
        this.#disturbed.push({ node: its, hard: true });
      }
      if (column.default !== null) this.#coming.add(its);
    }
  }

  /** What stands on something that goes or is disturbed goes before and comes after it. */
  #spread(): void {
    for (let at = 0; at < this.#disturbed.length; at += 1) {
      const { node, hard } = this.#disturbed[at] ?? { node: '', hard: false };
      for (const dependent of this.#before.dependentsOf(node)) this.#take(dependent, node, hard);
      this.#takeContents(node);
    }
  }

  #take(dependent: string, node: string, hard: boolean): void {
    if (this.#going.has(dependent) || !this.#after.elements.has(dependent)) return;
    const element = this.#before.elements.get(dependent);
    if (element === undefined) return;
    const { kind, object } = element;
    if (!hard && followers.has(kind.list)) return;
    const isDefault = dependent.startsWith('defaults:');
    // An altered column lets go of what it stood on.
    const letsGo = this.#altered.has(dependent) && !this.#after.of(dependent).includes(node);
    if (letsGo && (kind.list === 'columns' || kind.list === 'relations')) {
      const isQuery = kind.list === 'relations' && kind.remade?.(object) === true;
      if (!isQuery) return;
    }
    if (isDefault || kind.remade?.(object) === true) this.#again(dependent);
  }

  /** What lies in something that is made again. */
  #takeContents(node: string): void {
    if (!this.#going.has(node) || !this.#coming.has(node)) return;
    for (const inside of this.#before.dependentsOf(node)) {
      const element = this.#before.elements.get(inside);
      if (element?.kind.within?.(element.object).includes(node)) this.#again(inside);
    }
  }
}

function isPlain(before: unknown, after: unknown): boolean {
  return (before as Column).generated === null && (after as Column).generated === null;
}

function isNarrower(before: unknown, after: unknown): boolean {
  return (after as Column).generated === null && !isWider((before as Column).type, (after as Column).type);
}
