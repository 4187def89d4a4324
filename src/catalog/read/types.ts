/** Enums, domains, composite types, ranges and base types. */
import type { CompositeAttribute, TypeDetail, UserType } from '../model.ts';
import type { ReadContext } from './context.ts';
import { firstOid, sortedBy } from './names.ts';

export const typeSql = `select t.oid, t.typname as name, t.typnamespace as schema, t.typowner as owner, t.typtype as kind,
  t.typrelid as relation, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))::text as acl,
  t.typbasetype as base, t.typtypmod as modifier, t.typnotnull as not_null,
  pg_catalog.pg_get_expr(t.typdefaultbin, 0) as default,
  case when t.typtype = 'd' and t.typcollation <> b.typcollation then t.typcollation::pg_catalog.regcollation::text
    when t.typtype = 'r' and r.rngcollation <> s.typcollation then r.rngcollation::pg_catalog.regcollation::text end as collation,
  pg_catalog.format_type(r.rngsubtype, null) as subtype, o.opcname as operator_class, o.opcnamespace as operator_class_schema,
  nullif(r.rngcanonical::pg_catalog.regproc::text, '-') as canonical,
  nullif(r.rngsubdiff::pg_catalog.regproc::text, '-') as subtype_diff,
  pg_catalog.format_type(r.rngmultitypid, null) as multirange,
  case when t.typtype = 'b' and t.typisdefined then pg_catalog.concat_ws(', ',
    'internallength = ' || case t.typlen when -1 then 'variable' else t.typlen::text end,
    'input = ' || t.typinput::pg_catalog.regproc, 'output = ' || t.typoutput::pg_catalog.regproc,
    'receive = ' || t.typreceive::pg_catalog.regproc, 'send = ' || t.typsend::pg_catalog.regproc,
    'typmod_in = ' || t.typmodin::pg_catalog.regproc, 'typmod_out = ' || t.typmodout::pg_catalog.regproc,
    'analyze = ' || t.typanalyze::pg_catalog.regproc, 'subscript = ' || t.typsubscript::pg_catalog.regproc,
    case when t.typelem <> 0 then 'element = ' || pg_catalog.format_type(t.typelem, null) end,
    'delimiter = ' || pg_catalog.quote_literal(t.typdelim::text), 'default = ' || pg_catalog.quote_literal(t.typdefault),
    'passedbyvalue = ' || t.typbyval, 'alignment = ' || t.typalign::text, 'storage = ' || t.typstorage::text,
    'category = ' || pg_catalog.quote_literal(t.typcategory::text), 'preferred = ' || t.typispreferred,
    'collatable = ' || (t.typcollation <> 0))
    when not t.typisdefined then 'shell' end as detail
from pg_catalog.pg_type t
left join pg_catalog.pg_type b on b.oid = t.typbasetype
left join pg_catalog.pg_range r on r.rngtypid = t.oid
left join pg_catalog.pg_type s on s.oid = r.rngsubtype
left join pg_catalog.pg_opclass o on o.oid = r.rngsubopc
left join pg_catalog.pg_class c on c.oid = t.typrelid
left join pg_catalog.pg_type e on e.typarray = t.oid
where t.oid >= ${firstOid} and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c')
  or (t.typtype = 'b' and e.oid is null) or not t.typisdefined)`;

export interface TypeRow {
  readonly oid: number;
  readonly name: string;
  readonly schema: number;
  readonly owner: number;
  readonly kind: 'e' | 'd' | 'r' | 'c' | 'b' | 'p';
  readonly relation: number;
  readonly acl: string;
  readonly base: number;
  readonly modifier: number;
  readonly not_null: boolean;
  readonly default: string | null;
  readonly collation: string | null;
  readonly subtype: string | null;
  readonly operator_class: string | null;
  readonly operator_class_schema: number | null;
  readonly canonical: string | null;
  readonly subtype_diff: string | null;
  readonly multirange: string | null;
  readonly detail: string | null;
}

export const enumSql = `select enumtypid as type, enumlabel as label from pg_catalog.pg_enum order by enumtypid, enumsortorder`;

export interface EnumRow {
  readonly type: number;
  readonly label: string;
}

export function typesOf(
  rows: readonly TypeRow[],
  enums: readonly EnumRow[],
  attributes: ReadonlyMap<number, readonly CompositeAttribute[]>,
  context: ReadContext,
): readonly UserType[] {
  const { names, grants } = context;
  const labels = new Map<number, string[]>();
  for (const { type, label } of enums) labels.set(type, [...(labels.get(type) ?? []), label]);
  const types = rows
    .filter(({ schema }) => !names.hidden.has(schema))
    .map(
      (row): UserType => ({
        schema: names.schema(row.schema),
        name: row.name,
        id: names.id(row.schema, row.name),
        owner: names.role(row.owner),
        grants: grants(row.acl),
        comment: names.comment('type', row.oid),
        extension: names.extension('type', row.oid),
        ...detailOf(row, labels.get(row.oid) ?? [], attributes.get(row.relation) ?? [], context),
      }),
    );
  return sortedBy(types, ({ id }) => id);
}

function detailOf(
  row: TypeRow,
  labels: readonly string[],
  attributes: readonly CompositeAttribute[],
  { names }: ReadContext,
): TypeDetail {
  switch (row.kind) {
    case 'e':
      return { kind: 'enum', labels };
    case 'd':
      return {
        kind: 'domain',
        base: names.type(row.base, row.modifier),
        notNull: row.not_null,
        default: row.default,
        collation: row.collation,
      };
    case 'c':
      return { kind: 'composite', attributes };
    case 'r':
      return {
        kind: 'range',
        subtype: row.subtype ?? '',
        operatorClass: qualified(row, names.schema(row.operator_class_schema ?? 0), names),
        collation: row.collation,
        canonical: row.canonical,
        subtypeDiff: row.subtype_diff,
        multirange: row.multirange ?? '',
      };
    case 'b':
    case 'p':
      return { kind: 'base', detail: row.detail ?? '' };
  }
}

/** As the server prints names under an empty search path: those of pg_catalog stand alone. */
function qualified(row: TypeRow, schema: string, names: ReadContext['names']): string {
  const name = names.quote(row.operator_class ?? '');
  return schema === 'pg_catalog' ? name : `${names.quote(schema)}.${name}`;
}
