/** Tables, partitions, views, materialized views and foreign tables, with the columns that they are made with. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Column, Relation } from '../model.ts';
import { columnDefinition, columns, dropDefault, finishColumn, isLateDefault, setDefault } from './columns.ts';
import { constraints } from './constraints.ts';
import { indexes } from './indexes.ts';
import type { Kind, Late, Mended, Sides, Statements } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { commentOf, extensionOf, finished, grantsOf, inSchema, ownerOf, withExtension } from './shared.ts';
import { alterForeignOptions, alterOptions, foreignOptions, names, withOptions } from './sql.ts';
import { counted, flag, lines, list, value } from './words.ts';

const nouns: Readonly<Record<Relation['kind'], string>> = {
  table: 'table',
  'partitioned table': 'table',
  view: 'view',
  'materialized view': 'materialized view',
  'foreign table': 'foreign table',
};

const target = ({ kind, id }: Relation) => `${nouns[kind]} ${id}`;
const hasTable = ({ kind }: Relation) => kind === 'table' || kind === 'partitioned table';
const isView = ({ kind }: Relation) => kind === 'view' || kind === 'materialized view';

function query(relation: Relation): string {
  return (relation.definition ?? '').replace(/;\s*$/, '');
}

function createView(relation: Relation, orReplace: boolean): string {
  const { id, options } = relation;
  return `create ${orReplace ? 'or replace ' : ''}view ${id}${withOptions(options)} as\n${query(relation)};`;
}

function createMaterialized(relation: Relation): string {
  const { id, options, accessMethod, tablespace, populated } = relation;
  const using = accessMethod === null || accessMethod === 'heap' ? '' : ` using ${quoteIdentifier(accessMethod)}`;
  const where = tablespace === null ? '' : ` tablespace ${quoteIdentifier(tablespace)}`;
  return `create materialized view ${id}${using}${withOptions(options)}${where} as\n${query(relation)}\nwith ${populated ? '' : 'no '}data;`;
}

/** Columns that come with the parents or the type are not said again. */
function ownColumns(relation: Relation, at: Lookup): readonly Column[] {
  if (relation.ofType !== null) return [];
  const all = at.columnsOf(relation.id);
  return relation.partitionBound !== null ? all : all.filter(({ local }) => local);
}

function createTable(relation: Relation, at: Lookup): string {
  const { id, kind, persistence, ofType, inherits, partitionKey, partitionBound, accessMethod } = relation;
  const definitions = ownColumns(relation, at).map((column) =>
    columnDefinition(column, at, { default: isLateDefault(column) }),
  );
  const list = definitions.length === 0 ? '()' : `(\n  ${definitions.join(',\n  ')}\n)`;
  const foreign = kind === 'foreign table';
  return [
    `create ${persistence === 'unlogged' ? 'unlogged ' : ''}${foreign ? 'foreign ' : ''}table ${id}`,
    ofType === null ? ` ${list}` : ` of ${ofType}`,
    inherits.length > 0 && partitionBound === null ? ` inherits (${inherits.join(', ')})` : '',
    partitionKey === null ? '' : ` partition by ${partitionKey}`,
    accessMethod === null || accessMethod === 'heap' ? '' : ` using ${quoteIdentifier(accessMethod)}`,
    foreign ? ` server ${quoteIdentifier(relation.foreignServer ?? '')}${foreignOptions(relation.foreignOptions)}` : '',
    // Options of the TOAST table are not known before it is there.
    withOptions(relation.options),
    relation.tablespace === null ? '' : ` tablespace ${quoteIdentifier(relation.tablespace)}`,
    ';',
  ].join('');
}

/** What came along with a parent or a type, and differs from it. */
function adjusted(relation: Relation, at: Lookup): Statements {
  const own = new Set(ownColumns(relation, at));
  return at.columnsOf(relation.id).flatMap((column) => {
    if (own.has(column)) return [];
    const parent = relation.inherits.map((id) => at.column(id, column.name)).find((found) => found !== null);
    const name = quoteIdentifier(column.name);
    return [
      ...(column.notNull && !parent?.notNull ? [`alter table ${relation.id} alter column ${name} set not null;`] : []),
      ...(column.default === (parent?.default ?? null) || column.generated !== null || isLateDefault(column)
        ? []
        : [column.default === null ? dropDefault(column) : setDefault(column)]),
    ];
  });
}

