/** A catalog in which some of the objects that differ are as they were: what is not to be mended. */
import type { Lists } from '../compared-form.ts';
import type { Catalog, Column } from '../model.ts';
import { objectsOf } from './compare.ts';
import type { Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import { allKinds } from './kinds.ts';

/** `names` are those of Difference.object. What lies in an object that comes or goes is left with it. */
export function leftAsBefore({ before, after }: Sides, names: ReadonlySet<string>): Catalog {
  const pairs = allKinds.flatMap((kind) => {
    const [had, has] = [objectsOf(kind, before), objectsOf(kind, after)];
    return [...new Set([...has.keys(), ...had.keys()])].map((key) => ({
      kind,
      node: keyOf(kind.list, key),
      had: had.get(key),
      has: has.get(key),
    }));
  });
  const left = new Set<string>();
  const whole = new Set<string>();
  for (let count = -1; count < left.size; ) {
    count = left.size;
    for (const { kind, node, had, has } of pairs) {
      const objects = [had, has].filter((object) => object !== undefined);
      const isNamed = objects.some((object) => names.has(kind.noun(object)));
      if (!isNamed && !objects.some((object) => kind.within?.(object).some((container) => whole.has(container))))
        continue;
      left.add(node);
      if (had === undefined || has === undefined || kind.isOther?.(had, has) === true) whole.add(node);
    }
  }
  const lists = Object.fromEntries(
    allKinds.map(({ list }) => {
      const its = pairs.filter(({ kind }) => kind.list === list);
      const objects = its.map(({ node, had, has }) => (left.has(node) ? had : has)).filter((one) => one !== undefined);
      return [list, list === 'database' ? objects[0] : objects];
    }),
  ) as unknown as Pick<Catalog, keyof Lists>;
  const inOrder = (a: Column, b: Column) => a.position - b.position;
  return { ...after.catalog, ...lists, columns: lists.columns.toSorted(inOrder) };
}
