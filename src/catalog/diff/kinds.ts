/** All kinds, in the order in which their differences are told. A list that is added to the catalog needs its row here. */
import type { Lists } from '../compared-form.ts';
import { columns } from './columns.ts';
import { constraints } from './constraints.ts';
import { foreignDataWrappers, foreignServers, userMappings } from './foreign.ts';
import { indexes } from './indexes.ts';
import type { Kind } from './kind.ts';
import { policies } from './policies.ts';
import { database, defaultPrivileges } from './privileges.ts';
import { publications } from './publications.ts';
import { relations } from './relations.ts';
import { memberships, roles } from './roles.ts';
import { routines } from './routines.ts';
import { extensions, schemas } from './schemas.ts';
import { sequences } from './sequences.ts';
import { others, statistics } from './statistics.ts';
import { eventTriggers, rules, triggers } from './triggers.ts';
import { types } from './types.ts';

const kinds: { readonly [List in keyof Lists]: Kind<Lists[List]> } = {
  database,
  roles,
  memberships,
  schemas,
  extensions,
  types,
  sequences,
  relations,
  columns,
  constraints,
  indexes,
  routines,
  triggers,
  rules,
  policies,
  statistics,
  publications,
  eventTriggers,
  foreignDataWrappers,
  foreignServers,
  userMappings,
  defaultPrivileges,
  others,
};

/** Of any list: what is in the list is what the kind is of. */
export type AnyKind = Kind<unknown>;

export const allKinds = Object.values(kinds) as unknown as readonly AnyKind[];