function create(relation: Relation, at: Lookup, sides: Sides): Statements {
  const made = {
    table: () => [createTable(relation, at), ...adjusted(relation, at)],
    'partitioned table': () => [createTable(relation, at), ...adjusted(relation, at)],
    'foreign table': () => [createTable(relation, at), ...adjusted(relation, at)],
    view: () => [
      createView(relation, false),
      ...at
        .columnsOf(relation.id)
        .filter((column) => column.default !== null)
        .map(setDefault),
    ],
    'materialized view': () => [createMaterialized(relation)],
  }[relation.kind]();
  return [
    ...made,
    ...finished(relation, { target: target(relation), on: `on table ${relation.id}`, objects: 'tables' }, sides),
    ...at.columnsOf(relation.id).flatMap((column) => finishColumn(column, at)),
    ...(relation.rowSecurity ? [rowSecurity(relation)] : []),
    ...(relation.forceRowSecurity ? [forceRowSecurity(relation)] : []),
    ...(relation.replicaIdentity === 'default' || relation.replicaIdentity.startsWith('index ') || !hasTable(relation)
      ? []
      : [replicaIdentity(relation)]),
  ];
}

function rowSecurity({ id, rowSecurity: on }: Relation): string {
  return `alter table ${id} ${on ? 'enable' : 'disable'} row level security;`;
}

function forceRowSecurity({ id, forceRowSecurity: on }: Relation): string {
  return `alter table ${id} ${on ? '' : 'no '}force row level security;`;
}

function replicaIdentity({ id, replicaIdentity: identity }: Relation): string {
  const name = identity.startsWith('index ') ? identity.slice('index '.length) : null;
  const how = name === null ? identity : `using index ${quoteIdentifier(name)}`;
  return `alter table ${id} replica identity ${how};`;
}

const identityIndex = ({ id, replicaIdentity: identity }: Relation, at: Lookup) =>
  at.indexesOf(id).find(({ name, replicaIdentity: isIt }) => isIt && identity === `index ${name}`) ?? null;

/** Where the index is gone, there is none; nobody can say so but by dropping one. */
function mendReplicaIdentity(before: Relation, after: Relation, sides: Sides): Mended {
  if (!after.replicaIdentity.startsWith('index ') || identityIndex(after, sides.after) !== null)
    return [replicaIdentity(after)];
  const had = identityIndex(before, sides.before);
  return had !== null && sides.after.index(had.id) === null ? [] : null;
}

function attach({ id, inherits, partitionBound }: Relation): string {
  return `alter table ${inherits[0] ?? ''} attach partition ${id} ${partitionBound};`;
}

function detach({ id, inherits }: Relation): string {
  return `alter table ${inherits[0] ?? ''} detach partition ${id};`;
}

/** A partition is made alone, with its indexes, and then attached: its names stay its own. */
function late(relation: Relation, at: Lookup): readonly Late[] {
  const parents = relation.inherits;
  const its = (id: string) => [
    keyOf('relations', id),
    ...at
      .constraintsOf(id)
      .filter(({ kind }) => kind !== 'foreign key')
      .map((one) => keyOf('constraints', constraints.key(one))),
    ...at.indexesOf(id).map((one) => keyOf('indexes', indexes.key(one))),
  ];
  return [
    ...(relation.partitionBound === null
      ? []
      : [{ statements: [attach(relation)], needs: [relation.id, ...parents].flatMap(its) }]),
    ...(identityIndex(relation, at) !== null
      ? [{ statements: [replicaIdentity(relation)], needs: its(relation.id) }]
      : []),
  ];
}

function mendInherits(before: Relation, after: Relation): Mended {
  if (before.partitionBound !== null || after.partitionBound !== null) {
    return [
      ...(before.partitionBound === null ? [] : [detach(before)]),
      ...(after.partitionBound === null ? [] : [attach(after)]),
    ];
  }
  return [
    ...before.inherits
      .filter((id) => !after.inherits.includes(id))
      .map((id) => `alter table ${after.id} no inherit ${id};`),
    ...after.inherits
      .filter((id) => !before.inherits.includes(id))
      .map((id) => `alter table ${after.id} inherit ${id};`),
  ];
}

/** CREATE OR REPLACE VIEW takes new columns at the end only. */
function mendQuery(before: Relation, after: Relation, sides: Sides): Mended {
  if (after.kind !== 'view') return 'again';
  const shape = (side: Lookup) =>
    side.columnsOf(after.id).map(({ name, type, collation }) => JSON.stringify([name, type, collation]));
  const [had, has] = [shape(sides.before), shape(sides.after)];
  return before.kind === 'view' && had.every((column, at) => has[at] === column) ? [createView(after, true)] : 'again';
}

