/** Functions, procedures, aggregates and window functions. */
import type { Routine } from '../model.ts';
import type { ReadContext } from './context.ts';
import { classes, firstOid, numbers, sortedBy } from './names.ts';

const kinds = { f: 'function', p: 'procedure', a: 'aggregate', w: 'window' } as const;
const volatilities = { i: 'immutable', s: 'stable', v: 'volatile' } as const;
const parallels = { s: 'safe', r: 'restricted', u: 'unsafe' } as const;

/** What CREATE AGGREGATE takes, in its words. */
const aggregate = `pg_catalog.concat_ws(', ', 'kind = ' || g.aggkind::text, 'direct arguments = ' || nullif(g.aggnumdirectargs, 0),
    'sfunc = ' || g.aggtransfn, 'stype = ' || pg_catalog.format_type(g.aggtranstype, null), 'sspace = ' || nullif(g.aggtransspace, 0),
    'initcond = ' || pg_catalog.quote_literal(g.agginitval),
    'finalfunc = ' || nullif(g.aggfinalfn, 0)::pg_catalog.regproc, case when g.aggfinalextra then 'finalfunc_extra' end,
    'finalfunc_modify = ' || g.aggfinalmodify::text,
    'combinefunc = ' || nullif(g.aggcombinefn, 0)::pg_catalog.regproc, 'serialfunc = ' || nullif(g.aggserialfn, 0)::pg_catalog.regproc,
    'deserialfunc = ' || nullif(g.aggdeserialfn, 0)::pg_catalog.regproc, 'msfunc = ' || nullif(g.aggmtransfn, 0)::pg_catalog.regproc,
    'minvfunc = ' || nullif(g.aggminvtransfn, 0)::pg_catalog.regproc,
    'mstype = ' || pg_catalog.format_type(nullif(g.aggmtranstype, 0), null), 'msspace = ' || nullif(g.aggmtransspace, 0),
    'minitcond = ' || pg_catalog.quote_literal(g.aggminitval),
    'mfinalfunc = ' || nullif(g.aggmfinalfn, 0)::pg_catalog.regproc, case when g.aggmfinalextra then 'mfinalfunc_extra' end,
    'mfinalfunc_modify = ' || g.aggmfinalmodify::text,
    'sortop = ' || nullif(g.aggsortop, 0)::pg_catalog.regoperator)`;

/** Without those that a range type brings along. */
export const routineSql = `select p.oid, p.proname as name, p.pronamespace as schema, p.proowner as owner, p.prokind as kind,
  coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))::text as acl, p.proargtypes::text as inputs,
  pg_catalog.pg_get_function_arguments(p.oid) as arguments, pg_catalog.pg_get_function_result(p.oid) as result,
  l.lanname as language, p.prosecdef as definer, p.provolatile as volatility, p.proisstrict as strict,
  p.proleakproof as leakproof, p.proparallel as parallel, p.procost as cost, p.prorows as rows,
  nullif(p.prosupport::text, '-') as support, p.proconfig as settings, p.protrftypes::text as transforms,
  case when p.prokind = 'a' then ${aggregate} else coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) end as body,
  case when p.prokind <> 'a' then pg_catalog.pg_get_functiondef(p.oid) end as definition
from pg_catalog.pg_proc p
join pg_catalog.pg_language l on l.oid = p.prolang
left join pg_catalog.pg_aggregate g on g.aggfnoid = p.oid
where p.oid >= ${firstOid}
  and not exists (select from pg_catalog.pg_depend d where d.classid = ${classes.routine} and d.objid = p.oid and d.deptype = 'i')`;

export interface RoutineRow {
  readonly oid: number;
  readonly name: string;
  readonly schema: number;
  readonly owner: number;
  readonly kind: keyof typeof kinds;
  readonly acl: string;
  readonly inputs: string;
  readonly arguments: string;
  readonly result: string | null;
  readonly language: string;
  readonly definer: boolean;
  readonly volatility: keyof typeof volatilities;
  readonly strict: boolean;
  readonly leakproof: boolean;
  readonly parallel: keyof typeof parallels;
  readonly cost: number;
  readonly rows: number;
  readonly support: string | null;
  readonly settings: readonly string[] | null;
  readonly transforms: string | null;
  readonly body: string;
  readonly definition: string | null;
}

export function routinesOf(rows: readonly RoutineRow[], { names, grants }: ReadContext): readonly Routine[] {
  const typesOf = (oids: string | null) => numbers(oids).map((oid) => names.type(oid));
  const routines = rows
    .filter(({ schema }) => !names.hidden.has(schema))
    .map(
      (row): Routine => ({
        schema: names.schema(row.schema),
        name: row.name,
        id: `${names.id(row.schema, row.name)}(${typesOf(row.inputs).join(', ')})`,
        owner: names.role(row.owner),
        grants: grants(row.acl),
        comment: names.comment('routine', row.oid),
        extension: names.extension('routine', row.oid),
        kind: kinds[row.kind],
        arguments: row.arguments ?? '',
        result: row.result,
        language: row.language,
        securityDefiner: row.definer,
        volatility: volatilities[row.volatility],
        strict: row.strict,
        leakproof: row.leakproof,
        parallel: parallels[row.parallel],
        cost: row.cost,
        rows: row.rows,
        support: row.support,
        settings: row.settings ?? [],
        transforms: typesOf(row.transforms),
        body: row.body,
        definition: row.definition,
      }),
    );
  return sortedBy(routines, ({ id }) => id);
}
