/** The statements of a plan in an order that runs. */
import type { Column, Constraint } from '../model.ts';
import { byCodePoint } from '../read/names.ts';
import { columns, dropDefault, isLateDefault, setDefault } from './columns.ts';
import type { Sides } from './kind.ts';
import type { Plan } from './plan.ts';
import { impossibleKey, planOf } from './plan.ts';
import type { Element } from './references.ts';

/** A step of the script. */
export interface Operation {
  readonly key: string;
  readonly node: string;
  /** What it lies in. */
  readonly inside: readonly string[];
  readonly does: 'drop' | 'alter' | 'create' | 'late';
  readonly statements: readonly string[];
  readonly rank: number;
  readonly needs: Set<string>;
}

export interface Operations {
  /** In an order that runs. */
  readonly operations: readonly Operation[];
  /** Name of the object and attribute (or nothing) of what no statement can do, a line between. */
  readonly impossible: ReadonlySet<string>;
  readonly losing: ReadonlySet<Operation>;
}

const drawings = new WeakMap<Sides, Operations>();

export function operationsOf(sides: Sides): Operations {
  const found = drawings.get(sides) ?? orderedOf(planOf(sides), new Set());
  drawings.set(sides, found);
  return found;
}

function orderedOf(plan: Plan, separate: ReadonlySet<string>): Operations {
  const drawn = new Drawing(plan, separate);
  const { operations, knots } = drawn.order();
  const more = knots.filter((node) => !separate.has(node));
  if (more.length > 0) return orderedOf(plan, new Set([...separate, ...more]));
  const impossible = [...plan.impossible, ...drawn.impossible].map((key) => {
    // A name may hold a line break, an attribute none.
    const at = key.lastIndexOf('\n');
    const [node, attribute] = [key.slice(0, at), key.slice(at + 1)];
    const { kind, object } = plan.after.elements.get(node) ?? plan.before.elements.get(node) ?? {};
    return impossibleKey(kind?.noun(object) ?? '', attribute);
  });
  return { operations, impossible: new Set(impossible), losing: new Set(operations.filter((one) => loses(one, plan))) };
}

function loses({ node, does, statements }: Operation, plan: Plan): boolean {
  if (does === 'alter') return plan.losing.has(node) || statements.some((one) => one.includes(' drop attribute '));
  if (does !== 'drop' || isDefault(node)) return false;
  const element = plan.before.elements.get(node);
  return element?.kind.losesData?.(element.object) ?? false;
}

/** Of one object that comes or goes, with all that lies in it; null where some of it can not be done. */
export function statementsFor(
  { node, noun }: { readonly node: string; readonly noun: string },
  does: 'create' | 'drop',
  sides: Sides,
): readonly string[] | null {
  const all = operationsOf(sides);
  if (all.impossible.has(impossibleKey(noun, null))) return null;
  const wanted = does === 'create' ? ['create', 'late'] : ['drop'];
  return (byPlace(all).get(node) ?? []).filter((one) => wanted.includes(one.does)).flatMap((one) => one.statements);
}

const places = new WeakMap<Operations, ReadonlyMap<string, readonly Operation[]>>();

/** By the node, and by those that it lies in. */
function byPlace(all: Operations): ReadonlyMap<string, readonly Operation[]> {
  const known = places.get(all);
  if (known !== undefined) return known;
  const map = new Map<string, Operation[]>();
  for (const operation of all.operations) {
    for (const node of new Set([operation.node, ...operation.inside])) {
      const list = map.get(node);
      if (list === undefined) map.set(node, [operation]);
      else list.push(operation);
    }
  }
  places.set(all, map);
  return map;
}

/** Where nothing else decides: what is dropped first, then by kind. */
const order = [
  'database',
  'roles',
  'memberships',
  'schemas',
  'extensions',
  'foreignDataWrappers',
  'foreignServers',
  'userMappings',
  'types',
  'sequences',
  'relations',
  'columns',
  'routines',
  'defaults',
  'indexes',
  'constraints',
  'statistics',
  'rules',
  'triggers',
  'policies',
  'publications',
  'eventTriggers',
  'others',
  'defaultPrivileges',
];

function rankOf(node: string, does: Operation['does']): number {
  const list = node.slice(0, node.indexOf(':'));
  const at = order.indexOf(list);
  // What a new object is given is computed from the default privileges of before: they change at the end.
  if (list === 'defaultPrivileges') return 400;
  if (does === 'drop') return list === 'roles' ? 500 : 100 - at;
  return does === 'late' ? 300 + at : 200 + at;
}

