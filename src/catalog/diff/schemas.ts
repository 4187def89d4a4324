/** Schemas and extensions. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import type { Extension, Schema } from '../model.ts';
import type { Kind } from './kind.ts';
import { keyOf } from './kind.ts';
import { commentOf, extensionOf, finished, grantsOf, ownerOf, withExtension } from './shared.ts';
import { newComment, shown } from './sql.ts';
import { value } from './words.ts';

const target = ({ name }: Schema) => `schema ${quoteIdentifier(name)}`;

export const schemas: Kind<Schema> = {
  list: 'schemas',
  key: ({ name }) => name,
  noun: ({ name }) => `schema ${shown(name)}`,
  attributes: {
    name: 'identity',
    owner: ownerOf(target),
    grants: grantsOf((schema) => ({ on: `on ${target(schema)}` })),
    comment: commentOf(target),
    extension: extensionOf(),
  },
  goesWith: (before, after, _, sides) => withExtension(before, after, sides),
  whole: target,
  // Roles own it, and it is there in each new database.
  create: (schema, _, sides) => [
    `create schema${schema.name === 'public' ? ' if not exists' : ''} ${quoteIdentifier(schema.name)};`,
    ...finished(schema, { target: target(schema), on: `on ${target(schema)}`, objects: 'schemas' }, sides),
  ],
  drop: (schema) => [`drop ${target(schema)};`],
  text: () => '',
  needs: ({ owner }) => [keyOf('roles', owner)],
};

const extension = ({ name }: Extension) => `extension ${quoteIdentifier(name)}`;

export const extensions: Kind<Extension> = {
  list: 'extensions',
  key: ({ name }) => name,
  noun: ({ name }) => `extension ${shown(name)}`,
  attributes: {
    name: 'identity',
    version: value(
      'version',
      ({ version }) => version,
      (_, after) => [`alter ${extension(after)} update to ${quoteLiteral(after.version).trim()};`],
    ),
    schema: value(
      'schema',
      ({ schema }) => schema,
      (_, after) => [`alter ${extension(after)} set schema ${quoteIdentifier(after.schema)};`],
    ),
    owner: value(
      'owner',
      ({ owner }) => owner,
      () => null,
    ),
    comment: commentOf(extension),
  },
  whole: ({ name, version, schema }) => `${name} ${version} in ${schema}`,
  create: (one) => [
    `create ${extension(one)} with schema ${quoteIdentifier(one.schema)} version ${quoteLiteral(one.version).trim()};`,
    ...newComment(extension(one), one.comment),
  ],
  drop: (one) => [`drop ${extension(one)};`],
  losesData: () => false,
  text: () => '',
  needs: ({ schema }) => [keyOf('schemas', schema)],
};
