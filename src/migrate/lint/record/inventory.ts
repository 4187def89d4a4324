/** What relations there are, by OID: what was there before a migration, and what a statement without a transaction changed. */
import type { Connection } from '../../../postgres/connect.ts';

export interface KnownRelation {
  readonly oid: number;
  /** `public.orders`, as in the catalog. */
  readonly id: string;
  /** pg_class.relkind. */
  readonly kind: string;
  /** 0: it has no storage of its own. */
  readonly file: number;
  /** Id of the table that an index, or a sequence of a column, belongs to. */
  readonly of: string | null;
  /** Columns that are NOT NULL; only of tables, and only before PostgreSQL 18, which has constraints for them. */
  readonly required: readonly string[];
}

export interface Inventory {
  readonly relations: ReadonlyMap<number, KnownRelation>;
  /** OID of a constraint → its rows were checked. */
  readonly constraints: ReadonlyMap<number, boolean>;
}

interface Row extends Omit<KnownRelation, 'required'> {
  readonly required: readonly string[] | null;
}

const idOf = (alias: string) =>
  `pg_catalog.quote_ident(${alias}n.nspname) || '.' || pg_catalog.quote_ident(${alias}.relname)`;

const required = `(select pg_catalog.array_agg(a.attname::text) from pg_catalog.pg_attribute a
  where a.attrelid = c.oid and a.attnum > 0 and a.attnotnull and not a.attisdropped and c.relkind in ('r', 'p'))`;

/** All relations but the system's and dbkit's own. */
function relationsSql(serverVersion: number): string {
  return `select c.oid::int8::float8 as oid, ${idOf('c')} as id, c.relkind::text as kind,
      c.relfilenode::int8::float8 as file, ${idOf('t')} as of,
      ${serverVersion < 180_000 ? required : 'null::text[]'} as required
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace
    left join lateral (
      select i.indrelid as oid from pg_catalog.pg_index i where i.indexrelid = c.oid and c.relkind in ('i', 'I')
      union all
      select d.refobjid from pg_catalog.pg_depend d
      where c.relkind = 'S' and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
      limit 1) owner on true
    left join pg_catalog.pg_class t on t.oid = owner.oid
    left join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
    where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')
      and cn.nspname not in ('dbkit', 'pg_toast')`;
}

const constraintsSql = `select oid::int8::float8 as oid, convalidated as validated from pg_catalog.pg_constraint
  where conrelid >= 16384 and contype in ('c', 'f', 'n')`;

/** `prepared`: the session keeps the plans, as long as no migration threw them away. */
export async function readInventory(connection: Connection, prepared: boolean): Promise<Inventory> {
  const [relations, constraints] = await Promise.all([
    connection.query<Row>(relationsSql(connection.serverVersion), [], prepared ? 'dbkit_inventory' : undefined),
    connection.query<{ oid: number; validated: boolean }>(
      constraintsSql,
      [],
      prepared ? 'dbkit_constraints' : undefined,
    ),
  ]);
  return {
    relations: new Map(relations.rows.map((row) => [row.oid, { ...row, required: row.required ?? [] }])),
    constraints: new Map(constraints.rows.map(({ oid, validated }) => [oid, validated])),
  };
}
