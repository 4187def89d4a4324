/** Tables, views, materialized views and foreign tables. */
import type { Relation, RelationKind } from '../model.ts';
import type { PersistenceLetter, ReadContext } from './context.ts';
import { persistenceWords, withoutSecret } from './context.ts';
import { byCodePoint, firstOid, sortedBy } from './names.ts';

const kinds = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
} as const satisfies Record<string, RelationKind>;

/** Composite types (`c`) come along for their names. */
export const relationSql = `select c.oid, c.relname as name, c.relnamespace as schema, c.relkind as kind, c.relowner as owner,
  c.relpersistence as persistence, a.amname as method, s.spcname as tablespace, c.reloptions as options,
  t.reloptions as toast, c.relrowsecurity as security, c.relforcerowsecurity as forced, c.relreplident as identity,
  case when c.reloftype <> 0 then pg_catalog.format_type(c.reloftype, null) end as of_type,
  case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end as definition,
  case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as key,
  case when c.relispartition then pg_catalog.pg_get_expr(c.relpartbound, c.oid) end as bound,
  c.relispopulated as populated, v.srvname as server, f.ftoptions as foreign_options,
  coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))::text as acl
from pg_catalog.pg_class c
left join pg_catalog.pg_am a on a.oid = c.relam
left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace
left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
left join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
left join pg_catalog.pg_foreign_server v on v.oid = f.ftserver
where c.oid >= ${firstOid} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')`;

export interface RelationRow {
  readonly oid: number;
  readonly name: string;
  readonly schema: number;
  readonly kind: keyof typeof kinds | 'c';
  readonly owner: number;
  readonly persistence: PersistenceLetter;
  readonly method: string | null;
  readonly tablespace: string | null;
  readonly options: readonly string[] | null;
  readonly toast: readonly string[] | null;
  readonly security: boolean;
  readonly forced: boolean;
  readonly identity: 'd' | 'f' | 'n' | 'i';
  readonly of_type: string | null;
  readonly definition: string | null;
  readonly key: string | null;
  readonly bound: string | null;
  readonly populated: boolean;
  readonly server: string | null;
  readonly foreign_options: readonly string[] | null;
  readonly acl: string;
}

/** Of tables and of indexes. */
export const inheritanceSql = `select inhrelid as child, inhparent as parent
from pg_catalog.pg_inherits order by inhrelid, inhseqno`;

export interface InheritanceRow {
  readonly child: number;
  readonly parent: number;
}

/** Parents by child, in their order. */
export function parentsByChild(rows: readonly InheritanceRow[]): ReadonlyMap<number, readonly number[]> {
  const parents = new Map<number, number[]>();
  for (const { child, parent } of rows) {
    const known = parents.get(child);
    if (known === undefined) parents.set(child, [parent]);
    else known.push(parent);
  }
  return parents;
}

/** `replicaIndexes`: names of the indexes that are replica identities, by table. */
export function relationsOf(
  rows: readonly RelationRow[],
  parents: ReadonlyMap<number, readonly number[]>,
  replicaIndexes: ReadonlyMap<number, string>,
  { names, grants }: ReadContext,
): readonly Relation[] {
  const relations: Relation[] = [];
  for (const row of rows) {
    if (row.kind === 'c' || names.hidden.has(row.schema)) continue;
    relations.push({
      schema: names.schema(row.schema),
      name: row.name,
      id: names.id(row.schema, row.name),
      owner: names.role(row.owner),
      grants: grants(row.acl),
      comment: names.comment('relation', row.oid),
      extension: names.extension('relation', row.oid),
      kind: kinds[row.kind],
      persistence: persistenceWords[row.persistence],
      accessMethod: row.method,
      tablespace: row.tablespace,
      options: [...(row.options ?? []), ...(row.toast ?? []).map((option) => `toast.${option}`)].sort(byCodePoint),
      rowSecurity: row.security,
      forceRowSecurity: row.forced,
      replicaIdentity: replicaIdentity(row, replicaIndexes),
      inherits: (parents.get(row.oid) ?? []).map((parent) => names.relations.get(parent)?.id ?? ''),
      partitionKey: row.key,
      partitionBound: row.bound,
      ofType: row.of_type,
      definition: row.definition,
      populated: row.populated,
      foreignServer: row.server,
      foreignOptions: (row.foreign_options ?? []).map(withoutSecret).sort(byCodePoint),
    });
  }
  return sortedBy(relations, ({ id }) => id);
}

function replicaIdentity({ oid, identity }: RelationRow, indexes: ReadonlyMap<number, string>): string {
  switch (identity) {
    case 'd':
      return 'default';
    case 'f':
      return 'full';
    case 'n':
      return 'nothing';
    case 'i':
      // The index may have been dropped since: then there is no identity.
      return indexes.has(oid) ? `index ${indexes.get(oid)}` : 'index (dropped)';
  }
}
