/** `dbkit db stats`: how large the relations of a database are, and nothing of what is in them. */
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { StatsReport } from './report.ts';

export interface StatsOptions {
  /** Null: all but the system's and dbkit's own. */
  readonly schemas: readonly string[] | null;
  readonly dbkitVersion: string;
}

/** Raised when the form of the file changes. */
const statsVersion = 1;

/**
 * From what the server's own statistics say, so that nothing is locked, read through, or asked for with more rights than
 * CONNECT. A relation that was never analysed and has no counters is left out. Throws USAGE for a schema that is not there.
 */
export async function readStats({ schemas, dbkitVersion }: StatsOptions, { db }: VerbContext): Promise<StatsReport> {
  const connection = await db.connect('dbkit db stats');
  try {
    await connection.run('begin isolation level repeatable read read only');
    if (schemas !== null) await refuseUnknown(connection, schemas);
    const { rows } = await connection.query<{ id: string; rows: number; bytes: number | null }>(statsSql, [schemas]);
    await connection.run('rollback');
    return {
      dbkit: dbkitVersion,
      stats: statsVersion,
      relations: Object.fromEntries(
        rows.map(({ id, rows: count, bytes }) => [
          id,
          { rows: rounded(count), ...(bytes === null ? {} : { bytes: rounded(bytes) }) },
        ]),
      ),
    };
  } finally {
    await connection.close();
  }
}

/**
 * Rows: reltuples, or the counters where VACUUM and ANALYZE never were. Bytes: pages of the table with its TOAST, as
 * counted then; pg_table_size and pg_partition_tree would wait behind whoever alters the table. Partitioned tables are the sum of their leaves.
 */
const statsSql = `with recursive one as (
    select c.oid, c.relkind,
      case when c.reltuples >= 0 then c.reltuples::float8
        else nullif(pg_catalog.pg_stat_get_live_tuples(c.oid), 0)::float8 end as rows,
      case when c.reltuples >= 0 then (c.relpages + coalesce(t.relpages, 0))::float8
        * pg_catalog.current_setting('block_size')::float8 end as bytes
    from pg_catalog.pg_class c left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
    where c.relkind in ('r', 'm') and c.oid >= 16384
  ), below as (
    select oid as top, oid from pg_catalog.pg_class where relkind = 'p'
    union all
    select below.top, i.inhrelid from below join pg_catalog.pg_inherits i on i.inhparent = below.oid
  ), leaves as (
    select below.top as oid, pg_catalog.sum(one.rows) as rows, pg_catalog.sum(one.bytes) as bytes
    from below join one on one.oid = below.oid group by below.top
  )
  select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as id, s.rows, s.bytes
  from (select oid, rows, bytes from one union all select oid, rows, bytes from leaves) s
  join pg_catalog.pg_class c on c.oid = s.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where s.rows is not null and c.relpersistence <> 't'
    and n.nspname not in ('dbkit', 'information_schema') and n.nspname !~ '^pg_'
    and ($1::text[] is null or n.nspname = any ($1))
  order by (pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)) collate "C"`;

async function refuseUnknown(connection: Connection, schemas: readonly string[]): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(
    `select s.name from pg_catalog.unnest($1::text[]) with ordinality s(name, place)
     where not exists (select from pg_catalog.pg_namespace n where n.nspname = s.name) order by s.place`,
    [schemas],
  );
  const [first] = rows;
  if (first === undefined) return;
  throw new DbkitError('USAGE', `there is no schema "${first.name}"`, {
    hint: 'give its name as the catalog has it, without quotes: --schema billing',
  });
}

/** Two digits say enough, and tell nobody how many customers came today. */
function rounded(count: number): number {
  return Number(count.toPrecision(2));
}
