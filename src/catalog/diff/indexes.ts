/** Indexes. Those of constraints come and go with them. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import { optionsOfIndex, withoutNameAndOptions } from '../compared-form/definition.ts';
import { flattened } from '../compared-form/flattened.ts';
import { isSameField } from '../compared-form.ts';
import type { Index } from '../model.ts';
import type { GoesWith, Kind, Mended, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { columnKey } from './lookup.ts';
import { commentOf } from './shared.ts';
import { alterOptions, newComment } from './sql.ts';
import { flag, lines, list, value } from './words.ts';

const target = ({ id }: Index) => `index ${id}`;

function mendDefinition(before: Index, after: Index): Mended {
  const rest = (index: Index) => flattened(withoutNameAndOptions(index));
  if (rest(before) !== rest(after)) return after.constraint === null ? 'again' : null;
  return alterOptions(target(after), optionsOfIndex(before), optionsOfIndex(after));
}

function setStatistics(index: Index, before: readonly string[]): readonly string[] {
  const numberOf = (text: string) => text.split('=')[0] ?? '';
  const kept = index.statistics.map(numberOf);
  return [
    ...before.filter((text) => !kept.includes(numberOf(text))).map((text) => `${numberOf(text)}=-1`),
    ...index.statistics.filter((text) => !before.includes(text)),
  ].map((text) => {
    const [number, statistics] = text.split('=');
    return `alter ${target(index)} alter column ${number} set statistics ${statistics};`;
  });
}

function cluster({ relation, name }: Index): string {
  return `alter table ${relation} cluster on ${quoteIdentifier(name)};`;
}

/** Another index may have taken its place. */
function mendClustered(_: Index, after: Index, sides: Sides): readonly string[] {
  if (after.clustered) return [cluster(after)];
  const isElsewhere = sides.after.indexesOf(after.relation).some(({ clustered }) => clustered);
  return isElsewhere ? [] : [`alter table ${after.relation} set without cluster;`];
}

/** The index of a partition that was attached or detached is the same one, whatever it belongs to. */
function staysWithPartition(one: Index, other: Lookup, sides: Sides): boolean {
  const its = other.index(one.id);
  if (its === null || its.relation !== one.relation || (its.parent === null) === (one.parent === null)) return false;
  const inherits = (side: Lookup) => side.relation(one.relation)?.inherits.join('\0');
  return inherits(sides.before) !== inherits(sides.after) && isSameField('indexes', 'definition', its, one);
}

function goesWith(before: Index | null, after: Index | null, attribute: string | null, sides: Sides): GoesWith {
  const one = before ?? after;
  if (one === null) return null;
  if (attribute === 'replicaIdentity') return 'implied';
  if (attribute === null && staysWithPartition(one, before === null ? sides.before : sides.after, sides))
    return 'implied';
  if (one.parent !== null && attribute === null) {
    const [had, has] = [sides.before.index(one.parent), sides.after.index(one.parent)];
    if ((had === null) !== (has === null)) return before === null ? 'told' : 'implied';
  }
  if (before !== null && after !== null && before.constraint !== after.constraint) return null;
  if (one.constraint === null) return null;
  const [had, has] = [
    sides.before.constraint(one.relation, one.constraint),
    sides.after.constraint(one.relation, one.constraint),
  ];
  if ((had === null) !== (has === null)) return 'told';
  if (had === null || has === null) return null;
  const isSame = isSameField('constraints', 'definition', had, has) && had.deferrable === has.deferrable;
  return isSame ? null : 'told';
}

export const indexes: Kind<Index> = {
  list: 'indexes',
  // That of a partition may have any name.
  key: ({ id, relation, parent }) => (parent === null ? id : columnKey(relation, parent)),
  noun: ({ id, relation }) => `index ${id} on ${relation}`,
  attributes: {
    relation: 'identity',
    name: value(
      'name',
      ({ name }) => name,
      (before, after) => [`alter ${target(before)} rename to ${quoteIdentifier(after.name)};`],
    ),
    id: value(
      'name',
      ({ id }) => id,
      () => null,
      { with: ['name'] },
    ),
    definition: lines('definition', ({ definition }) => definition, mendDefinition),
    method: value(
      'method',
      ({ method }) => method,
      () => 'again',
      { with: ['definition'] },
    ),
    columns: list(
      'column',
      ({ columns }) => columns.map((name) => name ?? '(an expression)'),
      () => 'again',
      {
        with: ['definition'],
      },
    ),
    included: list(
      'included column',
      ({ included }) => included,
      () => 'again',
      { with: ['definition'] },
    ),
    predicate: lines(
      'predicate',
      ({ predicate }) => predicate,
      () => 'again',
      { with: ['definition'] },
    ),
    unique: flag(
      'is now unique',
      'is no longer unique',
      ({ unique }) => unique,
      () => 'again',
      { with: ['definition'] },
    ),
    nullsNotDistinct: flag(
      'now takes nulls for equal',
      'no longer takes nulls for equal',
      (index) => index.nullsNotDistinct,
      () => 'again',
      { with: ['definition'] },
    ),
    valid: flag(
      'is now valid',
      'is no longer valid',
      ({ valid }) => valid,
      (_, after) => (after.valid ? [`reindex ${target(after)};`] : null),
    ),
    clustered: flag(
      'is now what its table is clustered on',
      'is no longer what its table is clustered on',
      ({ clustered }) => clustered,
      mendClustered,
    ),
    replicaIdentity: flag(
      'is now the replica identity',
      'is no longer the replica identity',
      (index) => index.replicaIdentity,
      () => [],
    ),
    tablespace: value(
      'tablespace',
      ({ tablespace }) => tablespace,
      (_, after) => [`alter ${target(after)} set tablespace ${quoteIdentifier(after.tablespace ?? 'pg_default')};`],
    ),
    statistics: list(
      'statistics target',
      ({ statistics }) => statistics,
      (before, after) => setStatistics(after, before.statistics),
    ),
    constraint: value(
      'constraint',
      ({ constraint }) => constraint,
      () => 'again',
    ),
    parent: 'identity',
    comment: commentOf(target),
  },
  within: ({ relation }) => [keyOf('relations', relation)],
  goesWith,
  whole: ({ definition }) => definition,
  create: (index) => [
    ...(index.constraint === null ? [`${index.definition};`] : alterOptions(target(index), [], optionsOfIndex(index))),
    ...(index.tablespace === null
      ? []
      : [`alter ${target(index)} set tablespace ${quoteIdentifier(index.tablespace)};`]),
    ...setStatistics(index, []),
    ...(index.clustered ? [cluster(index)] : []),
    ...newComment(target(index), index.comment),
  ],
  // A new partition finds its place by itself; an old one is told.
  late: (index, at, sides) =>
    index.parent !== null && sides.before.relation(index.relation) !== null
      ? [
          {
            statements: [`alter index ${index.parent} attach partition ${index.id};`],
            needs: [
              keyOf('indexes', indexes.key(index)),
              keyOf('indexes', keyOfIndex(index.parent, at.index(index.parent))),
            ],
          },
        ]
      : [],
  drop: (index) => (index.constraint === null && index.parent === null ? [`drop ${target(index)};`] : []),
  remade: ({ parent }) => parent === null,
  text: ({ definition }) => definition,
  columnsOf: ({ relation }) => relation,
  needs: (index) => [
    keyOf('relations', index.relation),
    ...(index.constraint === null ? [] : [keyOf('constraints', columnKey(index.relation, index.constraint))]),
  ],
  name: ({ id }) => id,
};

function keyOfIndex(id: string, index: Index | null): string {
  return index === null ? id : indexes.key(index);
}
