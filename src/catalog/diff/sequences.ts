/** Sequences. Those of identity columns are made by the column; what a column owns goes when the column does. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Sequence } from '../model.ts';
import { sequenceOptions } from './columns.ts';
import { newGrants } from './grants.ts';
import type { GoesWith, Kind, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { ownedKey } from './lookup.ts';
import { commentOf, extensionOf, finished, grantsOf, inSchema, ownerOf, withExtension } from './shared.ts';
import { newComment } from './sql.ts';
import { flag, value } from './words.ts';

const target = ({ id }: Sequence) => `sequence ${id}`;

type Option = 'type' | 'start' | 'increment' | 'minimum' | 'maximum' | 'cache' | 'cycle';

/** The bounds of before may not hold for the type of after: all is said at once. */
function alter(_: Sequence, after: Sequence): readonly string[] {
  return [`alter ${target(after)} as ${after.type} ${sequenceOptions(after)};`];
}

function option(field: Exclude<Option, 'cycle'>, label: string) {
  return value<Sequence>(label, (sequence) => sequence[field], alter);
}

function ownership({ id, ownedBy }: Sequence): string {
  return `alter sequence ${id} owned by ${ownedBy ?? 'none'};`;
}

/** The column that has it, of the model's list. */
function columnOf(one: Sequence, side: Lookup) {
  const [relation = '', name = ''] = ownedKey(one.ownedBy)?.split('\0') ?? [];
  return one.ownedBy === null ? null : side.column(relation, name);
}

function goesWith(before: Sequence | null, after: Sequence | null, attribute: string | null, sides: Sides): GoesWith {
  const one = before ?? after;
  if (one === null || one.ownedBy === null) return null;
  const [had, has] = [columnOf(one, sides.before), columnOf(one, sides.after)];
  if (attribute === null) {
    if (one.identity) return had?.identity !== has?.identity ? 'implied' : null;
    if ((had === null) !== (has === null)) return before === null ? 'told' : 'implied';
    return null;
  }
  const relation = (had ?? has)?.relation ?? '';
  const owners = [sides.before.relation(relation)?.owner, sides.after.relation(relation)?.owner];
  if (attribute === 'owner' && owners[0] !== owners[1]) return 'implied';
  const persistences = [sides.before.relation(relation)?.persistence, sides.after.relation(relation)?.persistence];
  if (attribute === 'persistence' && persistences[0] !== persistences[1]) return 'implied';
  // ALTER COLUMN … TYPE of an identity column takes its sequence along, but not where that was set by hand.
  if (one.identity && ['type', 'maximum', 'minimum'].includes(attribute) && had?.type !== has?.type) return 'told';
  return null;
}

export const sequences: Kind<Sequence> = {
  list: 'sequences',
  key: (one) => (one.identity && one.ownedBy !== null ? `identity ${one.ownedBy}` : one.id),
  noun: target,
  attributes: {
    schema: 'identity',
    name: value(
      'name',
      ({ name }) => name,
      (before, after) => [`alter ${target(before)} rename to ${quoteIdentifier(after.name)};`],
    ),
    id: value(
      'id',
      ({ id }) => id,
      () => null,
      { with: ['name'] },
    ),
    owner: ownerOf(target),
    grants: grantsOf((sequence) => ({ on: `on ${target(sequence)}` })),
    comment: commentOf(target),
    extension: extensionOf(),
    type: option('type', 'type'),
    start: option('start', 'start'),
    increment: option('increment', 'increment'),
    minimum: option('minimum', 'minimum'),
    maximum: option('maximum', 'maximum'),
    cache: option('cache', 'cache'),
    cycle: flag('now begins anew at its end', 'no longer begins anew at its end', ({ cycle }) => cycle, alter),
    persistence: value(
      'persistence',
      ({ persistence }) => persistence,
      (_, after) => [`alter ${target(after)} set ${after.persistence === 'unlogged' ? 'unlogged' : 'logged'};`],
    ),
    ownedBy: value(
      'owned by',
      ({ ownedBy }) => ownedBy,
      (_, after) => [ownership(after)],
    ),
    identity: flag(
      'is now that of an identity column',
      'is no longer that of an identity column',
      ({ identity }) => identity,
      () => null,
    ),
  },
  within: (one) => {
    const column = ownedKey(one.ownedBy);
    if (column === null) return one.extension === null ? [] : [keyOf('extensions', one.extension)];
    return [keyOf('relations', column.split('\0')[0] ?? ''), keyOf('columns', column)];
  },
  goesWith: (before, after, attribute, sides) =>
    withExtension(before, after, sides) ?? goesWith(before, after, attribute, sides),
  whole: (one) => `${target(one)} as ${one.type} ${sequenceOptions(one)}`,
  create: (one, _, sides) =>
    one.identity
      ? [
          ...newGrants(
            one,
            'sequences',
            sides.before.catalog.defaultPrivileges,
            { on: `on ${target(one)}` },
            sides.before.major,
          ),
          ...newComment(target(one), one.comment),
        ]
      : [
          `create ${one.persistence === 'unlogged' ? 'unlogged ' : ''}${target(one)} as ${one.type} ${sequenceOptions(one)};`,
          ...finished(one, { target: target(one), on: `on ${target(one)}`, objects: 'sequences' }, sides),
        ],
  late: (one) => {
    const column = ownedKey(one.ownedBy);
    return one.identity || column === null ? [] : [{ statements: [ownership(one)], needs: [keyOf('columns', column)] }];
  },
  drop: (one) => (one.identity ? [] : [`drop ${target(one)};`]),
  text: () => '',
  needs: (one) => {
    const column = ownedKey(one.ownedBy);
    return [
      ...inSchema(one),
      keyOf('roles', one.owner),
      ...(one.identity && column !== null ? [keyOf('columns', column)] : []),
    ];
  },
  name: ({ id }) => id,
};
