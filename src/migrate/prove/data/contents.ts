/** Reads what is in the tables of a scratch database: a hash of each without regard to order, and the few rows. */
import type { Relation } from '../../../catalog/model.ts';
import type { Connection } from '../../../postgres/connect.ts';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/quote.ts';

export interface TableContents {
  /** In code-point order: two states of a table are compared by name. */
  readonly columns: readonly string[];
  readonly count: number;
  /** Over the rows, whatever their order. */
  readonly hash: string;
  /** SQL literals, `NULL` for null, in the order of `columns`; null for a table with too many rows to keep. */
  readonly rows: readonly (readonly string[])[] | null;
}

export interface Contents {
  /** By relation id. */
  readonly tables: ReadonlyMap<string, TableContents>;
  /** Last value of each sequence by its id; null: never used. */
  readonly sequences: ReadonlyMap<string, bigint | null>;
  /** Tables that can not be read, by relation id, and why. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Of more rows a copy is not kept. */
const rowsKept = 50_000;
const tablesInOne = 40;

interface Hashed {
  readonly id: string;
  readonly count: string;
  readonly hash: string;
}

/** All tables but the system's, dbkit's and those of extensions; partitions are read with the table that they belong to. */
const tablesSql = `select pg_catalog.format('%I.%I', n.nspname, c.relname) as id, c.relkind = 'r' as "only",
    c.relkind = 'p' or pg_catalog.pg_relation_size(c.oid) > 0 as "written",
    array(select a.attname::text from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attname::text collate "C") as columns
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'dbkit') and n.nspname !~ '^pg_(?:toast|temp)'
    and not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')`;

const sequencesSql = `select pg_catalog.format('%I.%I', schemaname, sequencename) as id, last_value::text as last
  from pg_catalog.pg_sequences where schemaname <> 'dbkit'`;

/** `known`: an earlier reading; rows are fetched only of tables that are not as they were then. */
export async function readContents(connection: Connection, known: Contents | null): Promise<Contents> {
  const [{ rows: tables }, sequences] = await Promise.all([
    connection.query<Table>(tablesSql, [], 'dbkit_tables'),
    connection.query<{ id: string; last: string | null }>(sequencesSql, [], 'dbkit_sequences'),
  ]);
  const unreadable = new Map<string, string>();
  // What has no page has no row; in most databases that is most of the platform's.
  const hashed = await readEach(
    connection,
    tables.filter(({ written }) => written),
    hashOf,
    unreadable,
  );
  const hashes = new Map(hashed.map((row) => [row.id, row as unknown as Hashed]));
  const same = ({ id, columns }: Table) => {
    const before = known?.tables.get(id);
    return before !== undefined && before.hash === hashes.get(id)?.hash && sameNames(before.columns, columns)
      ? before
      : null;
  };
  const wanted = tables.filter((table) => {
    const count = Number(hashes.get(table.id)?.count ?? 0);
    return count > 0 && count <= rowsKept && same(table) === null;
  });
  const rows = Map.groupBy(await readEach(connection, wanted, rowsOf, unreadable), ({ id }) => id);
  const contents = tables.flatMap((table): [string, TableContents][] => {
    const { id, columns, written } = table;
    const found = written ? hashes.get(id) : noRows;
    if (found === undefined) return [];
    const kept = (rows.get(id) ?? []).map(({ row }) => row as unknown as readonly string[]);
    const count = Number(found.count);
    return [[id, same(table) ?? { columns, count, hash: found.hash, rows: count > rowsKept ? null : kept }]];
  });
  return {
    tables: new Map(contents),
    sequences: new Map(sequences.rows.map(({ id, last }) => [id, last === null ? null : BigInt(last)])),
    unreadable,
  };
}

/** As the server counts and hashes no row. */
const noRows = { count: '0', hash: '0 0' };

interface Table {
  readonly id: string;
  /** Not with the rows of others that inherit. */
  readonly only: boolean;
  readonly written: boolean;
  readonly columns: readonly string[];
}

/** Partitions are read with the table that they belong to. */
export function holdsRows({ kind, partitionBound, persistence, extension }: Relation): boolean {
  if (kind !== 'table' && kind !== 'partitioned table') return false;
  return partitionBound === null && persistence !== 'temporary' && extension === null;
}

function hashOf({ id, only, columns }: Table): string {
  const row = `row(${columns.map((name) => `t.${quoteIdentifier(name)}`).join(', ')})::pg_catalog.text`;
  const sum = (seed: number) =>
    `coalesce(pg_catalog.sum(pg_catalog.hashtextextended(${row} collate "C", ${seed})::numeric), 0)::text`;
  return `select ${quoteLiteral(id)} as id, pg_catalog.count(*)::text as count, ${sum(0)} || ' ' || ${sum(1)} as hash from ${only ? 'only ' : ''}${id} t`;
}

function rowsOf({ id, only, columns }: Table): string {
  const values = columns.map((name) => `pg_catalog.format('%L', t.${quoteIdentifier(name)})`);
  return `select ${quoteLiteral(id)} as id, array[${values.join(', ')}]::text[] as row from ${only ? 'only ' : ''}${id} t`;
}

async function readEach(
  connection: Connection,
  tables: readonly Table[],
  toSql: (table: Table) => string,
  unreadable: Map<string, string>,
): Promise<readonly Record<string, string>[]> {
  const chunks: Table[][] = [];
  for (let at = 0; at < tables.length; at += tablesInOne) chunks.push(tables.slice(at, at + tablesInOne));
  const read = async (chunk: readonly Table[]) =>
    (await connection.query<Record<string, string>>(chunk.map(toSql).join('\nunion all\n'))).rows;
  const answers = await Promise.all(
    chunks.map((chunk) =>
      read(chunk).catch(async (error: unknown) => {
        if (connection.lost !== null) throw error;
        // One that can not be read must not hide the others.
        const each = chunk.map((table) =>
          read([table]).catch((why: unknown) => {
            unreadable.set(table.id, why instanceof Error ? why.message : String(why));
            return [];
          }),
        );
        return (await Promise.all(each)).flat();
      }),
    ),
  );
  return answers.flat();
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
