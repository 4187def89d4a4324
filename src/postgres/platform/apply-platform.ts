/** The one call for whoever has just made a server or a database: roles of the cluster, then the database. */
import type { Platform } from '../../config/schema.ts';
import type { Connection } from '../connect.ts';
import type { DatabaseBootstrap } from './bootstrap-database.ts';
import { bootstrapDatabase, refuseForeignSchemas } from './bootstrap-database.ts';
import { bootstrapRoles } from './bootstrap-roles.ts';
import type { PlatformReport } from './report.ts';

export interface ApplyPlatform extends DatabaseBootstrap {
  readonly platform: Platform;
}

/** Nothing for the platform `postgres`. Throws as bootstrapRoles and bootstrapDatabase do. */
export async function applyPlatform(admin: Connection, options: ApplyPlatform): Promise<PlatformReport> {
  if (options.platform === 'postgres') return { changed: [], unfaithful: [], notes: [] };
  await refuseForeignSchemas(admin);
  const roles = await bootstrapRoles(admin);
  const database = await bootstrapDatabase(admin, options);
  return {
    changed: [...roles.changed, ...database.changed],
    unfaithful: [...new Set([...roles.unfaithful, ...database.unfaithful])],
    notes: database.notes,
  };
}
