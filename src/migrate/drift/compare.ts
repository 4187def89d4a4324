/** Two catalogs, what of their differences counts, and the scripts between them. */

import { mendingScript } from '../../catalog/diff/script.ts';
import { diffCatalogs } from '../../catalog/diff.ts';
import type { Difference } from '../../catalog/difference.ts';
import type { Catalog } from '../../catalog/model.ts';

export interface Compared {
  readonly differences: readonly Difference[];
  readonly columnOrder: readonly Difference[];
  readonly ignored: number;
  /** Lines about differences that prove nothing. */
  readonly inconclusive: readonly string[];
}

export interface CompareOptions {
  /** Patterns over `Difference.object`; a star stands for any text. */
  readonly ignore: readonly string[];
  /** Extensions that signatures stood for. */
  readonly stubs: readonly string[];
}

export function compareCatalogs(before: Catalog, after: Catalog, options: CompareOptions): Compared {
  const { differences, columnOrder } = diffCatalogs(before, after);
  const ignores = options.ignore.map(patternOf);
  const isIgnored = ({ object }: Difference) => ignores.some((pattern) => pattern.test(object));
  const told = differences.filter((one) => !isIgnored(one));
  const doubtful = told.filter((one) => isDoubtful(one, options.stubs));
  return {
    differences: told.filter((one) => !doubtful.includes(one)),
    columnOrder: columnOrder.filter((one) => !isIgnored(one)),
    ignored:
      differences.length + columnOrder.length - told.length - columnOrder.filter((one) => !isIgnored(one)).length,
    inconclusive: doubtful.map(({ words }) => words),
  };
}

/** An extension comes with the server, and a stub is not the real one. */
function isDoubtful({ kind, object, change, attribute }: Difference, stubs: readonly string[]): boolean {
  if (kind !== 'extensions') return false;
  return (change === 'changed' && attribute === 'version') || stubs.some((name) => object.includes(name));
}

function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

export interface Script {
  readonly statements: readonly string[];
  /** Differences that no statement can mend, in words. */
  readonly impossible: readonly string[];
  /** Those of the statements that lose rows or parts of values. */
  readonly losesData: readonly string[];
}

/** What makes `before` like `after`, but for what is ignored or proves nothing. */
export function scriptBetween(before: Catalog, after: Catalog, options: CompareOptions): Script {
  const counted = new Set(compareCatalogs(before, after, options).differences.map(({ words }) => words));
  const others = diffCatalogs(before, after).differences.filter(({ words }) => !counted.has(words));
  const leftOut = new Set(others.map(({ object }) => object));
  const { statements, impossible, losesData } = mendingScript(before, after, leftOut);
  return { statements, impossible: impossible.map(({ words }) => words), losesData };
}
