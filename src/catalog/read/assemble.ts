/** Rows of one moment become the model. */
import type { Catalog } from '../model.ts';
import { modelVersion } from '../model.ts';
import { aclReader } from './acl.ts';
import { columnsOf, compositeAttributes, nameColumns } from './columns.ts';
import { constraintsOf } from './constraints.ts';
import type { ReadContext } from './context.ts';
import { mappingsOf, serversOf, wrappersOf } from './foreign.ts';
import { indexesOf, replicaIndexes } from './indexes.ts';
import { Names } from './names.ts';
import { othersOf } from './others.ts';
import { policiesOf } from './policies.ts';
import { defaultPrivilegesOf } from './privileges.ts';
import { publicationsOf } from './publications.ts';
import { parentsByChild, relationsOf } from './relations.ts';
import { databaseOf, membershipsOf, rolesOf } from './roles.ts';
import { routinesOf } from './routines.ts';
import type { Rows } from './rows.ts';
import { rulesOf } from './rules.ts';
import { extensionsOf, isSystemSchema, schemasOf } from './schemas.ts';
import { sequencesOf } from './sequences.ts';
import { statisticsOf } from './statistics.ts';
import { eventTriggersOf, triggersOf } from './triggers.ts';
import { typesOf } from './types.ts';
import { withUsedRoles } from './used-roles.ts';

export function assemble(rows: Rows, major: number, exceptSchemas: readonly string[], roles: 'all' | 'used'): Catalog {
  const names = nameAll(rows, exceptSchemas);
  const context: ReadContext = { major, names, grants: aclReader() };
  const parents = parentsByChild(rows.inheritance);
  const catalog: Catalog = {
    model: modelVersion,
    major,
    database: databaseOf(rows.database, rows.settings, context),
    roles: rolesOf(rows.roles, rows.settings, context),
    memberships: membershipsOf(rows.memberships, context),
    schemas: schemasOf(rows.schemas, context),
    extensions: extensionsOf(rows.extensions, context),
    types: typesOf(rows.types, rows.enums, compositeAttributes(rows.columns, rows.relations, context), context),
    relations: relationsOf(rows.relations, parents, replicaIndexes(rows.indexes), context),
    columns: columnsOf(rows.columns, rows.relations, context),
    constraints: constraintsOf(rows.constraints, rows.switchedOff, context),
    indexes: indexesOf(
      rows.indexes,
      { statistics: rows.indexStatistics, constraints: rows.constraints, parents },
      context,
    ),
    sequences: sequencesOf(rows.sequences, context),
    routines: routinesOf(rows.routines, context),
    triggers: triggersOf(rows.triggers, context),
    rules: rulesOf(rows.rules, context),
    policies: policiesOf(rows.policies, context),
    defaultPrivileges: defaultPrivilegesOf(rows.defaultPrivileges, context),
    publications: publicationsOf(rows.publications, rows.published, context),
    eventTriggers: eventTriggersOf(rows.eventTriggers, context),
    foreignDataWrappers: wrappersOf(rows.wrappers, context),
    foreignServers: serversOf(rows.servers, context),
    userMappings: mappingsOf(rows.mappings, context),
    statistics: statisticsOf(rows.statistics, context),
    others: othersOf(rows.others, rows.systemGrants, rows.parameters, context),
  };
  return roles === 'all' ? catalog : withUsedRoles(catalog);
}

function nameAll(rows: Rows, exceptSchemas: readonly string[]): Names {
  const names = new Names(new Set(rows.keywords[0]?.words.split(' ')));
  for (const { oid, name } of rows.roles) names.roles.set(oid, name);
  for (const { oid, name } of rows.schemas) {
    names.schemas.set(oid, name);
    // What users put into pg_catalog is shown, as their extensions and superusers can.
    if (name !== 'pg_catalog' && (isSystemSchema(name) || exceptSchemas.includes(name))) names.hidden.add(oid);
  }
  for (const { oid, schema, name } of rows.relations) {
    names.relations.set(oid, { id: names.id(schema, name), schema, name });
  }
  for (const { type, modifier, name } of rows.typeNames) names.addType(type, modifier, name);
  for (const row of rows.comments) names.addComment(row.class, row.object, row.part, row.text);
  for (const row of rows.members) names.addMember(row.class, row.object, row.extension);
  nameColumns(rows.columns, names);
  return names;
}
