/** Reads the whole catalog of a database into the model: two dozen queries, sent together, of one moment. */
import type { Connection } from '../postgres/connect.ts';
import type { Catalog } from './model.ts';
import { assemble } from './read/assemble.ts';
import type { Rows } from './read/rows.ts';
import { readRows } from './read/rows.ts';
import { inSnapshot } from './read/snapshot.ts';

export interface ReadOptions {
  /** Schemas to leave out beside the system's; default ['dbkit']. */
  readonly exceptSchemas?: readonly string[];
  /** All roles of the cluster, or only those that own something here, hold a grant, or are named by a policy or a default privilege. Default 'all'. */
  readonly roles?: 'all' | 'used';
  /**
   * A second session on the same database, which reads half of it at the same time. Each has a moment of its own: only
   * where nobody changes the database meanwhile.
   */
  readonly beside?: Connection;
}

/**
 * In a transaction of its own, repeatable read and read only; in the caller's where there is one, which stays as it is.
 * Any role may read; what only a superuser sees (options of others' user mappings) is left out for others. Values of
 * settings and options that are named like secrets are not read.
 */
export async function readCatalog(connection: Connection, options: ReadOptions = {}): Promise<Catalog> {
  const { beside } = options;
  // What a snapshot is asked is sent at once, with its end behind it: two of them stand side by side.
  const [{ major, rows }, others] = await Promise.all([
    inSnapshot(connection, async (snapshot) => ({
      major: snapshot.major,
      rows: await readRows(snapshot, beside === undefined ? 'all' : 'first half'),
    })),
    beside === undefined ? {} : inSnapshot(beside, (snapshot) => readRows(snapshot, 'second half')),
  ]);
  return assemble({ ...rows, ...others } as Rows, major, options.exceptSchemas ?? ['dbkit'], options.roles ?? 'all');
}
