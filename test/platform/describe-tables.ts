/** What the catalog says of the tables of a schema, in the lines that `facts/` is written in. */
import type { Connection } from '../../src/postgres/connect.ts';

/** Lines by table: columns in order, constraints, indexes that belong to no constraint, triggers. */
export async function describeTables(connection: Connection, schema: string): Promise<Record<string, string>> {
  const { rows } = await connection.query<{ relname: string; lines: string }>(
    `with t as (
  select c.oid, c.relname from pg_class c
  where c.relkind in ('r', 'p') and c.relnamespace = (select oid from pg_namespace where nspname = $1)),
lines as (
  select t.relname, 1 as k, lpad(a.attnum::text, 4, '0') as o, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || case when coalesce(l.collname, 'default') <> 'default' then ' collate ' || l.collname else '' end
    || case when a.attnotnull then ' not null' else '' end
    || case when a.attgenerated <> '' then ' generated ' when d.oid is not null then ' default ' else '' end
    || coalesce(pg_get_expr(d.adbin, d.adrelid), '') as x
  from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
  left join pg_collation l on l.oid = a.attcollation
  union all select t.relname, 2, c.conname, c.conname || ' ' || pg_get_constraintdef(c.oid)
  from t join pg_constraint c on c.conrelid = t.oid and c.contype in ('p', 'u', 'f', 'c')
  union all select t.relname, 3, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
  from t join pg_index i on i.indrelid = t.oid
  where not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u'))
  union all select t.relname, 4, g.tgname, pg_get_triggerdef(g.oid)
  from t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal)
select relname, string_agg(x, E'\\n' order by k, o collate "C") as lines from lines group by relname order by relname`,
    [schema],
  );
  return Object.fromEntries(rows.map((row) => [row.relname, row.lines]));
}
