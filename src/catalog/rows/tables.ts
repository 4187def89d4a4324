/** Which tables rows can be written to, and which of them are the role's own. */
import type { Connection } from '../../postgres/connect.ts';
import type { Catalog, Relation } from '../model.ts';

/** Partitions are filled through their root; views and foreign tables are not filled. */
export function isFillable(relation: Relation): boolean {
  return (
    (relation.kind === 'table' || relation.kind === 'partitioned table') &&
    relation.persistence !== 'temporary' &&
    relation.partitionBound === null &&
    relation.extension === null
  );
}

/** What the platform owns is filled only where an own table refers to it, also for a superuser. */
export async function ownTables(connection: Connection, catalog: Catalog): Promise<readonly string[]> {
  const { rows } = await connection.query<{ name: string }>(
    `select r.rolname as name from pg_catalog.pg_roles r where pg_catalog.pg_has_role(current_user, r.oid, 'usage')`,
  );
  const roles = new Set(rows.map((row) => row.name).filter((name) => !name.startsWith('supabase_')));
  return catalog.relations
    .filter((relation) => isFillable(relation) && roles.has(relation.owner))
    .map((relation) => relation.id);
}
