/** Indexes. */
import type { Index } from '../model.ts';
import type { ConstraintRow } from './constraints.ts';
import type { ReadContext } from './context.ts';
import { firstOid, numbers, sortedBy } from './names.ts';

export const indexSql = `select i.indexrelid as oid, i.indrelid as relation, c.relname as name, c.relnamespace as schema,
  pg_catalog.pg_get_indexdef(i.indexrelid) as definition, a.amname as method, i.indkey::text as columns,
  i.indnkeyatts as keys, pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate, i.indisunique as is_unique,
  i.indnullsnotdistinct as not_distinct, i.indisvalid as valid, i.indisclustered as clustered,
  i.indisreplident as replica, s.spcname as tablespace
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_class r on r.oid = i.indrelid and r.relkind in ('r', 'p', 'm')
join pg_catalog.pg_am a on a.oid = c.relam
left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace
where i.indexrelid >= ${firstOid}`;

export interface IndexRow {
  readonly oid: number;
  readonly relation: number;
  readonly name: string;
  readonly schema: number;
  readonly definition: string;
  readonly method: string;
  readonly columns: string;
  readonly keys: number;
  readonly predicate: string | null;
  readonly is_unique: boolean;
  readonly not_distinct: boolean;
  readonly valid: boolean;
  readonly clustered: boolean;
  readonly replica: boolean;
  readonly tablespace: string | null;
}

export const indexStatisticsSql = `select a.attrelid as index, a.attnum as number, a.attstattarget as target
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('i', 'I')
where a.attrelid >= ${firstOid} and a.attstattarget >= 0 and a.attnum > 0
order by a.attrelid, a.attnum`;

export interface IndexStatisticsRow {
  readonly index: number;
  readonly number: number;
  readonly target: number;
}

/** Names of the indexes that say which row was changed, by table. */
export function replicaIndexes(rows: readonly IndexRow[]): ReadonlyMap<number, string> {
  return new Map(rows.filter(({ replica }) => replica).map(({ relation, name }) => [relation, name]));
}

export interface AboutIndexes {
  readonly statistics: readonly IndexStatisticsRow[];
  readonly constraints: readonly ConstraintRow[];
  readonly parents: ReadonlyMap<number, readonly number[]>;
}

export function indexesOf(rows: readonly IndexRow[], about: AboutIndexes, { names }: ReadContext): readonly Index[] {
  const statistics = new Map<number, string[]>();
  for (const { index, number, target } of about.statistics) {
    statistics.set(index, [...(statistics.get(index) ?? []), `${number}=${target}`]);
  }
  // Of a foreign key it is the index of the table that it points to.
  const constraints = new Map(
    about.constraints.filter(({ kind }) => kind !== 'f').map(({ index, name }) => [index, name]),
  );
  const ids = new Map(rows.map(({ oid, schema, name }) => [oid, names.id(schema, name)]));
  const indexes: Index[] = [];
  for (const row of rows) {
    const relation = names.shown(row.relation);
    if (relation === null) continue;
    const [parent] = about.parents.get(row.oid) ?? [];
    const all = names.columns(row.relation, numbers(row.columns));
    indexes.push({
      relation: relation.id,
      name: row.name,
      id: names.id(row.schema, row.name),
      definition: row.definition,
      method: row.method,
      columns: all.slice(0, row.keys),
      included: all.slice(row.keys).filter((name) => name !== null),
      predicate: row.predicate,
      unique: row.is_unique,
      nullsNotDistinct: row.not_distinct,
      valid: row.valid,
      clustered: row.clustered,
      replicaIdentity: row.replica,
      tablespace: row.tablespace,
      statistics: statistics.get(row.oid) ?? [],
      constraint: constraints.get(row.oid) ?? null,
      parent: parent === undefined ? null : (ids.get(parent) ?? null),
      comment: names.comment('relation', row.oid),
    });
  }
  return sortedBy(indexes, ({ id }) => id);
}
