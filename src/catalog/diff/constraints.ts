/** Constraints of tables and domains. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import { withoutFlags } from '../compared-form/definition.ts';
import { hasIndex, isSameField } from '../compared-form.ts';
import type { Constraint } from '../model.ts';
import { comesWithParents } from './columns.ts';
import type { GoesWith, Kind, Mended, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { columnKey } from './lookup.ts';
import { commentOf } from './shared.ts';
import { newComment, shown } from './sql.ts';
import { flag, lines, list, value } from './words.ts';

const target = (one: Constraint) =>
  `constraint ${quoteIdentifier(one.name)} on ${one.on === 'domain' ? 'domain ' : ''}${one.parent}`;

function alter(one: Constraint, what: string): string {
  return `alter ${one.on} ${one.parent} ${what};`;
}

/** On a partitioned table the constraints of the partitions have names of their own and are attached. */
function add(one: Constraint, at: Lookup): string {
  const only = hasIndex(one) && at.relation(one.parent)?.kind === 'partitioned table' ? 'only ' : '';
  return `alter ${one.on} ${only}${one.parent} add constraint ${quoteIdentifier(one.name)} ${one.definition};`;
}

function mendDeferrable(_: Constraint, after: Constraint): Mended {
  if (after.kind !== 'foreign key') return 'again';
  const how = after.deferrable
    ? `deferrable initially ${after.initiallyDeferred ? 'deferred' : 'immediate'}`
    : 'not deferrable';
  return [alter(after, `alter constraint ${quoteIdentifier(after.name)} ${how}`)];
}

function goesWith(
  before: Constraint | null,
  after: Constraint | null,
  attribute: string | null,
  sides: Sides,
): GoesWith {
  const one = before ?? after;
  if (one === null) return null;
  if (one.kind === 'not null' && attribute === null) {
    // The column (or the domain) says that it may be null now.
    const column = one.columns[0] ?? '';
    const nullable = (side: Lookup) =>
      one.on === 'domain' ? isNotNullDomain(side, one.parent) : (side.column(one.parent, column)?.notNull ?? null);
    if (nullable(sides.before) !== nullable(sides.after)) return 'implied';
  }
  if (one.on === 'domain') return null;
  if (attribute === 'local') {
    const [from, to] = [sides.before.relation(one.parent), sides.after.relation(one.parent)];
    return comesWithParents(after?.local ?? false, from, to) ? 'implied' : null;
  }
  if (attribute === 'name' && one.kind === 'not null') return isRenamedAbove(before, after, sides) ? 'implied' : null;
  if (one.local) return null;
  const parents = sides.after.relation(one.parent)?.inherits ?? sides.before.relation(one.parent)?.inherits ?? [];
  const [had, has] = [ofParents(one, parents, sides.before), ofParents(one, parents, sides.after)];
  if (isSameField('constraints', 'definition', had, has)) return null;
  return attribute === null && before === null && hasIndex(one) ? 'told' : 'implied';
}

/** A parent's NOT NULL has its name in all heirs, also in those that have one of their own. */
function isRenamedAbove(before: Constraint | null, after: Constraint | null, sides: Sides): boolean {
  const [had, has] = [
    [before, sides.before],
    [after, sides.after],
  ].map(([one, side]) => {
    const { parent, columns } = one as Constraint;
    const parents = (side as Lookup).relation(parent)?.inherits ?? [];
    return parents.flatMap((id) =>
      (side as Lookup)
        .constraintsOf(id)
        .filter(({ kind, columns: its }) => kind === 'not null' && its[0] === columns[0])
        .map(({ name }) => name),
    );
  });
  return had?.join('\0') !== has?.join('\0');
}

function isNotNullDomain(side: Lookup, id: string): boolean | null {
  const type = side.type(id);
  return type?.kind === 'domain' ? type.notNull : null;
}

/** What the constraint of a partition came from: its own names are free where there is an index. */
function ofParents(one: Constraint, parents: readonly string[], side: Lookup): Constraint | null {
  for (const parent of parents) {
    const found = side
      .constraintsOf(parent)
      .find(
        (its) =>
          its.kind === one.kind &&
          (hasIndex(one) ? withoutFlags(its.definition) === withoutFlags(one.definition) : its.name === one.name),
      );
    if (found !== undefined) return found;
    const byColumn = side
      .constraintsOf(parent)
      .find((its) => its.kind === 'not null' && one.kind === 'not null' && its.columns[0] === one.columns[0]);
    if (byColumn !== undefined) return byColumn;
  }
  return null;
}

