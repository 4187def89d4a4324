/** Roles and memberships. Passwords are not in the model: a role that is made anew has none. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import type { Membership, Role } from '../model.ts';
import type { Kind } from './kind.ts';
import { keyOf } from './kind.ts';
import { commentOf } from './shared.ts';
import { alterSettings, newComment, onDatabase, shown } from './sql.ts';
import { flag, list, value } from './words.ts';

const target = ({ name }: Role) => `role ${quoteIdentifier(name)}`;

const words = {
  superuser: 'superuser',
  inherit: 'inherit',
  createRole: 'createrole',
  createDatabase: 'createdb',
  canLogin: 'login',
  replication: 'replication',
  bypassRowSecurity: 'bypassrls',
} as const;

function can(field: keyof typeof words, on: string, off: string) {
  return flag<Role>(
    on,
    off,
    (role) => role[field],
    (_, after) => [`alter ${target(after)} ${after[field] ? '' : 'no'}${words[field]};`],
  );
}

const here = 'database: ';

function settingsFrom(role: Role, before: readonly string[]): readonly string[] {
  const split = (settings: readonly string[]) => ({
    everywhere: settings.filter((setting) => !setting.startsWith(here)),
    here: settings.filter((setting) => setting.startsWith(here)).map((setting) => setting.slice(here.length)),
  });
  const [had, has] = [split(before), split(role.settings)];
  const template = `${target(role).replaceAll('%', '%%')} in database %I`;
  return [
    ...alterSettings(target(role), had.everywhere, has.everywhere),
    ...alterSettings('\0', had.here, has.here).map((statement) =>
      onDatabase(statement.replace(/;$/, '').replaceAll('%', '%%').replace('\0', template)),
    ),
  ];
}

function valid(role: Role): string {
  return ` valid until ${quoteLiteral(role.validUntil ?? 'infinity').trim()}`;
}

export const roles: Kind<Role> = {
  list: 'roles',
  key: ({ name }) => name,
  noun: ({ name }) => `role ${shown(name)}`,
  attributes: {
    name: 'identity',
    superuser: can('superuser', 'is now a superuser', 'is no longer a superuser'),
    inherit: can('inherit', 'now inherits', 'no longer inherits'),
    createRole: can('createRole', 'may now create roles', 'may no longer create roles'),
    createDatabase: can('createDatabase', 'may now create databases', 'may no longer create databases'),
    canLogin: can('canLogin', 'may now log in', 'may no longer log in'),
    replication: can('replication', 'may now replicate', 'may no longer replicate'),
    bypassRowSecurity: can('bypassRowSecurity', 'now bypasses row security', 'no longer bypasses row security'),
    connectionLimit: value(
      'connection limit',
      ({ connectionLimit }) => connectionLimit,
      (_, after) => [`alter ${target(after)} connection limit ${after.connectionLimit};`],
    ),
    validUntil: value(
      'end of validity',
      ({ validUntil }) => validUntil,
      (_, after) => [`alter ${target(after)}${valid(after)};`],
    ),
    settings: list(
      'setting',
      ({ settings }) => settings,
      (before, after) => settingsFrom(after, before.settings),
    ),
    comment: commentOf(target),
  },
  whole: (role) => role.name,
  create: (role) => [
    `create ${target(role)}${Object.entries(words)
      .map(([field, word]) => ` ${role[field as keyof typeof words] ? '' : 'no'}${word}`)
      .join('')} connection limit ${role.connectionLimit}${role.validUntil === null ? '' : valid(role)};`,
    ...settingsFrom(role, []),
    ...newComment(target(role), role.comment),
  ],
  drop: (role) => [`drop ${target(role)};`],
  text: () => '',
};

function membershipOptions(membership: Membership): string {
  const options = [
    `admin ${membership.admin}`,
    ...(membership.inherit === null ? [] : [`inherit ${membership.inherit}`]),
    ...(membership.set === null ? [] : [`set ${membership.set}`]),
  ];
  if (membership.inherit !== null) return ` with ${options.join(', ')}`;
  return membership.admin ? ' with admin option' : '';
}

function grantOf(membership: Membership): string {
  const { role, member, grantor } = membership;
  return `grant ${quoteIdentifier(role)} to ${quoteIdentifier(member)}${membershipOptions(membership)} granted by ${quoteIdentifier(grantor)};`;
}

function revokeOf({ role, member, grantor }: Membership): string {
  return `revoke ${quoteIdentifier(role)} from ${quoteIdentifier(member)} granted by ${quoteIdentifier(grantor)};`;
}

/** Before 16 there is no way to take the admin option but this. */
function regrant(before: Membership, after: Membership): readonly string[] {
  return before.admin && !after.admin && after.inherit === null ? [revokeOf(before), grantOf(after)] : [grantOf(after)];
}

export const memberships: Kind<Membership> = {
  list: 'memberships',
  key: ({ role, member, grantor }) => `${role}\0${member}\0${grantor}`,
  noun: ({ role, member }) => `membership of ${shown(member)} in ${shown(role)}`,
  attributes: {
    role: 'identity',
    member: 'identity',
    grantor: 'identity',
    admin: flag('may now be passed on', 'may no longer be passed on', ({ admin }) => admin, regrant),
    inherit: flag('is now inherited', 'is no longer inherited', ({ inherit }) => inherit === true, regrant),
    set: flag('now allows SET ROLE', 'no longer allows SET ROLE', ({ set }) => set === true, regrant),
  },
  within: ({ role, member }) => [keyOf('roles', role), keyOf('roles', member)],
  whole: (membership) => grantOf(membership),
  create: (membership) => [grantOf(membership)],
  drop: (membership) => [revokeOf(membership)],
  text: () => '',
  needs: ({ role, member, grantor }) => [role, member, grantor].map((name) => keyOf('roles', name)),
};
