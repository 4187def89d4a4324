/** One short text that says whether two catalogs are the same. */
import { createHash } from 'node:crypto';
import type { Lists } from './compared-form.ts';
import { formsOf } from './compared-form.ts';
import { withoutMembers, withoutOwner } from './members.ts';
import type { Catalog, Column } from './model.ts';

/**
 * `<model>:<major>:<sha256 hex, 32 characters>`. Not in it: positions of columns (their order is told apart), members of
 * extensions (the extension's version stands for them), who owns the database, whether materialized views are filled.
 */
export function fingerprint(catalog: Catalog): string {
  const { model, major, database, columns, relations, ...lists } = withoutMembers(catalog);
  const parts: { readonly [List in keyof Lists]: readonly Lists[List][] } = {
    database: [withoutOwner(database)],
    columns: byName(columns),
    relations: relations.map((relation) => ({ ...relation, populated: true })),
    ...lists,
  };
  const hash = createHash('sha256');
  for (const [list, objects] of Object.entries(parts)) {
    hash.update(`\0${list}\0${JSON.stringify(formsOf(list as keyof Lists, objects))}`);
  }
  return `${model}:${major}:${hash.digest('hex').slice(0, 32)}`;
}

/** Whether the two were made by one model from one major: only then does a difference mean anything. */
export function comparable(a: string, b: string): boolean {
  const source = (text: string) => text.split(':').slice(0, 2).join(':');
  return source(a) === source(b);
}

/** Relation by relation as they come, but each one's by name. */
function byName(columns: readonly Column[]): readonly Column[] {
  return [...columns].sort((a, b) => {
    if (a.relation !== b.relation) return a.relation < b.relation ? -1 : 1;
    return a.name < b.name ? -1 : 1;
  });
}
