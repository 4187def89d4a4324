/** Policies. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Policy } from '../model.ts';
import type { Kind } from './kind.ts';
import { keyOf } from './kind.ts';
import { columnKey } from './lookup.ts';
import { commentOf } from './shared.ts';
import { newComment, roleName, shown } from './sql.ts';
import { flag, lines, list, value } from './words.ts';

const target = ({ name, relation }: Policy) => `policy ${quoteIdentifier(name)} on ${relation}`;

function create(policy: Policy): string {
  const { permissive, command, roles, using, withCheck } = policy;
  return [
    `create ${target(policy)}`,
    permissive ? '' : ' as restrictive',
    command === 'all' ? '' : ` for ${command}`,
    ` to ${roles.map(roleName).join(', ')}`,
    using === null ? '' : ` using (${using})`,
    withCheck === null ? '' : ` with check (${withCheck})`,
    ';',
  ].join('');
}

/** An expression can be put in the place of another, not taken away. */
function put(field: 'using' | 'withCheck', clause: string) {
  return (_: Policy, after: Policy) => {
    const text = after[field];
    return text === null ? 'again' : [`alter ${target(after)} ${clause} (${text});`];
  };
}

export const policies: Kind<Policy> = {
  list: 'policies',
  key: ({ relation, name }) => columnKey(relation, name),
  noun: ({ relation, name }) => `policy ${shown(name)} on ${relation}`,
  attributes: {
    relation: 'identity',
    name: 'identity',
    permissive: flag(
      'is now permissive',
      'is now restrictive',
      ({ permissive }) => permissive,
      () => 'again',
    ),
    command: value(
      'command',
      ({ command }) => command,
      () => 'again',
    ),
    roles: list(
      'role',
      ({ roles }) => roles,
      (_, after) => [`alter ${target(after)} to ${after.roles.map(roleName).join(', ')};`],
    ),
    using: lines('USING', ({ using }) => using, put('using', 'using')),
    withCheck: lines('WITH CHECK', ({ withCheck }) => withCheck, put('withCheck', 'with check')),
    comment: commentOf(target),
  },
  within: ({ relation }) => [keyOf('relations', relation)],
  whole: create,
  create: (policy) => [create(policy), ...newComment(target(policy), policy.comment)],
  drop: (policy) => [`drop ${target(policy)};`],
  remade: () => true,
  text: ({ using, withCheck }) => `${using ?? ''} ${withCheck ?? ''}`,
  columnsOf: ({ relation }) => relation,
  needs: ({ relation, roles }) => [keyOf('relations', relation), ...roles.map((role) => keyOf('roles', role))],
};