class Drawing {
  readonly impossible = new Set<string>();
  readonly #plan: Plan;
  readonly #operations = new Map<string, Operation>();
  /** What another's operation does. */
  readonly #aliases = new Map<string, string>();
  readonly #separate: ReadonlySet<string>;

  constructor(plan: Plan, separate: ReadonlySet<string>) {
    this.#plan = plan;
    this.#separate = separate;
    for (const node of plan.going) this.#drop(node);
    for (const [node, statements] of plan.altered) this.#add(node, 'alter', statements);
    for (const node of plan.coming) this.#create(node);
    this.#connect();
  }

  #add(node: string, does: Operation['does'], statements: readonly string[], key = `${does} ${node}`): Operation {
    const element = (does === 'drop' ? this.#plan.before : this.#plan.after).elements.get(node);
    const inside = containers(element);
    const operation = { key, node, inside, does, statements, rank: rankOf(node, does), needs: new Set<string>() };
    this.#operations.set(key, operation);
    return operation;
  }

  #drop(node: string): void {
    const { before, going, sides } = this.#plan;
    const element = before.elements.get(node);
    if (element === undefined) return;
    const container = containers(element).find(
      (one) => going.has(one) && !before.elements.get(one)?.node.startsWith('roles:'),
    );
    if (container !== undefined && !this.#isSeparate(element)) {
      this.#aliases.set(`drop ${node}`, `drop ${container}`);
      return;
    }
    if (isDefault(node)) this.#add(node, 'drop', [dropDefault(element.object as Column)]);
    else this.#add(node, 'drop', element.kind.drop(element.object, sides.before) ?? []);
  }

  /** In a knot of tables that hold each other, what ties them goes first. */
  #isSeparate(element: Element): boolean {
    const { node, kind, object } = element;
    // DROP SERVER leaves them in its way.
    if (kind.list === 'userMappings') return true;
    if (!containers(element).some((one) => this.#separate.has(one))) return false;
    if (kind.list === 'constraints') return ['foreign key', 'check'].includes((object as Constraint).kind);
    return isDefault(node) || ['policies', 'triggers', 'rules'].includes(kind.list);
  }

  #create(node: string): void {
    const { after, coming, sides } = this.#plan;
    const element = after.elements.get(node);
    if (element === undefined) return;
    const { kind, object } = element;
    if (kind.list === 'columns') {
      const column = object as Column;
      const table = `relations:${column.relation}`;
      if (isDefault(node)) {
        const alone = isLateDefault(column) || !coming.has(`columns:${node.slice('defaults:'.length)}`);
        if (alone) this.#add(node, 'create', [setDefault(column)]);
        else this.#aliases.set(`create ${node}`, `create columns:${node.slice('defaults:'.length)}`);
        return;
      }
      if (coming.has(table)) {
        this.#aliases.set(`create ${node}`, `create ${table}`);
        if (isLateDefault(column)) this.#add(`defaults:${columns.key(column)}`, 'create', [setDefault(column)]);
        return;
      }
    }
    const statements = kind.create(object, sides.after, sides);
    if (statements === null) {
      this.impossible.add(impossibleKey(node, null));
      return;
    }
    this.#add(node, 'create', statements);
    for (const [at, late] of (kind.late?.(object, sides.after, sides) ?? []).entries()) {
      const operation = this.#add(node, 'late', late.statements, `late ${node} ${at}`);
      for (const needed of [node, ...late.needs]) this.#need(operation, `create ${needed}`, `alter ${needed}`);
    }
  }

  #need(operation: Operation, ...keys: readonly string[]): void {
    for (const key of keys) {
      let actual = key;
      for (let alias = this.#aliases.get(actual); alias !== undefined; alias = this.#aliases.get(actual))
        actual = alias;
      if (actual !== operation.key) operation.needs.add(actual);
    }
  }

  #operation(key: string): Operation | undefined {
    let actual = key;
    for (let alias = this.#aliases.get(actual); alias !== undefined; alias = this.#aliases.get(actual)) actual = alias;
    return this.#operations.get(actual);
  }

  #connect(): void {
    const { before, after, going, coming, altered, sides } = this.#plan;
    for (const node of going) {
      const dropped = this.#operation(`drop ${node}`);
      if (dropped === undefined) continue;
      for (const needed of before.of(node)) {
        for (const key of [`drop ${needed}`, `alter ${needed}`]) {
          const later = this.#operation(key);
          if (later !== undefined && later !== dropped) this.#need(later, dropped.key);
        }
      }
    }
    for (const node of altered.keys()) {
      const operation = this.#operation(`alter ${node}`);
      if (operation === undefined) continue;
      const now = new Set(after.of(node));
      for (const needed of now) this.#need(operation, `create ${needed}`, `alter ${needed}`);
      const element = after.elements.get(node);
      for (const late of element?.kind.late?.(element.object, sides.after, sides) ?? []) {
        for (const needed of late.needs) if (needed !== node) this.#need(operation, `create ${needed}`);
      }
      for (const needed of before.of(node)) {
        const gone = this.#operation(`drop ${needed}`);
        if (!now.has(needed) && gone !== undefined) this.#need(gone, operation.key);
      }
    }
    const names = this.#names();
    for (const node of [...coming, ...this.#defaultsAlone()]) {
      const made = this.#operation(`create ${node}`);
      if (made === undefined) continue;
      this.#need(made, `drop ${node}`);
      // A column that is added to a table has its default from the start: rows that are there get it.
      const isAdded = node.startsWith('columns:') && made.node === node;
      const itsDefault = isAdded ? after.of(node.replace('columns:', 'defaults:')) : [];
      for (const needed of [...after.of(node), ...itsDefault]) this.#need(made, `create ${needed}`, `alter ${needed}`);
      const element = after.elements.get(node);
      const name = element?.kind.name?.(element.object);
      for (const key of name === undefined ? [] : (names.get(name) ?? [])) this.#need(made, key);
    }
  }

  #defaultsAlone(): readonly string[] {
    return [...this.#operations.values()]
      .filter(({ node, does }) => does === 'create' && isDefault(node))
      .map(({ node }) => node);
  }

  /** Operations that set a name free. */
  #names(): ReadonlyMap<string, readonly string[]> {
    const { before, going, implied } = this.#plan;
    const names = new Map<string, string[]>();
    const add = (node: string, keys: readonly string[]): void => {
      const element = before.elements.get(node);
      const name = element === undefined || isDefault(node) ? undefined : element.kind.name?.(element.object);
      if (name !== undefined) names.set(name, [...(names.get(name) ?? []), ...keys]);
    };
    for (const node of going) add(node, [`drop ${node}`]);
    // The sequence of an identity goes with what its column is altered by.
    for (const node of implied) {
      const column = node.startsWith('sequences:')
        ? containers(before.elements.get(node)).find((one) => one.startsWith('columns:'))
        : undefined;
      if (column !== undefined) add(node, [`alter ${column}`, `drop ${column}`]);
    }
    return names;
  }

  /** Needs first, otherwise by rank and name; `knots` are tables whose drops wait for each other. */
  order(): { readonly operations: readonly Operation[]; readonly knots: readonly string[] } {
    const ordered: Operation[] = [];
    const done = new Set<Operation>();
    const open: Operation[] = [];
    const knots = new Set<string>();
    const compareOperations = (a: Operation, b: Operation) => a.rank - b.rank || byCodePoint(a.key, b.key);
    const visit = (operation: Operation): void => {
      if (done.has(operation)) return;
      const at = open.indexOf(operation);
      if (at >= 0) {
        for (const { does, node } of open.slice(at))
          if (does === 'drop' && node.startsWith('relations:')) knots.add(node);
        return;
      }
      open.push(operation);
      const needs = [...operation.needs].map((key) => this.#operations.get(key)).filter((one) => one !== undefined);
      for (const needed of needs.sort(compareOperations)) visit(needed);
      open.pop();
      done.add(operation);
      ordered.push(operation);
    };
    for (const operation of [...this.#operations.values()].sort(compareOperations)) visit(operation);
    return { operations: ordered, knots: [...knots] };
  }
}

function isDefault(node: string): boolean {
  return node.startsWith('defaults:');
}

function containers(element: Element | undefined): readonly string[] {
  if (element === undefined) return [];
  const { node, kind, object } = element;
  if (isDefault(node)) {
    const column = node.slice('defaults:'.length);
    return [`columns:${column}`, `relations:${column.split('\0')[0]}`];
  }
  return kind.within?.(object) ?? [];
}
