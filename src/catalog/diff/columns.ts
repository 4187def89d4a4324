/** Columns of tables and views. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import { isSameField } from '../compared-form.ts';
import type { Column, Relation, Sequence } from '../model.ts';
import { changesType } from './casts.ts';
import type { Granted } from './grants.ts';
import { compareGrants, mendGrants } from './grants.ts';
import type { GoesWith, Kind, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { columnKey } from './lookup.ts';
import { commentOf } from './shared.ts';
import {
  alterForeignOptions,
  dollarQuoted,
  foreignOptions,
  newComment,
  optionParts,
  shown,
  storageOption,
} from './sql.ts';
import { flag, lines, list, value } from './words.ts';

const target = ({ relation, name }: Column) => `column ${relation}.${quoteIdentifier(name)}`;

/** `alter table only public.orders alter column "total"`: each heir has its own. */
function alter({ relation, name }: Column, what: string, only = true): string {
  return `alter table ${only ? 'only ' : ''}${relation} alter column ${quoteIdentifier(name)} ${what};`;
}

/** A default that calls a function may have to wait for it. */
export function isLateDefault(column: Column): boolean {
  return column.generated === null && /[\w"$]\.(?:"(?:[^"]|"")*"|[\w$\u0080-\uffff]+)\(/.test(column.default ?? '');
}

export function setDefault(column: Column): string {
  return alter(column, column.default === null ? 'drop default' : `set default ${column.default}`);
}

export function dropDefault(column: Column): string {
  return alter(column, 'drop default');
}

export function sequenceOptions(sequence: Sequence): string {
  const { start, increment, minimum, maximum, cache, cycle } = sequence;
  return `start with ${start} increment by ${increment} minvalue ${minimum} maxvalue ${maximum} cache ${cache}${cycle ? ' cycle' : ' no cycle'}`;
}

function identityClause(column: Column, at: Lookup): string {
  const sequence = at.identityOf(column);
  const options = sequence === null ? '' : ` (sequence name ${sequence.id} ${sequenceOptions(sequence)})`;
  return `generated ${column.identity} as identity${options}`;
}

/** Inside CREATE TABLE and ADD COLUMN. A partition has its identity from the table that it joins. */
export function columnDefinition(column: Column, at: Lookup, without: { readonly default: boolean }): string {
  const constraint = at.notNullOf(column);
  const usual = constraint === null || (constraint.name === usualNotNull(column, at) && !constraint.noInherit);
  const notNull = usual
    ? 'not null'
    : `constraint ${quoteIdentifier(constraint.name)} not null${constraint.noInherit ? ' no inherit' : ''}`;
  return [
    `${quoteIdentifier(column.name)} ${column.type}`,
    column.compression === null ? '' : `compression ${column.compression}`,
    foreignOptions(column.foreignOptions).trim(),
    column.collation === null ? '' : `collate ${column.collation}`,
    column.generated === null ? '' : `generated always as (${column.default}) ${column.generated}`,
    column.generated !== null || column.default === null || without.default ? '' : `default ${column.default}`,
    column.identity === null || at.isPartition(column.relation) ? '' : identityClause(column, at),
    column.notNull && (constraint?.validated ?? true) ? notNull : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The name that the server gives, which is another where some table of the schema has one of that name. */
function usualNotNull({ relation, name }: Column, at: Lookup): string | null {
  const table = at.relation(relation);
  const usual = `${table?.name ?? ''}_${name}_not_null`;
  const isTaken = at
    .constraintsNamed(usual)
    .some(({ parent }) => parent !== relation && at.relation(parent)?.schema === table?.schema);
  return isTaken ? null : usual;
}

/** What a definition can not say. */
export function finishColumn(column: Column, at: Lookup): readonly string[] {
  const isPlainView = at.relation(column.relation)?.kind === 'view';
  return [
    ...(column.storage === null || isPlainView ? [] : [alter(column, `set storage ${column.storage}`)]),
    ...(column.statistics === null ? [] : [alter(column, `set statistics ${column.statistics}`)]),
    ...(column.options.length === 0 ? [] : [alter(column, `set (${column.options.map(storageOption).join(', ')})`)]),
    ...newComment(target(column), column.comment),
    ...grantStatements({ owner: '', grants: [] }, column, at),
  ];
}

function granted(column: Column, at: Lookup): Granted {
  return { owner: at.relation(column.relation)?.owner ?? '', grants: column.grants };
}

function grantTarget(column: Column) {
  return { on: `on table ${column.relation}`, columns: ` (${quoteIdentifier(column.name)})` };
}

function grantStatements(before: Granted, column: Column, at: Lookup): readonly string[] {
  return mendGrants(before, granted(column, at), grantTarget(column));
}

/** What has no parent any more is its own; what comes to one as a partition is its own no longer, as a plain heir it stays so. */
export function comesWithParents(isOwn: boolean, had: Relation | null, has: Relation | null): boolean {
  if (JSON.stringify(had?.inherits) === JSON.stringify(has?.inherits)) return false;
  return isOwn || has?.partitionBound != null;
}

/** A column of a parent, of a view or of a typed table changes with that. */
function goesWith(before: Column | null, after: Column | null, attribute: string | null, sides: Sides): GoesWith {
  const one = before ?? after;
  if (one === null) return null;
  const [had, has] = [sides.before.relation(one.relation), sides.after.relation(one.relation)];
  const ofDefinition = attribute === null || attribute === 'type' || attribute === 'collation';
  if (ofDefinition && !isSameField('relations', 'definition', had, has)) return 'implied';
  if (ofDefinition && had?.ofType != null && had.ofType === has?.ofType) {
    const types = [sides.before.type(had.ofType), sides.after.type(had.ofType)] as const;
    return isSameField('types', 'attributes', ...types) ? null : 'implied';
  }
  if (attribute === 'local') return comesWithParents(after?.local ?? false, had, has) ? 'implied' : null;
  if (one.local) return null;
  const inherits = JSON.stringify(had?.inherits) === JSON.stringify(has?.inherits) ? (has?.inherits ?? []) : [];
  for (const parent of inherits) {
    const [was, is] = [sides.before.column(parent, one.name), sides.after.column(parent, one.name)];
    if ((was === null) !== (before === null) || (is === null) !== (after === null)) continue;
    if (attribute === null) return 'implied';
    const field = attribute as keyof Column;
    const alike = (a: Column | null, b: Column | null) => JSON.stringify(a?.[field]) === JSON.stringify(b?.[field]);
    if (!alike(was, before) || !alike(is, after)) continue;
    return ['type', 'collation', 'notNull', 'identity', 'generated'].includes(field) ? 'implied' : 'told';
  }
  return null;
}

function mendType(before: Column, after: Column, sides: Sides) {
  const foreign = sides.after.relation(after.relation)?.kind === 'foreign table';
  const using = after.generated === null && !foreign ? changesType(before.type, after.type, after.name) : '';
  const collate = after.collation === null ? '' : ` collate ${after.collation}`;
  return [alter(after, `type ${after.type}${collate}${using}`, false)];
}

function mendNotNull(_: Column, after: Column, sides: Sides) {
  const constraint = sides.after.notNullOf(after);
  if (!after.notNull) return [alter(after, 'drop not null', false)];
  const usual = constraint === null || constraint.name === usualNotNull(after, sides.after);
  if (usual && (constraint?.validated ?? true) && !constraint?.noInherit) return [alter(after, 'set not null', false)];
  const flags = `${constraint?.noInherit ? ' no inherit' : ''}${constraint?.validated === false ? ' not valid' : ''}`;
  return [
    `alter table ${after.relation} add constraint ${quoteIdentifier(constraint?.name ?? '')} not null ${quoteIdentifier(after.name)}${flags};`,
  ];
}

function mendIdentity(before: Column, after: Column, sides: Sides) {
  if (after.identity === null) return [alter(after, 'drop identity', false)];
  if (before.identity !== null) return [alter(after, `set generated ${after.identity}`, false)];
  return [alter(after, `add ${identityClause(after, sides.after)}`, false)];
}

/** Stored values of a generated column are made again by whatever makes the column. */
function mendGenerated(before: Column, after: Column) {
  return before.generated === 'stored' && after.generated === null ? [alter(after, 'drop expression', false)] : 'again';
}

function mendDefault(before: Column, after: Column, sides: Sides) {
  if (before.generated !== after.generated) return mendGenerated(before, after);
  if (after.generated === null) return [setDefault(after)];
  return sides.after.major >= 17 ? [alter(after, `set expression as (${after.default})`, false)] : 'again';
}

export const columns: Kind<Column> = {
  list: 'columns',
  key: ({ relation, name }) => columnKey(relation, name),
  noun: ({ relation, name }) => `column ${relation}.${shown(name)}`,
  attributes: {
    relation: 'identity',
    name: 'identity',
    position: 'apart',
    type: value('type', ({ type }) => type, mendType, { disturbs: true }),
    notNull: flag('may no longer be null', 'may be null now', ({ notNull }) => notNull, mendNotNull),
    default: lines('default', (column) => column.default, mendDefault),
    identity: value('identity', ({ identity }) => identity, mendIdentity),
    generated: value('generated', ({ generated }) => generated, mendGenerated, { disturbs: true }),
    collation: value('collation', ({ collation }) => collation, mendType, { disturbs: true }),
    storage: value(
      'storage',
      ({ storage }) => storage,
      (_, after, sides) => [
        after.storage === null ? usualStorage(after, sides) : alter(after, `set storage ${after.storage}`),
      ],
      // The storage that is a type's own follows the type.
      { with: ['type'] },
    ),
    compression: value(
      'compression',
      ({ compression }) => compression,
      (_, after) => [alter(after, `set compression ${after.compression ?? 'default'}`)],
    ),
    statistics: value(
      'statistics target',
      ({ statistics }) => statistics,
      (_, after) => [alter(after, `set statistics ${after.statistics ?? -1}`)],
    ),
    options: list(
      'option',
      ({ options }) => options,
      (before, after) => mendOptions(before, after),
    ),
    foreignOptions: list(
      'option',
      (column) => column.foreignOptions,
      (before, after) => {
        const foreign = `foreign table ${after.relation} alter column ${quoteIdentifier(after.name)}`;
        return alterForeignOptions(foreign, before.foreignOptions, after.foreignOptions);
      },
    ),
    local: flag(
      'is now its own',
      'is now only inherited',
      ({ local }) => local,
      () => null,
    ),
    comment: commentOf(target),
    grants: {
      told: () => 'grants',
      mend: (before, after, { before: had, after: has }) => grantStatements(granted(before, had), after, has),
      each: (before, after, { before: had, after: has }) =>
        compareGrants(granted(before, had), granted(after, has), grantTarget(after)),
    },
  },
  within: ({ relation }) => [keyOf('relations', relation)],
  goesWith,
  whole: (column, at) => columnDefinition(column, at, { default: false }),
  create: (column, at) => [
    `alter table ${column.relation} add column ${columnDefinition(column, at, { default: false })};`,
    ...finishColumn(column, at),
  ],
  drop: ({ relation, name }) => [`alter table ${relation} drop column ${quoteIdentifier(name)};`],
  losesData: ({ generated }) => generated === null,
  remade: ({ generated }) => generated !== null,
  text: (column) =>
    `${column.type} ${column.collation ?? ''} ${column.generated === null ? '' : (column.default ?? '')}`,
  columnsOf: ({ relation, generated }) => (generated === null ? null : relation),
  needs: ({ relation }) => [keyOf('relations', relation)],
};

/** The type's own; before 16 there is no word for it. */
function usualStorage(column: Column, sides: Sides): string {
  if (sides.after.major >= 16) return alter(column, 'set storage default');
  const statement = quoteLiteral(
    alter(column, 'set storage %s').replace(/;$/, '').replaceAll('%', '%%').replace(/%%s$/, '%s'),
  ).trim();
  return `do ${dollarQuoted(`begin execute pg_catalog.format(${statement}, (
  select case t.typstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
  where a.attrelid = ${quoteLiteral(column.relation).trim()}::pg_catalog.regclass and a.attname = ${quoteLiteral(column.name).trim()})); end`)};`;
}

function mendOptions(before: Column, after: Column): readonly string[] {
  const kept = after.options.map((option) => optionParts(option)[0]);
  const gone = before.options.map((option) => optionParts(option)[0]).filter((name) => !kept.includes(name));
  return [
    ...(gone.length === 0 ? [] : [alter(after, `reset (${gone.map(shown).join(', ')})`)]),
    ...(after.options.length === 0 ? [] : [alter(after, `set (${after.options.map(storageOption).join(', ')})`)]),
  ];
}
