/** Which tables a view reads, through other views too. */

import type { Catalog, Relation } from '../../../catalog/model.ts';
import { loadedParser } from '../../../postgres/parse-sql.ts';
import { findAll } from '../tree/node.ts';

export function isInvoker({ options }: Relation): boolean {
  return options.some((option) => /^security_invoker=(true|on|1|yes)$/i.test(option));
}

/** Tables with row-level security that the view reads as its owner. The server writes every name with its schema. */
export function protectedBehind(catalog: Catalog, view: Relation, seen = new Set<string>()): readonly Relation[] {
  if (view.definition === null || seen.has(view.id)) return [];
  seen.add(view.id);
  const tables = loadedParser()
    .parse(view.definition)
    .flatMap(({ tree }) => findAll(tree, 'RangeVar'))
    .flatMap(({ schemaname, relname }) => {
      const found = catalog.relations.find(({ schema, name }) => schema === schemaname && name === relname);
      if (found === undefined) return [];
      return found.kind === 'view' ? protectedBehind(catalog, found, seen) : found.rowSecurity ? [found] : [];
    });
  return [...new Set(tables)];
}
