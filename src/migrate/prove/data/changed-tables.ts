/** Which tables a migration touches: they are given rows before its rollback is tried. */
import type { Catalog } from '../../../catalog/model.ts';
import { holdsRows } from './contents.ts';

/** Ids of tables of `after` that are new, or differ in columns, constraints, or the types of columns. */
export function changedTables(before: Catalog, after: Catalog): readonly string[] {
  const was = describeTables(before);
  return [...describeTables(after)].flatMap(([id, described]) => (was.get(id) === described ? [] : id));
}

function describeTables(catalog: Catalog): ReadonlyMap<string, string> {
  const columns = Map.groupBy(catalog.columns, ({ relation }) => relation);
  const constraints = Map.groupBy(catalog.constraints, ({ parent }) => parent);
  const types = new Map(catalog.types.map(({ comment, grants, owner, ...type }) => [type.id, JSON.stringify(type)]));
  return new Map(
    catalog.relations.filter(holdsRows).map(({ id, kind }) => {
      const told = [
        kind,
        ...(columns.get(id) ?? []).map(({ name, type, notNull, default: value, generated, identity }) => {
          const named = type.replace(/(?:\[\])+$/, '');
          const domain = (constraints.get(named) ?? []).map(({ definition }) => definition);
          return [name, type, notNull, value, generated, identity, types.get(named) ?? '', ...domain];
        }),
        ...(constraints.get(id) ?? []).map(({ definition }) => definition),
      ];
      return [id, JSON.stringify(told)];
    }),
  );
}

/**
 * With the tables that have to grow so that these can: where a key of a table is made of another one's key, a new row
 * needs a new row there.
 */
export function withTheirParents(tables: readonly string[], catalog: Catalog): readonly string[] {
  const constraints = Map.groupBy(catalog.constraints, ({ parent }) => parent);
  const unique = Map.groupBy(
    catalog.indexes.filter((index) => index.unique),
    ({ relation }) => relation,
  );
  // A set grows while it is walked.
  const wanted = new Set(tables);
  for (const id of wanted) {
    const keys = (unique.get(id) ?? []).map(({ columns }) => columns);
    for (const { references, columns } of constraints.get(id) ?? [])
      if (references !== null && keys.some((key) => key.every((column) => column !== null && columns.includes(column))))
        wanted.add(references.relation);
  }
  return [...wanted];
}

/**
 * Ids of the tables that hold an application's rows: those that nobody but the platform made are left empty, unless
 * the application's refer to them or its triggers wait there.
 */
export function tablesToFill(catalog: Catalog, application: Catalog): readonly string[] {
  const all = new Set(catalog.relations.filter(holdsRows).map(({ id }) => id));
  const wanted = new Set(application.relations.filter(({ id }) => all.has(id)).map(({ id }) => id));
  for (const { relation } of application.triggers) if (all.has(relation)) wanted.add(relation);
  // A set grows while it is walked.
  const references = Map.groupBy(catalog.constraints, ({ parent }) => parent);
  for (const id of wanted) {
    for (const { references: target } of references.get(id) ?? [])
      if (target !== null && all.has(target.relation)) wanted.add(target.relation);
  }
  return [...wanted].sort();
}
