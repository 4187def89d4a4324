/** Columns, attributes of composite types, and the names of the types that are used. */
import type { Column, CompositeAttribute } from '../model.ts';
import type { ReadContext } from './context.ts';
import { withoutSecret } from './context.ts';
import type { Names } from './names.ts';
import { byCodePoint, firstOid } from './names.ts';
import type { RelationRow } from './relations.ts';

export const columnSql = `select a.attrelid as relation, a.attnum as number, a.attname as name, a.atttypid as type,
  a.atttypmod as modifier, a.attnotnull as not_null, a.attidentity as identity, a.attgenerated as generated,
  case when a.attcollation <> t.typcollation then a.attcollation::pg_catalog.regcollation::text end as collation,
  case when a.attstorage <> t.typstorage then a.attstorage end as storage, a.attcompression as compression,
  nullif(a.attstattarget, -1) as statistics, a.attoptions as options, a.attfdwoptions as foreign_options,
  a.attislocal as local, a.attacl::text as acl, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as default
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid >= ${firstOid} and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
order by a.attrelid, a.attnum`;

export interface ColumnRow {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: number;
  readonly modifier: number;
  readonly not_null: boolean;
  readonly identity: '' | 'a' | 'd';
  readonly generated: '' | 's' | 'v';
  readonly collation: string | null;
  readonly storage: keyof typeof storages | null;
  readonly compression: '' | 'p' | 'l';
  readonly statistics: number | null;
  readonly options: readonly string[] | null;
  readonly foreign_options: readonly string[] | null;
  readonly local: boolean;
  readonly acl: string | null;
  readonly default: string | null;
}

/** A few pairs of type and modifier stand for thousands of columns. */
export const typeNameSql = `select used.type, used.modifier, pg_catalog.format_type(used.type, used.modifier) as name
from (
  select atttypid, atttypmod from pg_catalog.pg_attribute
    where attrelid >= ${firstOid} and attnum > 0 and not attisdropped
  union select typbasetype, typtypmod from pg_catalog.pg_type where oid >= ${firstOid} and typtype = 'd'
  union select pg_catalog.unnest(proargtypes), null from pg_catalog.pg_proc where oid >= ${firstOid}
  union select pg_catalog.unnest(protrftypes), null from pg_catalog.pg_proc where oid >= ${firstOid}
  union select seqtypid, null from pg_catalog.pg_sequence
) as used(type, modifier)`;

export interface TypeNameRow {
  readonly type: number;
  readonly modifier: number | null;
  readonly name: string;
}

const storages = { p: 'PLAIN', e: 'EXTERNAL', x: 'EXTENDED', m: 'MAIN' } as const;
const compressions = { '': null, p: 'pglz', l: 'lz4' } as const;
const identities = { '': null, a: 'always', d: 'by default' } as const;
const generations = { '': null, s: 'stored', v: 'virtual' } as const;

/** Rows come by relation and number. */
export function nameColumns(rows: readonly ColumnRow[], names: Names): void {
  for (const { relation, number, name } of rows) {
    const known = names.attributes.get(relation);
    if (known === undefined) names.attributes.set(relation, new Map([[number, name]]));
    else known.set(number, name);
  }
}

export function columnsOf(
  rows: readonly ColumnRow[],
  relations: readonly RelationRow[],
  context: ReadContext,
): readonly Column[] {
  const byRelation = rowsByRelation(rows);
  const { names } = context;
  const columns: Column[] = [];
  const shown = relations
    .filter(({ kind, schema }) => kind !== 'c' && !names.hidden.has(schema))
    .map(({ oid, schema, name }) => ({ oid, id: names.id(schema, name) }))
    .sort((a, b) => byCodePoint(a.id, b.id));
  for (const { oid, id } of shown) {
    let position = 0;
    for (const row of byRelation.get(oid) ?? []) {
      position += 1;
      columns.push(columnOf(row, id, position, context));
    }
  }
  return columns;
}

function columnOf(row: ColumnRow, relation: string, position: number, { names, grants }: ReadContext): Column {
  return {
    relation,
    name: row.name,
    position,
    type: names.type(row.type, row.modifier),
    notNull: row.not_null,
    default: row.default,
    identity: identities[row.identity],
    generated: generations[row.generated],
    collation: row.collation,
    storage: row.storage === null ? null : storages[row.storage],
    compression: compressions[row.compression],
    statistics: row.statistics,
    options: row.options === null ? [] : row.options.toSorted(byCodePoint),
    foreignOptions: row.foreign_options === null ? [] : row.foreign_options.map(withoutSecret).sort(byCodePoint),
    local: row.local,
    comment: names.comment('relation', row.relation, row.number),
    grants: grants(row.acl),
  };
}

/** Of composite types, by the OID of their relation. */
export function compositeAttributes(
  rows: readonly ColumnRow[],
  relations: readonly RelationRow[],
  { names }: ReadContext,
): ReadonlyMap<number, readonly CompositeAttribute[]> {
  const byRelation = rowsByRelation(rows);
  const composites = relations.filter(({ kind }) => kind === 'c');
  return new Map(
    composites.map(({ oid }) => [
      oid,
      (byRelation.get(oid) ?? []).map((row) => ({
        name: row.name,
        type: names.type(row.type, row.modifier),
        collation: row.collation,
        comment: names.comment('relation', oid, row.number),
      })),
    ]),
  );
}

function rowsByRelation(rows: readonly ColumnRow[]): ReadonlyMap<number, readonly ColumnRow[]> {
  const byRelation = new Map<number, ColumnRow[]>();
  for (const row of rows) {
    const known = byRelation.get(row.relation);
    if (known === undefined) byRelation.set(row.relation, [row]);
    else known.push(row);
  }
  return byRelation;
}
