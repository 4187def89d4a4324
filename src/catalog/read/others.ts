/** Objects of kinds that few databases have, and privileges on the server's own objects that somebody changed. */
import type { OtherObject } from '../model.ts';
import type { ReadContext } from './context.ts';
import type { ObjectClass } from './names.ts';
import { classes, firstOid, sortedBy } from './names.ts';

export { otherSql } from './other-kinds.ts';

export interface OtherRow {
  readonly kind: ObjectClass;
  readonly oid: number;
  /** 0: it lives in none. */
  readonly schema: number;
  readonly name: string | null;
  readonly identity: string;
  readonly owner: number | null;
  readonly acl: string | null;
  readonly definition: string;
}

/** A server remembers with what privileges its objects came, but for those of information_schema. */
const changed = (table: string, owner: string, acl: string, kind: string, byDefault: string, identity: string) =>
  `select ${kind} as kind, ${identity} as id, ${owner} as owner,
  coalesce(${acl}, pg_catalog.acldefault(${byDefault}, ${owner}))::text as acl
from pg_catalog.${table} t
left join pg_catalog.pg_init_privs i on i.objoid = t.oid and i.classoid = 'pg_catalog.${table}'::pg_catalog.regclass and i.objsubid = 0
where t.oid < ${firstOid} and ${acl} is distinct from i.initprivs`;

const inCatalog = (schema: string) => ` and ${schema} = 'pg_catalog'::pg_catalog.regnamespace`;

export const systemGrantSql = [
  changed(
    'pg_proc',
    'proowner',
    'proacl',
    `'function'`,
    `'f'`,
    `'pg_catalog.' || pg_catalog.quote_ident(proname) || '(' || pg_catalog.pg_get_function_identity_arguments(t.oid) || ')'`,
  ) + inCatalog('pronamespace'),
  changed(
    'pg_class',
    'relowner',
    'relacl',
    `case relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end`,
    `case relkind when 'S' then 's'::"char" else 'r'::"char" end`,
    `'pg_catalog.' || pg_catalog.quote_ident(relname)`,
  ) + inCatalog('relnamespace'),
  `${changed('pg_namespace', 'nspowner', 'nspacl', `'schema'`, `'n'`, 'pg_catalog.quote_ident(nspname)')}
  and nspname = 'pg_catalog'`,
  changed('pg_language', 'lanowner', 'lanacl', `'language'`, `'l'`, 'pg_catalog.quote_ident(lanname)'),
].join('\nunion all ');

export interface SystemGrantRow {
  readonly kind: string;
  readonly id: string;
  readonly owner: number;
  readonly acl: string;
}

/** GRANT … ON PARAMETER, of the whole cluster. */
export const parameterSql = `select parname as name, paracl::text as acl from pg_catalog.pg_parameter_acl`;

export interface ParameterRow {
  readonly name: string;
  readonly acl: string;
}

export function othersOf(
  rows: readonly OtherRow[],
  systems: readonly SystemGrantRow[],
  parameters: readonly ParameterRow[],
  { names, grants }: ReadContext,
): readonly OtherObject[] {
  const own = rows
    .filter(({ schema }) => !names.hidden.has(schema))
    .map(
      (row): OtherObject => ({
        kind: row.kind,
        id: idOf(row, names),
        owner: row.owner === null ? null : names.role(row.owner),
        grants: grants(row.acl),
        comment: names.comment(row.kind, row.oid),
        extension: names.extension(row.kind, row.oid),
        definition: row.definition,
      }),
    );
  const changed = systems.map(
    ({ kind, id, owner, acl }): OtherObject => ({
      kind,
      id,
      owner: names.role(owner),
      grants: grants(acl),
      comment: null,
      extension: null,
      definition: '',
    }),
  );
  const settable = parameters.map(
    ({ name, acl }): OtherObject => ({
      kind: 'parameter',
      id: name,
      owner: null,
      grants: grants(acl),
      comment: null,
      extension: null,
      definition: '',
    }),
  );
  return sortedBy([...own, ...changed, ...settable], ({ kind, id }) => `${kind}\0${id}`);
}

function idOf({ schema, name, identity }: OtherRow, names: ReadContext['names']): string {
  if (name === null) return identity;
  return `${schema === 0 ? names.quote(name) : names.id(schema, name)}${identity}`;
}

/** Comments of objects that came with the server are its own, but for these. */
export const commentSql = `select classoid as class, objoid as object, objsubid as part, description as text
from pg_catalog.pg_description
where objoid >= ${firstOid} or classoid = ${classes.extension} or (classoid = ${classes.schema} and objoid = 2200)
union all
select classoid, objoid, 0, description from pg_catalog.pg_shdescription where classoid in (${classes.role}, ${classes.subscription})
  or (classoid = ${classes.database}
    and objoid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))`;

export interface CommentRow {
  readonly class: number;
  readonly object: number;
  readonly part: number;
  readonly text: string;
}

export const memberSql = `select d.classid as class, d.objid as object, e.extname as extension
from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
where d.refclassid = ${classes.extension} and d.deptype = 'e' and d.objsubid = 0`;

export interface MemberRow {
  readonly class: number;
  readonly object: number;
  readonly extension: string;
}

export const keywordSql = `select pg_catalog.string_agg(word, ' ') as words from pg_catalog.pg_get_keywords() where catcode <> 'U'`;

export interface KeywordRow {
  readonly words: string;
}
