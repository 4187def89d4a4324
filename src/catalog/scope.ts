/** The part of a catalog that is the application's: what its migrations made, and nobody else. */
import type { Platform } from '../config/schema.ts';
import { withoutMembers, withoutOwner } from './members.ts';
import type { Catalog } from './model.ts';
import { withoutSupabase } from './scope/supabase.ts';

/**
 * Without members of extensions, without who owns the database and whether materialized views are filled (a job may fill
 * them at any time, and what was made WITH NO DATA is not to be emptied again), and on Supabase without the platform's schemas, roles,
 * default privileges, event triggers and preinstalled extensions. What the application hangs onto the platform's objects
 * stays: policies, triggers that call its functions, foreign keys to its tables, what it granted, tables that it published.
 */
export function ofApplication(catalog: Catalog, platform: Platform): Catalog {
  const own = withoutMembers(catalog);
  const relations = own.relations.map((relation) => (relation.populated ? relation : { ...relation, populated: true }));
  const named = { ...own, relations, database: withoutOwner(own.database) };
  return platform === 'supabase' ? withoutSupabase(named) : named;
}
