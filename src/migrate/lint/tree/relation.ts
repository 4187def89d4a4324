/** Which relation of the catalog a name in a statement means. */
import type { Catalog, Relation } from '../../../catalog/model.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import type { NodeOf } from './node.ts';

interface RelationName {
  readonly schema: string | null;
  readonly name: string;
}

/** Of `relation` nodes, and of dotted names in DROP and the like. */
export function relationName(named: NodeOf<'RangeVar'> | readonly string[] | null | undefined): RelationName | null {
  if (named === null || named === undefined) return null;
  if (!('relname' in named)) {
    const parts = named as readonly string[];
    const name = parts.at(-1);
    return name === undefined ? null : { schema: parts.at(-2) ?? null, name };
  }
  return named.relname === undefined ? null : { schema: named.schemaname ?? null, name: named.relname };
}

/**
 * The relation that was there before the migration, or null: it is new, or no relation. Of names without a schema the
 * one that the statement locked, then that of `public`, then the only one.
 */
export function relationBefore(
  run: RecordedRun,
  statement: RecordedStatement,
  named: NodeOf<'RangeVar'> | readonly string[] | null | undefined,
): Relation | null {
  const wanted = relationName(named);
  if (wanted === null) return null;
  const found = relationsNamed(run.before, wanted.name);
  if (wanted.schema !== null) return found.find(({ schema }) => schema === wanted.schema) ?? null;
  return (
    found.find(({ id }) => statement.locks.some(({ relation }) => relation === id)) ??
    found.find(({ schema }) => schema === 'public') ??
    (found.length === 1 ? (found[0] ?? null) : null)
  );
}

const byName = new WeakMap<Catalog, ReadonlyMap<string, readonly Relation[]>>();

function relationsNamed(catalog: Catalog, name: string): readonly Relation[] {
  let names = byName.get(catalog);
  if (names === undefined) {
    names = Map.groupBy(catalog.relations, (relation) => relation.name);
    byName.set(catalog, names);
  }
  return names.get(name) ?? [];
}
