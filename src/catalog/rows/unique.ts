/** Which rows of a table would be taken for the same by one of its unique indexes. */
import { columnsIn } from './expression/expression.ts';
import { simplify, truthOf } from './expression/simplify.ts';
import type { Row } from './row.ts';
import type { TablePlan, UniqueKey } from './table-plan.ts';

export interface Taken {
  /** Name of the unique index of which the row has a key that is there already; null, and it is noted. */
  collides(row: Row): string | null;
}

export function nothingTaken(plan: TablePlan): Taken {
  const taken = plan.uniques.map((unique) => ({ unique, keys: new Set<string>() }));
  return {
    collides(row) {
      const keys = taken.map(({ unique }) => keyOf(unique, row));
      const at = taken.findIndex((one, index) => keys[index] !== null && one.keys.has(keys[index] ?? ''));
      if (at >= 0) return taken[at]?.unique.name ?? null;
      for (const [index, key] of keys.entries()) if (key !== null) taken[index]?.keys.add(key);
      return null;
    },
  };
}

function keyOf(unique: UniqueKey, row: Row): string | null {
  if (unique.predicate !== null && truthOf(simplify(unique.predicate, row)) === false) return null;
  const parts = unique.parts.map((part) => {
    const known = simplify(part, row);
    if (known.kind === 'constant') return known.text;
    // Not known how it is computed: what differs in its columns, but for letters' case, is taken to differ.
    return [...columnsIn(part)].map((name) => row.get(name)?.toLowerCase() ?? '').join('\u0001');
  });
  if (!unique.nullsNotDistinct && parts.includes(null)) return null;
  return JSON.stringify(parts);
}
