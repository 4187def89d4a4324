/** Sequences, what owns them, and what they count with. Where they stand is data. */
import type { Sequence } from '../model.ts';
import type { PersistenceLetter, ReadContext } from './context.ts';
import { persistenceWords } from './context.ts';
import { classes, firstOid, sortedBy } from './names.ts';

export const sequenceSql = `select c.oid, c.relname as name, c.relnamespace as schema, c.relowner as owner,
  c.relpersistence as persistence, coalesce(c.relacl, pg_catalog.acldefault('s', c.relowner))::text as acl,
  s.seqtypid as type, s.seqstart::text as start, s.seqincrement::text as increment, s.seqmin::text as minimum,
  s.seqmax::text as maximum, s.seqcache::text as cache, s.seqcycle as cycle,
  d.refobjid as owner_relation, d.refobjsubid as owner_column, d.deptype as link
from pg_catalog.pg_sequence s
join pg_catalog.pg_class c on c.oid = s.seqrelid
left join pg_catalog.pg_depend d on d.classid = ${classes.relation} and d.objid = c.oid and d.objsubid = 0
  and d.refclassid = ${classes.relation} and d.refobjsubid > 0 and d.deptype in ('a', 'i')
where c.oid >= ${firstOid}`;

export interface SequenceRow {
  readonly oid: number;
  readonly name: string;
  readonly schema: number;
  readonly owner: number;
  readonly persistence: PersistenceLetter;
  readonly acl: string;
  readonly type: number;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
  readonly owner_relation: number | null;
  readonly owner_column: number | null;
  readonly link: 'a' | 'i' | null;
}

export function sequencesOf(rows: readonly SequenceRow[], context: ReadContext): readonly Sequence[] {
  const { names, grants } = context;
  const sequences = rows
    .filter(({ schema }) => !names.hidden.has(schema))
    .map(
      (row): Sequence => ({
        schema: names.schema(row.schema),
        name: row.name,
        id: names.id(row.schema, row.name),
        owner: names.role(row.owner),
        grants: grants(row.acl),
        comment: names.comment('relation', row.oid),
        extension: names.extension('relation', row.oid),
        type: names.type(row.type),
        start: row.start,
        increment: row.increment,
        minimum: row.minimum,
        maximum: row.maximum,
        cache: row.cache,
        cycle: row.cycle,
        persistence: persistenceWords[row.persistence],
        ownedBy: ownedBy(row, context),
        identity: row.link === 'i',
      }),
    );
  return sortedBy(sequences, ({ id }) => id);
}

function ownedBy({ owner_relation, owner_column }: SequenceRow, { names }: ReadContext): string | null {
  if (owner_relation === null || owner_column === null) return null;
  const [column] = names.columns(owner_relation, [owner_column]);
  return `${names.relations.get(owner_relation)?.id ?? ''}.${names.quote(column ?? '')}`;
}
