/** One short text that says whether two catalogs are the same. */
import { createHash } from 'node:crypto';
import type { Catalog } from './model.ts';

/**
 * `<model>:<major>:<sha256 hex, 32 characters>`. Not in it: positions of columns (their order is told apart), members of
 * extensions (the extension's version stands for them), who owns the database, whether materialized views are filled.
 */
export function fingerprint(catalog: Catalog): string {
  const hash = createHash('sha256');
  for (const [list, objects] of Object.entries(comparedPart(catalog))) {
    hash.update(`\0${list}\0`);
    hash.update(JSON.stringify(objects, leaveOut));
  }
  return `${catalog.model}:${catalog.major}:${hash.digest('hex').slice(0, 32)}`;
}

/** Whether the two were made by one model from one major: only then does a difference mean anything. */
export function comparable(a: string, b: string): boolean {
  const source = (text: string) => text.split(':').slice(0, 2).join(':');
  return source(a) === source(b);
}

const uncompared = new Set(['position', 'populated']);

function leaveOut(key: string, value: unknown): unknown {
  return uncompared.has(key) ? undefined : value;
}

/** Lists in their order; columns by name, as theirs is that of their positions. */
function comparedPart(catalog: Catalog): Readonly<Record<string, unknown>> {
  const { model: _model, major: _major, database, columns, ...lists } = withoutMembers(catalog);
  const { owner: _owner, ...settings } = database;
  return { database: settings, columns: byRelationAndName(columns), ...lists };
}

function byRelationAndName(columns: Catalog['columns']): Catalog['columns'] {
  return [...columns].sort((a, b) => {
    if (a.relation !== b.relation) return a.relation < b.relation ? -1 : 1;
    return a.name < b.name ? -1 : 1;
  });
}

interface Member {
  readonly extension?: string | null;
}

/** Without what extensions made, and what hangs on it: columns, constraints and indexes of their tables. */
export function withoutMembers(catalog: Catalog): Catalog {
  const isOwn = ({ extension }: Member) => extension === null || extension === undefined;
  const foreign = new Set([...catalog.relations, ...catalog.types].filter((one) => !isOwn(one)).map(({ id }) => id));
  const on = ({ relation }: { readonly relation: string }) => !foreign.has(relation);
  return {
    ...catalog,
    schemas: catalog.schemas.filter(isOwn),
    types: catalog.types.filter(isOwn),
    relations: catalog.relations.filter(isOwn),
    columns: catalog.columns.filter(on),
    constraints: catalog.constraints.filter(({ parent }) => !foreign.has(parent)),
    indexes: catalog.indexes.filter(on),
    sequences: catalog.sequences.filter(isOwn),
    routines: catalog.routines.filter(isOwn),
    triggers: catalog.triggers.filter(isOwn),
    eventTriggers: catalog.eventTriggers.filter(isOwn),
    foreignDataWrappers: catalog.foreignDataWrappers.filter(isOwn),
    foreignServers: catalog.foreignServers.filter(isOwn),
    others: catalog.others.filter(isOwn),
  };
}
