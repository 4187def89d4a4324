/** What Supabase owns in a database, taken out; see ofApplication. */
import { platformSchemas } from '../../postgres/platform/dump-parts.ts';
import { platformExtensions } from '../../postgres/platform/extensions.ts';
import { platformRoles } from '../../postgres/platform/roles.ts';
import type { Catalog, Grant, Publication } from '../model.ts';
import { grantedRelation, grantedRoutine, grantedSchema, grantedSequence, grantedType } from './granted.ts';

const schemas = new Set(platformSchemas);
const isPlatformSchema = (name: string): boolean =>
  schemas.has(name) ||
  /^(supabase_|_realtime$|_analytics$|_supavisor$|pgsodium|graphql|pgtle$|cron$|net$|pgmq$|repack$|tiger|topology$)/.test(
    name,
  );

const isPlatformRole = (name: string): boolean =>
  Object.hasOwn(platformRoles, name) || name.startsWith('pg_') || name.startsWith('supabase_');

/** Migrations run as `postgres`: what belongs to it is the application's, but in the platform's schemas. */
const isAdministrator = (name: string): boolean => name !== 'postgres' && isPlatformRole(name);

const preinstalled = new Set([
  ...platformExtensions,
  'plpgsql',
  'pg_graphql',
  'pgjwt',
  'pgsodium',
  'supabase_vault',
  'pg_tle',
]);

export function withoutSupabase(catalog: Catalog): Catalog {
  const relations = new Set(catalog.relations.filter(({ schema }) => isPlatformSchema(schema)).map(({ id }) => id));
  const types = new Set(catalog.types.filter(({ schema }) => isPlatformSchema(schema)).map(({ id }) => id));
  const elsewhere = ({ relation }: { readonly relation: string }) => !relations.has(relation);
  return {
    ...catalog,
    database: {
      ...catalog.database,
      grants: catalog.database.grants.filter(({ grantee }) => !isPlatformRole(grantee)),
    },
    roles: catalog.roles.filter(({ name }) => !isPlatformRole(name)),
    memberships: catalog.memberships.filter(({ role, member }) => !isPlatformRole(role) || !isPlatformRole(member)),
    schemas: part(catalog.schemas, ({ name }) => name, grantedSchema),
    extensions: catalog.extensions.filter(({ name }) => !preinstalled.has(name)),
    types: part(catalog.types, schemaOf, grantedType),
    relations: part(catalog.relations, schemaOf, grantedRelation),
    columns: catalog.columns.filter(elsewhere),
    constraints: catalog.constraints.filter(
      ({ parent, references }) =>
        !(relations.has(parent) || types.has(parent)) || (references !== null && !relations.has(references.relation)),
    ),
    indexes: catalog.indexes.filter(elsewhere),
    sequences: part(catalog.sequences, schemaOf, grantedSequence),
    routines: part(catalog.routines, schemaOf, grantedRoutine),
    triggers: catalog.triggers.filter((one) => elsewhere(one) || !isPlatformId(one.function)),
    rules: catalog.rules.filter(elsewhere),
    defaultPrivileges: catalog.defaultPrivileges.filter(
      ({ role, schema }) => !isAdministrator(role) && (schema === null || !isPlatformSchema(schema)),
    ),
    publications: catalog.publications.flatMap((one) => ofPublication(one, relations)),
    eventTriggers: catalog.eventTriggers.filter((one) => !isAdministrator(one.owner) && !isPlatformId(one.function)),
    foreignDataWrappers: catalog.foreignDataWrappers.filter(({ owner }) => !isAdministrator(owner)),
    foreignServers: catalog.foreignServers.filter(({ owner }) => !isAdministrator(owner)),
    statistics: catalog.statistics.filter(elsewhere),
    others: catalog.others.filter((one) => !isPlatformId(one.id) && !isServers(one.kind, one.owner)),
  };
}

const schemaOf = ({ schema }: { readonly schema: string }) => schema;

/** Names of the platform's schemas need no quotes; pg_catalog's functions stand without it. */
function isPlatformId(id: string): boolean {
  const [, schema] = /^([a-z_][a-z0-9_]*)\./.exec(id) ?? [];
  return schema !== undefined && (isPlatformSchema(schema) || schema === 'pg_catalog');
}

/** Privileges on parameters, schemas and languages that came with the server: a superuser's to give. */
function isServers(kind: string, owner: string | null): boolean {
  return (
    kind === 'parameter' || ((kind === 'schema' || kind === 'language') && owner !== null && isAdministrator(owner))
  );
}

interface Granted {
  readonly owner: string;
  readonly grants: readonly Grant[];
}

/** The application's objects as they are; of the platform's those on which the application granted something, with that alone. */
function part<Item extends Granted>(
  items: readonly Item[],
  schema: (item: Item) => string,
  granted: (item: Item, grants: readonly Grant[]) => Item,
): readonly Item[] {
  return items.flatMap((item) => {
    if (!isPlatformSchema(schema(item))) return [item];
    const grants = item.grants.filter((grant) => isApplications(grant, item.owner));
    return grants.length === 0 ? [] : [granted(item, grants)];
  });
}

/** To a role of its own, or passed on: by `postgres`, which does not own what it was given with grant option. */
function isApplications({ grantee, grantor }: Grant, owner: string): boolean {
  if (grantee !== 'public' && !isPlatformRole(grantee)) return true;
  return grantor !== owner && !isAdministrator(grantor);
}

/** A publication of the platform's is there; which of the application's tables are in it, is the application's. */
function ofPublication(publication: Publication, relations: ReadonlySet<string>): readonly Publication[] {
  if (!publication.name.startsWith('supabase_')) return [publication];
  const tables = publication.tables.filter(({ relation }) => !relations.has(relation));
  const chosen = publication.schemas.filter((name) => !isPlatformSchema(name));
  if (tables.length === 0 && chosen.length === 0) return [];
  return [{ ...publication, owner: '', operations: [], viaRoot: false, comment: null, schemas: chosen, tables }];
}
