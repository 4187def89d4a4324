/** A catalog without what extensions made: their names and versions stand for it. */
import type { Catalog, Grant } from './model.ts';

interface Member {
  readonly extension?: string | null;
}

const isOwn = ({ extension }: Member) => extension === null || extension === undefined;

/** Without members, and what hangs on those: columns, constraints and indexes of their tables. */
export function withoutMembers(catalog: Catalog): Catalog {
  const members = [...catalog.relations, ...catalog.types].filter((one) => !isOwn(one));
  const theirs = new Set(members.map(({ id }) => id));
  const elsewhere = ({ relation }: { readonly relation: string }) => !theirs.has(relation);
  return {
    ...catalog,
    schemas: catalog.schemas.filter(isOwn),
    types: catalog.types.filter(isOwn),
    relations: catalog.relations.filter(isOwn),
    columns: catalog.columns.filter(elsewhere),
    constraints: catalog.constraints.filter(({ parent }) => !theirs.has(parent)),
    indexes: catalog.indexes.filter(elsewhere),
    sequences: catalog.sequences.filter(isOwn),
    routines: catalog.routines.filter(isOwn),
    triggers: catalog.triggers.filter(isOwn),
    eventTriggers: catalog.eventTriggers.filter(isOwn),
    foreignDataWrappers: catalog.foreignDataWrappers.filter(isOwn),
    foreignServers: catalog.foreignServers.filter(isOwn),
    others: catalog.others.filter(isOwn),
  };
}

/** Who owns a database is said where it is made, not in migrations; so are the grants that come of it. */
export function withoutOwner(database: Catalog['database']): Catalog['database'] {
  const { owner } = database;
  const grants = database.grants
    .filter(({ grantee }) => grantee !== owner)
    .map((grant): Grant => (grant.grantor === owner ? { ...grant, grantor: '' } : grant));
  return { ...database, owner: '', grants };
}
