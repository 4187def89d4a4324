/** Default privileges and what belongs to the database itself. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Catalog, DefaultPrivilege } from '../model.ts';
import type { GrantTarget } from './grants.ts';
import { builtInGrants, compareGrants, mendGrants } from './grants.ts';
import type { Kind, Part } from './kind.ts';
import { keyOf } from './kind.ts';
import { alterSettings, commentOn, onDatabase, shown } from './sql.ts';
import { lines, list, value } from './words.ts';

function grantTarget({ role, schema, objects }: DefaultPrivilege): GrantTarget {
  const where = schema === null ? '' : ` in schema ${quoteIdentifier(schema)}`;
  return { head: `alter default privileges for role ${quoteIdentifier(role)}${where} `, on: `on ${objects}` };
}

const granted = ({ role, grants }: DefaultPrivilege) => ({ owner: role, grants });

/** What holds where nothing was said. */
function untouched(one: DefaultPrivilege, major: number): DefaultPrivilege {
  return { ...one, grants: one.schema === null ? builtInGrants(one.role, one.objects, major) : [] };
}

export const defaultPrivileges: Kind<DefaultPrivilege> = {
  list: 'defaultPrivileges',
  key: ({ role, schema, objects }) => [role, objects, schema === null ? '' : `in ${schema}`].join('\0'),
  noun: ({ role, schema, objects }) =>
    `default privileges on ${objects} of ${shown(role)}${schema === null ? '' : ` in schema ${shown(schema)}`}`,
  attributes: {
    role: 'identity',
    schema: 'identity',
    objects: 'identity',
    grants: {
      told: () => 'grants',
      mend: (before, after) => mendGrants(granted(before), granted(after), grantTarget(after)),
      each: (before, after) => compareGrants(granted(before), granted(after), grantTarget(after)),
    },
  },
  within: ({ role, schema }) => [keyOf('roles', role), ...(schema === null ? [] : [keyOf('schemas', schema)])],
  whole: (one) => one.grants.map(({ grantee, privileges }) => `${grantee}: ${privileges.join(', ')}`).join('; '),
  create: (one, at) => mendGrants(granted(untouched(one, at.major)), granted(one), grantTarget(one)),
  drop: (one, at) => mendGrants(granted(one), granted(untouched(one, at.major)), grantTarget(one)),
  text: () => '',
  needs: ({ role, schema, grants }) => [
    keyOf('roles', role),
    ...(schema === null ? [] : [keyOf('schemas', schema)]),
    ...grants.map(({ grantee }) => keyOf('roles', grantee)),
  ],
};

type Database = Catalog['database'];

/** The statements name the database that they run in. */
function here(statement: string): string {
  return onDatabase(statement.replace(/;$/, '').replaceAll('%', '%%').replaceAll('\0', '%I'));
}

const onIt = { on: 'on database \0' };

export const database: Kind<Database> = {
  list: 'database',
  key: () => '',
  noun: () => 'database',
  attributes: {
    owner: value(
      'owner',
      ({ owner }) => owner,
      (_, { owner }) => [here(`alter database \0 owner to ${quoteIdentifier(owner)};`)],
    ),
    grants: {
      told: () => 'grants',
      mend: (before, after) => mendGrants(before, after, onIt).map(here),
      each: (before, after) =>
        compareGrants(before, after, onIt).map(
          (part): Part => ({
            ...part,
            sql: part.sql === null ? null : part.sql.split(';\n').map(here).join('\n'),
          }),
        ),
    },
    settings: list(
      'setting',
      ({ settings }) => settings,
      (before, after) => alterSettings('database \0', before.settings, after.settings).map(here),
    ),
    comment: lines(
      'comment',
      ({ comment }) => comment,
      (_, { comment }) => [here(commentOn('database \0', comment))],
    ),
  },
  whole: () => 'database',
  create: () => null,
  drop: () => null,
  text: () => '',
};
