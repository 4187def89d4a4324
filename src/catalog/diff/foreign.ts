/** Foreign-data wrappers, servers and user mappings. Secrets are not in the model. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import type { ForeignDataWrapper, ForeignServer, UserMapping } from '../model.ts';
import { builtInGrants, mendGrants } from './grants.ts';
import type { Kind } from './kind.ts';
import { keyOf } from './kind.ts';
import { commentOf, extensionOf, grantsOf, ownerOf, withExtension } from './shared.ts';
import { alterForeignOptions, foreignOptions, isUnread, newComment, ownerTo, roleName, shown } from './sql.ts';
import { list, value } from './words.ts';

const wrapper = ({ name }: ForeignDataWrapper) => `foreign data wrapper ${quoteIdentifier(name)}`;
const functionName = (id: string) => id.replace(/\(.*$/s, '');

function finish(one: ForeignDataWrapper | ForeignServer, target: string, on: string): readonly string[] {
  return [
    ownerTo(target, one.owner),
    ...mendGrants({ owner: one.owner, grants: builtInGrants(one.owner, 'wrappers') }, one, { on }),
    ...newComment(target, one.comment),
  ];
}

function calls(one: ForeignDataWrapper): string {
  const handler = one.handler === null ? '' : ` handler ${functionName(one.handler)}`;
  return `${handler}${one.validator === null ? '' : ` validator ${functionName(one.validator)}`}`;
}

function alterCalls(_: ForeignDataWrapper, after: ForeignDataWrapper): readonly string[] {
  const handler = after.handler === null ? 'no handler' : `handler ${functionName(after.handler)}`;
  const validator = after.validator === null ? 'no validator' : `validator ${functionName(after.validator)}`;
  return [`alter ${wrapper(after)} ${handler} ${validator};`];
}

export const foreignDataWrappers: Kind<ForeignDataWrapper> = {
  list: 'foreignDataWrappers',
  key: ({ name }) => name,
  noun: ({ name }) => `foreign-data wrapper ${shown(name)}`,
  attributes: {
    name: 'identity',
    owner: ownerOf(wrapper),
    grants: grantsOf((one) => ({ on: `on ${wrapper(one)}` })),
    handler: value('handler', ({ handler }) => handler, alterCalls),
    validator: value('validator', ({ validator }) => validator, alterCalls),
    options: list(
      'option',
      ({ options }) => options,
      (before, after) => alterForeignOptions(wrapper(after), before.options, after.options),
    ),
    comment: commentOf(wrapper),
    extension: extensionOf(),
  },
  within: ({ extension }) => (extension === null ? [] : [keyOf('extensions', extension)]),
  goesWith: (before, after, _, sides) => withExtension(before, after, sides),
  whole: (one) => `${wrapper(one)}${calls(one)}${foreignOptions(one.options)}`,
  create: (one) =>
    isUnread(one.options)
      ? null
      : [
          `create ${wrapper(one)}${calls(one)}${foreignOptions(one.options)};`,
          ...finish(one, wrapper(one), `on ${wrapper(one)}`),
        ],
  drop: (one) => [`drop ${wrapper(one)};`],
  text: ({ handler, validator }) => `${handler ?? ''} ${validator ?? ''}`,
  needs: ({ owner, extension }) => [
    keyOf('roles', owner),
    ...(extension === null ? [] : [keyOf('extensions', extension)]),
  ],
};

const server = ({ name }: ForeignServer) => `server ${quoteIdentifier(name)}`;
const literal = (text: string) => quoteLiteral(text).trim();

function createServer(one: ForeignServer): string {
  const type = one.type === null ? '' : ` type ${literal(one.type)}`;
  const version = one.version === null ? '' : ` version ${literal(one.version)}`;
  return `create ${server(one)}${type}${version} foreign data wrapper ${quoteIdentifier(one.wrapper)}${foreignOptions(one.options)};`;
}

export const foreignServers: Kind<ForeignServer> = {
  list: 'foreignServers',
  key: ({ name }) => name,
  noun: ({ name }) => `foreign server ${shown(name)}`,
  attributes: {
    name: 'identity',
    owner: ownerOf(server),
    grants: grantsOf((one) => ({ on: `on foreign ${server(one)}` })),
    wrapper: value(
      'wrapper',
      (one) => one.wrapper,
      () => 'again',
    ),
    type: value(
      'type',
      ({ type }) => type,
      () => 'again',
    ),
    version: value(
      'version',
      ({ version }) => version,
      (_, after) => (after.version === null ? null : [`alter ${server(after)} version ${literal(after.version)};`]),
    ),
    options: list(
      'option',
      ({ options }) => options,
      (before, after) => alterForeignOptions(server(after), before.options, after.options),
    ),
    comment: commentOf(server),
    extension: extensionOf(),
  },
  within: ({ extension }) => (extension === null ? [] : [keyOf('extensions', extension)]),
  goesWith: (before, after, _, sides) => withExtension(before, after, sides),
  whole: createServer,
  create: (one) =>
    isUnread(one.options) ? null : [createServer(one), ...finish(one, server(one), `on foreign ${server(one)}`)],
  drop: (one) => [`drop ${server(one)};`],
  text: () => '',
  needs: (one) => [keyOf('foreignDataWrappers', one.wrapper), keyOf('roles', one.owner)],
};

const mapping = (one: UserMapping) => `user mapping for ${roleName(one.role)} server ${quoteIdentifier(one.server)}`;

export const userMappings: Kind<UserMapping> = {
  list: 'userMappings',
  key: ({ server: name, role }) => `${name}\0${role}`,
  noun: (one) => `user mapping of ${one.role} for ${shown(one.server)}`,
  attributes: {
    server: 'identity',
    role: 'identity',
    options: list(
      'option',
      ({ options }) => options,
      (before, after) => {
        const gone = before.options.filter((name) => !after.options.includes(name));
        // What an option holds is a password, and not known here.
        if (after.options.some((name) => !before.options.includes(name))) return null;
        return [`alter ${mapping(after)} options (${gone.map((name) => `drop ${quoteIdentifier(name)}`).join(', ')});`];
      },
    ),
  },
  within: (one) => [keyOf('foreignServers', one.server)],
  whole: mapping,
  create: (one) => (one.options.length === 0 ? [`create ${mapping(one)};`] : null),
  drop: (one) => [`drop ${mapping(one)};`],
  text: () => '',
  needs: (one) => [keyOf('foreignServers', one.server), keyOf('roles', one.role)],
};
