/** Extended statistics, and the objects of rare kinds. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { OtherObject, StatisticsObject } from '../model.ts';
import { compareGrants, mendGrants } from './grants.ts';
import type { GoesWith, Kind, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { commentOf, extensionOf, inSchema, ownerOf, withExtension } from './shared.ts';
import { dottedParts, newComment, unquoted } from './sql.ts';
import { lines, value } from './words.ts';

const target = ({ id }: StatisticsObject) => `statistics ${id}`;
const setTarget = (one: StatisticsObject) => `alter ${target(one)} set statistics ${one.target ?? -1};`;

export const statistics: Kind<StatisticsObject> = {
  list: 'statistics',
  key: ({ id }) => id,
  noun: ({ id, relation }) => `statistics ${id} on ${relation}`,
  attributes: {
    schema: 'identity',
    name: 'identity',
    id: 'identity',
    owner: ownerOf(target),
    relation: value(
      'table',
      ({ relation }) => relation,
      () => 'again',
      { with: ['definition'] },
    ),
    definition: lines(
      'definition',
      ({ definition }) => definition,
      () => 'again',
    ),
    target: value(
      'target',
      (one) => one.target,
      (_, after) => [setTarget(after)],
    ),
    comment: commentOf(target),
  },
  within: ({ relation }) => [keyOf('relations', relation)],
  whole: ({ definition }) => definition,
  create: (one) => [
    `${one.definition};`,
    `alter ${target(one)} owner to ${quoteIdentifier(one.owner)};`,
    ...(one.target === null ? [] : [setTarget(one)]),
    ...newComment(target(one), one.comment),
  ],
  drop: (one) => [`drop ${target(one)};`],
  remade: () => true,
  text: ({ definition }) => definition,
  columnsOf: ({ relation }) => relation,
  needs: (one) => [...inSchema(one), keyOf('relations', one.relation)],
};

/** As DROP, COMMENT and ALTER name it. */
const other = ({ kind, id }: OtherObject) => `${kind} ${id}`;

/** What the server prints of them is for comparing; most can be dropped, none be made of it. */
const droppable = new Set([
  'cast',
  'collation',
  'conversion',
  'operator',
  'operator class',
  'operator family',
  'text search configuration',
  'text search dictionary',
  'text search parser',
  'text search template',
  'transform',
  'access method',
  'language',
]);

const granted = ({ owner, grants }: OtherObject) => ({ owner: owner ?? '', grants });

/** A range brings the cast to its multirange. */
function withRange(one: OtherObject | null, sides: Sides): GoesWith {
  if (one?.kind !== 'cast') return null;
  const made = ({ catalog }: Lookup) =>
    catalog.types.some((type) => type.kind === 'range' && one.id === `(${type.id} AS ${type.multirange})`);
  return made(sides.before) === made(sides.after) ? null : 'implied';
}

export const others: Kind<OtherObject> = {
  list: 'others',
  key: ({ kind, id }) => `${kind}\0${id}`,
  noun: other,
  attributes: {
    kind: 'identity',
    id: 'identity',
    owner: value(
      'owner',
      ({ owner }) => owner,
      (_, after) =>
        after.owner === null || !droppable.has(after.kind)
          ? null
          : [`alter ${other(after)} owner to ${quoteIdentifier(after.owner)};`],
    ),
    grants: {
      told: () => 'grants',
      mend: (before, after) => mendGrants(granted(before), granted(after), { on: `on ${other(after)}` }),
      each: (before, after) => compareGrants(granted(before), granted(after), { on: `on ${other(after)}` }),
    },
    definition: lines(
      'definition',
      ({ definition }) => definition,
      () => null,
    ),
    comment: commentOf(other),
    extension: extensionOf(),
  },
  within: ({ extension }) => (extension === null ? [] : [keyOf('extensions', extension)]),
  goesWith: (before, after, _, sides) => withExtension(before, after, sides) ?? withRange(before ?? after, sides),
  whole: ({ definition }) => definition,
  create: () => null,
  drop: (one) => (droppable.has(one.kind) ? [`drop ${other(one)};`] : null),
  text: ({ definition }) => definition,
  needs: ({ id }) => [keyOf('schemas', unquoted(dottedParts(id)[0] ?? ''))],
};
