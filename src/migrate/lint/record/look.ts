/**
 * What a session holds in the middle of its transaction, asked in that session: locks from pg_locks (those of the fast
 * path are in it), and of each locked relation its storage, its scans, its indexes and constraints.
 */
import type { Connection } from '../../../postgres/connect.ts';
import type { LockMode } from '../recording.ts';

export interface LockedRelation {
  readonly oid: number;
  readonly modes: readonly LockMode[];
  /** Null: it is dropped. */
  readonly file: number | null;
  /** Sequential scans of it that this session began and the statistics do not have yet. */
  readonly scans: number;
  readonly indexes: readonly { readonly id: string; readonly file: number }[];
  readonly constraints: readonly {
    readonly oid: number;
    readonly name: string;
    /** pg_constraint.contype. */
    readonly type: string;
    readonly validated: boolean;
    readonly column: string | null;
  }[];
  readonly required: readonly string[];
}

interface Row extends Omit<LockedRelation, 'modes' | 'indexes' | 'constraints' | 'required'> {
  readonly modes: readonly string[];
  readonly indexes: LockedRelation['indexes'] | null;
  readonly constraints: LockedRelation['constraints'] | null;
  readonly required: readonly string[] | null;
}

/**
 * ALTER TABLE counts as a scan of the table whatever reads it through: the rewrite, the check of new constraints, the
 * build of an index. Only the check of a foreign key is a query, whose plan depends on the rows.
 */
const lookSql = `with held as materialized (
    select l.relation as oid, pg_catalog.array_agg(distinct l.mode) as modes
    from pg_catalog.pg_locks l
    where l.locktype = 'relation' and l.granted and l.pid = pg_catalog.pg_backend_pid() and l.relation >= 16384
    group by l.relation)
  select h.oid::int8::float8 as oid, h.modes, c.relfilenode::int8::float8 as file,
    pg_catalog.pg_stat_get_xact_numscans(h.oid)::float8 as scans,
    (select pg_catalog.json_agg(pg_catalog.json_build_object(
        'id', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(ic.relname),
        'file', ic.relfilenode::int8))
      from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
      join pg_catalog.pg_namespace n on n.oid = ic.relnamespace where i.indrelid = h.oid) as indexes,
    (select pg_catalog.json_agg(pg_catalog.json_build_object(
        'oid', k.oid::int8, 'name', k.conname, 'type', k.contype, 'validated', k.convalidated,
        'column', (select a.attname from pg_catalog.pg_attribute a
          where k.contype = 'n' and a.attrelid = k.conrelid and a.attnum = k.conkey[1])))
      from pg_catalog.pg_constraint k where k.conrelid = h.oid and k.contype in ('c', 'f', 'n')
        and not exists (select from pg_catalog.pg_constraint whole
          where whole.oid = k.conparentid and whole.conrelid = k.conrelid)) as constraints,
    (select pg_catalog.array_agg(a.attname::text) from pg_catalog.pg_attribute a
      where a.attrelid = h.oid and a.attnum > 0 and a.attnotnull and not a.attisdropped) as required
  from held h left join pg_catalog.pg_class c on c.oid = h.oid`;

/** After a statement, inside its transaction. */
export async function look(connection: Connection, prepared: boolean): Promise<readonly LockedRelation[]> {
  const { rows } = await connection.query<Row>(lookSql, [], prepared ? 'dbkit_look' : undefined);
  return rows.map((row) => ({
    ...row,
    modes: row.modes.map(modeOf),
    indexes: row.indexes ?? [],
    constraints: row.constraints ?? [],
    required: row.required ?? [],
  }));
}

const scansSql = `select c.oid::int8::float8 as oid, pg_catalog.pg_stat_get_xact_numscans(c.oid)::float8 as scans
  from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind in ('r', 'm')
    and pg_catalog.pg_stat_get_xact_numscans(c.oid) > 0`;

/** Before the first statement of a transaction: scans of earlier ones that the server has not put away yet. */
export async function lookAtScans(connection: Connection, prepared: boolean): Promise<ReadonlyMap<number, number>> {
  const { rows } = await connection.query<{ oid: number; scans: number }>(
    scansSql,
    [],
    prepared ? 'dbkit_scans' : undefined,
  );
  return new Map(rows.map(({ oid, scans }) => [oid, scans]));
}

/** `AccessExclusiveLock` → `ACCESS EXCLUSIVE`. */
function modeOf(mode: string): LockMode {
  return mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase() as LockMode;
}
