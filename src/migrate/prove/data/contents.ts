/** Reads what is in the tables of a scratch database: a hash of each without regard to order, and the few rows. */
import type { Catalog, Relation } from '../../../catalog/model.ts';
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
export const rowsKept = 10_000;
const tablesInOne = 40;

interface Hashed {
  readonly id: string;
  readonly count: string;
  readonly hash: string;
}

/** `known`: an earlier reading; rows are fetched only of tables that are not as they were then. */
export async function readContents(
  connection: Connection,
  catalog: Catalog,
  known: Contents | null,
): Promise<Contents> {
  const columns = Map.groupBy(catalog.columns, ({ relation }) => relation);
  const tables = catalog.relations.filter(holdsRows).map((relation) => {
    const names = (columns.get(relation.id) ?? []).map(({ name }) => name).sort();
    return { relation, names };
  });
  const unreadable = new Map<string, string>();
  const [hashed, sequences] = await Promise.all([
    readEach(connection, tables, hashOf, unreadable),
    connection.query<{ id: string; last: string | null }>(
      `select pg_catalog.format('%I.%I', schemaname, sequencename) as id, last_value::text as last
       from pg_catalog.pg_sequences where schemaname <> 'dbkit'`,
    ),
  ]);
  const hashes = new Map(hashed.map((row) => [row.id, row as unknown as Hashed]));
  const same = (id: string, names: readonly string[]) => {
    const before = known?.tables.get(id);
    return before !== undefined && before.hash === hashes.get(id)?.hash && sameNames(before.columns, names)
      ? before
      : null;
  };
  const wanted = tables.filter(({ relation: { id }, names }) => {
    const count = Number(hashes.get(id)?.count ?? 0);
    return count > 0 && count <= rowsKept && same(id, names) === null;
  });
  const rows = Map.groupBy(await readEach(connection, wanted, rowsOf, unreadable), ({ id }) => id);
  const contents = tables.flatMap(({ relation: { id }, names }): [string, TableContents][] => {
    const found = hashes.get(id);
    if (found === undefined) return [];
    const kept = (rows.get(id) ?? []).map(({ row }) => row as unknown as readonly string[]);
    const count = Number(found.count);
    const read = { columns: names, count, hash: found.hash, rows: count > rowsKept ? null : kept };
    return [[id, same(id, names) ?? read]];
  });
  return {
    tables: new Map(contents),
    sequences: new Map(sequences.rows.map(({ id, last }) => [id, last === null ? null : BigInt(last)])),
    unreadable,
  };
}

/** Partitions are read with the table that they belong to. */
export function holdsRows({ kind, partitionBound, persistence, extension }: Relation): boolean {
  if (kind !== 'table' && kind !== 'partitioned table') return false;
  return partitionBound === null && persistence !== 'temporary' && extension === null;
}

interface Table {
  readonly relation: Relation;
  readonly names: readonly string[];
}

/** Rows of others that inherit are theirs. */
function fromOf({ id, kind }: Relation): string {
  return kind === 'table' ? `only ${id}` : id;
}

function hashOf({ relation, names }: Table): string {
  const row = `row(${names.map((name) => `t.${quoteIdentifier(name)}`).join(', ')})::pg_catalog.text`;
  const sum = (seed: number) =>
    `coalesce(pg_catalog.sum(pg_catalog.hashtextextended(${row} collate "C", ${seed})::numeric), 0)::text`;
  return `select ${quoteLiteral(relation.id)} as id, pg_catalog.count(*)::text as count, ${sum(0)} || ' ' || ${sum(1)} as hash from ${fromOf(relation)} t`;
}

function rowsOf({ relation, names }: Table): string {
  const values = names.map((name) => `pg_catalog.format('%L', t.${quoteIdentifier(name)})`);
  return `select ${quoteLiteral(relation.id)} as id, array[${values.join(', ')}]::text[] as row from ${fromOf(relation)} t`;
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
            unreadable.set(table.relation.id, why instanceof Error ? why.message : String(why));
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
