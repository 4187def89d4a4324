/** Which objects differ, and in what: the raw material of words and of the script. */

import { formOf, isSame } from '../compared-form.ts';
import { byCodePoint } from '../read/names.ts';
import type { Attribute, Compared, GoesWith, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { AnyKind } from './kinds.ts';
import { allKinds } from './kinds.ts';
import type { Lookup } from './lookup.ts';

export interface ChangedAttribute {
  readonly name: string;
  readonly compared: Compared<unknown>;
  readonly goesWith: GoesWith;
}

/** An object that is on one side only (`before` or `after` is null), or has changed attributes. */
export interface Found {
  readonly kind: AnyKind;
  /** Of the node: list and key. */
  readonly node: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly attributes: readonly ChangedAttribute[];
  /** Of an object on one side. */
  readonly goesWith: GoesWith;
  /** It lies in something that comes or goes itself. */
  readonly inside: boolean;
}

/** Objects of one kind by key. */
export function objectsOf(kind: AnyKind, side: Lookup): ReadonlyMap<string, unknown> {
  const objects = side.catalog[kind.list];
  const list: readonly unknown[] = Array.isArray(objects) ? objects : [objects];
  return new Map(list.map((object) => [kind.key(object), object]));
}

export function compare(sides: Sides): readonly Found[] {
  const coming = new Set<string>();
  const going = new Set<string>();
  const found: (Found | null)[] = [];
  const pairs = allKinds.flatMap((kind) => pairsOf(kind, sides));
  for (const { node, before, after } of pairs) {
    if (before === null) coming.add(node);
    if (after === null) going.add(node);
  }
  // What lies in something that comes or goes does so too, even where its own key is on both sides.
  for (const pair of pairs) {
    const { kind, before, after } = pair;
    const goes = before !== null && (kind.within?.(before).some((node) => going.has(node)) ?? false);
    const comes = after !== null && (kind.within?.(after).some((node) => coming.has(node)) ?? false);
    if (before !== null && after !== null && (goes || comes)) {
      found.push(oneSided({ ...pair, after: null }, sides, goes), oneSided({ ...pair, before: null }, sides, comes));
    } else if (before === null || after === null) {
      found.push(oneSided(pair, sides, goes || comes));
    } else {
      found.push(changed(pair, sides));
    }
  }
  return found.filter((one) => one !== null);
}

type Pair = Pick<Found, 'kind' | 'node' | 'before' | 'after'>;

function pairsOf(kind: AnyKind, sides: Sides): readonly Pair[] {
  const [had, has] = [objectsOf(kind, sides.before), objectsOf(kind, sides.after)];
  const keys = [...had.keys(), ...[...has.keys()].filter((key) => !had.has(key))].sort(byCodePoint);
  return keys.flatMap((key): readonly Pair[] => {
    const node = keyOf(kind.list, key);
    const [before, after] = [had.get(key) ?? null, has.get(key) ?? null];
    const isOther = before !== null && after !== null && (kind.isOther?.(before, after) ?? false);
    if (!isOther) return before === after ? [] : [{ kind, node, before, after }];
    return [
      { kind, node, before, after: null },
      { kind, node, before: null, after },
    ];
  });
}

function oneSided(pair: Pair, sides: Sides, inside: boolean): Found {
  const goesWith = inside ? null : (pair.kind.goesWith?.(pair.before, pair.after, null, sides) ?? null);
  return { ...pair, attributes: [], goesWith, inside };
}

function changed(pair: Pair, sides: Sides): Found | null {
  const { kind, before, after } = pair;
  const differing = new Map<string, Compared<unknown>>();
  for (const [name, attribute] of Object.entries<Attribute<unknown>>(kind.attributes)) {
    if (typeof attribute === 'string') continue;
    if (isSame(formOf(kind.list, before, name), formOf(kind.list, after, name))) continue;
    if (attribute.each !== undefined && attribute.each(before, after, sides).length === 0) continue;
    differing.set(name, attribute);
  }
  const attributes = [...differing]
    .filter(([, compared]) => !compared.with?.some((name) => differing.has(name)))
    .map(([name, compared]) => ({ name, compared, goesWith: kind.goesWith?.(before, after, name, sides) ?? null }));
  return attributes.length === 0 ? null : { ...pair, attributes, goesWith: null, inside: false };
}