export const relations: Kind<Relation> = {
  list: 'relations',
  key: ({ id }) => id,
  noun: ({ kind, id, partitionBound }) => `${partitionBound === null ? nouns[kind] : 'partition'} ${id}`,
  attributes: {
    schema: 'identity',
    name: 'identity',
    id: 'identity',
    kind: value(
      'kind',
      ({ kind }) => kind,
      () => 'again',
    ),
    owner: ownerOf(target),
    grants: grantsOf((relation) => ({ on: `on table ${relation.id}` })),
    comment: commentOf(target),
    extension: extensionOf(),
    persistence: value(
      'persistence',
      ({ persistence }) => persistence,
      (before, after) =>
        [before, after].some(({ persistence }) => persistence === 'temporary')
          ? 'again'
          : [`alter ${target(after)} set ${after.persistence === 'unlogged' ? 'unlogged' : 'logged'};`],
    ),
    accessMethod: value(
      'access method',
      ({ accessMethod }) => accessMethod,
      (_, after) =>
        after.accessMethod === null
          ? null
          : [`alter ${target(after)} set access method ${quoteIdentifier(after.accessMethod)};`],
    ),
    tablespace: value(
      'tablespace',
      ({ tablespace }) => tablespace,
      (_, after) => [`alter ${target(after)} set tablespace ${quoteIdentifier(after.tablespace ?? 'pg_default')};`],
    ),
    options: list(
      'option',
      ({ options }) => options,
      (before, after) => alterOptions(target(after), before.options, after.options),
    ),
    rowSecurity: flag(
      'row security is now on',
      'row security is now off',
      (one) => one.rowSecurity,
      (_, after) => [rowSecurity(after)],
    ),
    forceRowSecurity: flag(
      'row security now holds for its owner too',
      'row security no longer holds for its owner',
      (one) => one.forceRowSecurity,
      (_, after) => [forceRowSecurity(after)],
    ),
    replicaIdentity: value('replica identity', (one) => one.replicaIdentity, mendReplicaIdentity),
    inherits: list('parent', ({ inherits }) => inherits, mendInherits),
    partitionKey: value(
      'partition key',
      ({ partitionKey }) => partitionKey,
      () => null,
    ),
    partitionBound: value('partition bound', ({ partitionBound }) => partitionBound, mendInherits),
    ofType: value(
      'type',
      ({ ofType }) => ofType,
      (_, after) => [`alter table ${after.id} ${after.ofType === null ? 'not of' : `of ${after.ofType}`};`],
    ),
    definition: lines('definition', ({ definition }) => definition, mendQuery),
    populated: flag(
      'is now populated',
      'is no longer populated',
      ({ populated }) => populated,
      (_, after) => [`refresh ${target(after)}${after.populated ? '' : ' with no data'};`],
    ),
    foreignServer: value(
      'server',
      ({ foreignServer }) => foreignServer,
      () => 'again',
    ),
    foreignOptions: list(
      'option',
      (one) => one.foreignOptions,
      (before, after) => alterForeignOptions(target(after), before.foreignOptions, after.foreignOptions),
    ),
  },
  // A partitioned table and a plain one of that name have nothing in common either.
  isOther: (before, after) => before.kind !== after.kind,
  within: ({ extension }) => (extension === null ? [] : [keyOf('extensions', extension)]),
  goesWith: (before, after, _, sides) => withExtension(before, after, sides),
  whole: (relation, at) =>
    isView(relation)
      ? createView(relation, false)
      : `${target(relation)} (${names(at.columnsOf(relation.id).map(({ name }) => name))})`,
  create,
  late,
  drop: (relation) => [`drop ${target(relation)};`],
  losesData: (relation) => hasTable(relation),
  remade: isView,
  text: (relation, at) =>
    isView(relation)
      ? (relation.definition ?? '')
      : [
          relation.partitionKey ?? '',
          relation.ofType ?? '',
          ...ownColumns(relation, at).map(
            (column) => `${columns.text(column, at)} ${isLateDefault(column) ? '' : (column.default ?? '')}`,
          ),
        ].join(' '),
  needs: (relation) => [
    ...inSchema(relation),
    keyOf('roles', relation.owner),
    ...relation.inherits.map((id) => keyOf('relations', id)),
    ...(relation.foreignServer === null ? [] : [keyOf('foreignServers', relation.foreignServer)]),
  ],
  name: ({ id }) => id,
};

/** `3 columns, 2 policies` of a table that comes or goes. */
export function contents(relation: Relation, at: Lookup): string {
  const own = at.constraintsOf(relation.id).filter(({ kind }) => kind !== 'not null');
  return [
    counted(at.columnsOf(relation.id).length, 'column', 'columns'),
    counted(own.length, 'constraint', 'constraints'),
    counted(at.indexesOf(relation.id).filter(({ constraint }) => constraint === null).length, 'index', 'indexes'),
    counted(at.policiesOf(relation.id).length, 'policy', 'policies'),
    counted(at.triggersOf(relation.id).length, 'trigger', 'triggers'),
    counted(at.rulesOf(relation.id).length, 'rule', 'rules'),
  ]
    .filter((part) => part !== null)
    .join(', ');
}
