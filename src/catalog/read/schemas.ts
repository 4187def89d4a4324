/** Schemas and extensions. */
import type { Extension, Schema } from '../model.ts';
import type { ReadContext } from './context.ts';
import { sortedBy } from './names.ts';

export const schemaSql = `select oid, nspname as name, nspowner as owner,
  coalesce(nspacl, pg_catalog.acldefault('n', nspowner))::text as acl
from pg_catalog.pg_namespace`;

export interface SchemaRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly acl: string;
}

export const extensionSql = `select oid, extname as name, extversion as version, extnamespace as schema, extowner as owner
from pg_catalog.pg_extension`;

export interface ExtensionRow {
  readonly oid: number;
  readonly name: string;
  readonly version: string;
  readonly schema: number;
  readonly owner: number;
}

/** Schemas that are never listed. What users put into pg_catalog is, as their extensions and superusers may. */
export const isSystemSchema = (name: string): boolean => name === 'information_schema' || name.startsWith('pg_');

export function schemasOf(rows: readonly SchemaRow[], { names, grants }: ReadContext): readonly Schema[] {
  const schemas = rows
    .filter(({ oid, name }) => !names.hidden.has(oid) && !isSystemSchema(name))
    .map(
      (row): Schema => ({
        name: row.name,
        owner: names.role(row.owner),
        grants: grants(row.acl),
        comment: names.comment('schema', row.oid),
        extension: names.extension('schema', row.oid),
      }),
    );
  return sortedBy(schemas, ({ name }) => name);
}

export function extensionsOf(rows: readonly ExtensionRow[], { names }: ReadContext): readonly Extension[] {
  const extensions = rows.map(
    (row): Extension => ({
      name: row.name,
      version: row.version,
      schema: names.schema(row.schema),
      owner: names.role(row.owner),
      comment: names.comment('extension', row.oid),
    }),
  );
  return sortedBy(extensions, ({ name }) => name);
}