/** The keys that a foreign key may point to. */
function keysReferenced(one: Constraint, at: Lookup): readonly string[] {
  const to = one.references;
  if (to === null) return [];
  const columns = [...to.columns].sort().join('\0');
  return [
    ...at
      .constraintsOf(to.relation)
      .filter((its) => hasIndex(its) && [...its.columns].sort().join('\0') === columns)
      .map((its) => keyOf('constraints', constraints.key(its))),
    ...at
      .indexesOf(to.relation)
      .filter((its) => its.unique && its.constraint === null && [...its.columns].sort().join('\0') === columns)
      .map((its) => keyOf('indexes', its.id)),
    keyOf('relations', to.relation),
  ];
}

export const constraints: Kind<Constraint> = {
  list: 'constraints',
  // One a column, whatever it is called.
  key: (one) => columnKey(one.parent, one.kind === 'not null' ? `\0${one.columns[0] ?? ''}` : one.name),
  noun: (one) =>
    `${one.kind === 'foreign key' || one.kind === 'primary key' ? one.kind : `${one.kind} constraint`} ${shown(one.name)} on ${one.parent}`,
  attributes: {
    parent: 'identity',
    on: 'identity',
    name: value(
      'name',
      ({ name }) => name,
      (before, after) => [
        alter(after, `rename constraint ${quoteIdentifier(before.name)} to ${quoteIdentifier(after.name)}`),
      ],
    ),
    kind: value(
      'kind',
      ({ kind }) => kind,
      () => 'again',
      { with: ['definition'] },
    ),
    definition: lines(
      'definition',
      ({ definition }) => definition,
      () => 'again',
    ),
    columns: list(
      'column',
      ({ columns }) => columns,
      () => 'again',
      { with: ['definition'] },
    ),
    references: value(
      'reference',
      ({ references }) => JSON.stringify(references),
      () => 'again',
      { with: ['definition'] },
    ),
    deferrable: flag('is now deferrable', 'is no longer deferrable', ({ deferrable }) => deferrable, mendDeferrable),
    initiallyDeferred: flag(
      'is now deferred from the start',
      'is no longer deferred from the start',
      (one) => one.initiallyDeferred,
      mendDeferrable,
    ),
    validated: flag(
      'is now validated',
      'is no longer validated',
      ({ validated }) => validated,
      (_, after) => (after.validated ? [alter(after, `validate constraint ${quoteIdentifier(after.name)}`)] : 'again'),
      { with: ['enforced'] },
    ),
    enforced: flag(
      'is now enforced',
      'is no longer enforced',
      ({ enforced }) => enforced,
      () => 'again',
    ),
    noInherit: flag(
      'is no longer inherited',
      'is now inherited',
      ({ noInherit }) => noInherit,
      (_, after) =>
        after.kind === 'not null'
          ? [
              alter(
                after,
                `alter constraint ${quoteIdentifier(after.name)} ${after.noInherit ? 'no inherit' : 'inherit'}`,
              ),
            ]
          : 'again',
    ),
    local: flag(
      'is now its own',
      'is now only inherited',
      ({ local }) => local,
      () => null,
    ),
    comment: commentOf(target),
  },
  isOther: (before, after) => before.kind !== after.kind,
  within: ({ parent, on }) => [keyOf(on === 'domain' ? 'types' : 'relations', parent)],
  goesWith,
  whole: ({ definition }) => definition,
  create: (one, at) => {
    const comment = newComment(target(one), one.comment);
    const ownTable = at.relation(one.parent);
    if (one.kind === 'not null') {
      // Column definitions say it, but for those that do not hold for old rows.
      const column = at.column(one.parent, one.columns[0] ?? '');
      return one.validated || column === null ? comment : [add(one, at), ...comment];
    }
    if (one.local || one.on === 'domain') return [add(one, at), ...comment];
    // A partition is made alone and then attached: what has to match is made with it, the rest comes with the parent.
    const isPartition = ownTable?.partitionBound != null;
    return isPartition && one.kind !== 'foreign key' ? [add(one, at), ...comment] : [];
  },
  drop: (one) => (one.local ? [alter(one, `drop constraint ${quoteIdentifier(one.name)}`)] : []),
  remade: ({ local, kind }) => local && kind !== 'not null',
  text: ({ definition }) => definition,
  columnsOf: ({ parent, on }) => (on === 'table' ? parent : null),
  needs: (one, at) => [keyOf(one.on === 'domain' ? 'types' : 'relations', one.parent), ...keysReferenced(one, at)],
};
