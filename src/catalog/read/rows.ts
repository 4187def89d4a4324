/** Every query of a read, by the name under which a session keeps it prepared. */
import type { ColumnRow, TypeNameRow } from './columns.ts';
import { columnSql, typeNameSql } from './columns.ts';
import type { ConstraintRow, SwitchedOffRow } from './constraints.ts';
import { constraintSql, switchedOffSql } from './constraints.ts';
import type { MappingRow, ServerRow, WrapperRow } from './foreign.ts';
import { mappingSql, serverSql, wrapperSql } from './foreign.ts';
import type { IndexRow, IndexStatisticsRow } from './indexes.ts';
import { indexSql, indexStatisticsSql } from './indexes.ts';
import type { CommentRow, KeywordRow, MemberRow, OtherRow, ParameterRow, SystemGrantRow } from './others.ts';
import { commentSql, keywordSql, memberSql, otherSql, parameterSql, systemGrantSql } from './others.ts';
import type { PolicyRow } from './policies.ts';
import { policySql } from './policies.ts';
import type { DefaultPrivilegeRow } from './privileges.ts';
import { defaultPrivilegeSql } from './privileges.ts';
import type { PublicationRow, PublishedRow } from './publications.ts';
import { publicationSql, publishedSql } from './publications.ts';
import type { InheritanceRow, RelationRow } from './relations.ts';
import { inheritanceSql, relationSql } from './relations.ts';
import type { DatabaseRow, MembershipRow, RoleRow, SettingRow } from './roles.ts';
import { databaseSql, membershipSql, roleSql, settingSql } from './roles.ts';
import type { RoutineRow } from './routines.ts';
import { routineSql } from './routines.ts';
import type { RuleRow } from './rules.ts';
import { ruleSql } from './rules.ts';
import type { ExtensionRow, SchemaRow } from './schemas.ts';
import { extensionSql, schemaSql } from './schemas.ts';
import type { SequenceRow } from './sequences.ts';
import { sequenceSql } from './sequences.ts';
import type { Snapshot } from './snapshot.ts';
import type { StatisticsRow } from './statistics.ts';
import { statisticsSql } from './statistics.ts';
import type { EventTriggerRow, TriggerRow } from './triggers.ts';
import { eventTriggerSql, triggerSql } from './triggers.ts';
import type { EnumRow, TypeRow } from './types.ts';
import { enumSql, typeSql } from './types.ts';

export interface Rows {
  readonly roles: readonly RoleRow[];
  readonly settings: readonly SettingRow[];
  readonly memberships: readonly MembershipRow[];
  readonly database: readonly DatabaseRow[];
  readonly schemas: readonly SchemaRow[];
  readonly extensions: readonly ExtensionRow[];
  readonly keywords: readonly KeywordRow[];
  readonly comments: readonly CommentRow[];
  readonly members: readonly MemberRow[];
  readonly relations: readonly RelationRow[];
  readonly inheritance: readonly InheritanceRow[];
  readonly typeNames: readonly TypeNameRow[];
  readonly columns: readonly ColumnRow[];
  readonly types: readonly TypeRow[];
  readonly enums: readonly EnumRow[];
  readonly constraints: readonly ConstraintRow[];
  readonly switchedOff: readonly SwitchedOffRow[];
  readonly indexes: readonly IndexRow[];
  readonly indexStatistics: readonly IndexStatisticsRow[];
  readonly sequences: readonly SequenceRow[];
  readonly routines: readonly RoutineRow[];
  readonly triggers: readonly TriggerRow[];
  readonly rules: readonly RuleRow[];
  readonly policies: readonly PolicyRow[];
  readonly defaultPrivileges: readonly DefaultPrivilegeRow[];
  readonly publications: readonly PublicationRow[];
  readonly published: readonly PublishedRow[];
  readonly eventTriggers: readonly EventTriggerRow[];
  readonly wrappers: readonly WrapperRow[];
  readonly servers: readonly ServerRow[];
  readonly mappings: readonly MappingRow[];
  readonly statistics: readonly StatisticsRow[];
  readonly others: readonly OtherRow[];
  readonly systemGrants: readonly SystemGrantRow[];
  readonly parameters: readonly ParameterRow[];
}

/** What each major asks with; another major is another value of the few that depend on it. */
function queries(major: number): Readonly<Record<keyof Rows, string>> {
  return {
    roles: roleSql,
    settings: settingSql,
    memberships: membershipSql(major),
    database: databaseSql,
    schemas: schemaSql,
    extensions: extensionSql,
    keywords: keywordSql,
    comments: commentSql,
    members: memberSql,
    relations: relationSql,
    inheritance: inheritanceSql,
    typeNames: typeNameSql,
    columns: columnSql,
    types: typeSql,
    enums: enumSql,
    constraints: constraintSql(major),
    switchedOff: switchedOffSql,
    indexes: indexSql,
    indexStatistics: indexStatisticsSql,
    sequences: sequenceSql,
    routines: routineSql,
    triggers: triggerSql,
    rules: ruleSql,
    policies: policySql,
    defaultPrivileges: defaultPrivilegeSql,
    publications: publicationSql(major),
    published: publishedSql,
    eventTriggers: eventTriggerSql,
    wrappers: wrapperSql,
    servers: serverSql,
    mappings: mappingSql,
    statistics: statisticsSql,
    others: otherSql(major),
    systemGrants: systemGrantSql,
    parameters: parameterSql,
  };
}

/** About half of the time that a read takes. */
const secondHalf: ReadonlySet<string> = new Set<keyof Rows>(['routines', 'indexes', 'others', 'systemGrants']);

export async function readRows(snapshot: Snapshot, part: 'all' | 'first half' | 'second half'): Promise<Partial<Rows>> {
  const asked = Object.entries(queries(snapshot.major)).filter(
    ([name]) => part === 'all' || secondHalf.has(name) === (part === 'second half'),
  );
  const read = asked.map(async ([name, sql]) => [name, await snapshot.rows<unknown>(name, sql)] as const);
  return Object.fromEntries(await Promise.all(read)) as unknown as Partial<Rows>;
}
