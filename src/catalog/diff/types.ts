/** Enums, domains, composite types and ranges. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import type { CompositeAttribute, UserType } from '../model.ts';
import type { Kind, Mended, Sides, Statements } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { commentOf, extensionOf, finished, grantsOf, inSchema, ownerOf, withExtension } from './shared.ts';
import { commentOn } from './sql.ts';
import { flag, lines, list, value } from './words.ts';

type Of<K extends UserType['kind']> = Extract<UserType, { readonly kind: K }>;

const noun = ({ kind }: UserType) => (kind === 'domain' ? 'domain' : 'type');
const target = (type: UserType) => `${noun(type)} ${type.id}`;
const literal = (text: string) => quoteLiteral(text).trim();

function attributeDefinition({ name, type, collation }: CompositeAttribute): string {
  return `${quoteIdentifier(name)} ${type}${collation === null ? '' : ` collate ${collation}`}`;
}

function createDomain(domain: Of<'domain'>, at: Lookup): string {
  const { id, base, collation, notNull } = domain;
  const constraint = at.notNullOfDomain(id);
  const named = constraint === null ? '' : `constraint ${quoteIdentifier(constraint.name)} `;
  return [
    `create domain ${id} as ${base}`,
    collation === null ? '' : ` collate ${collation}`,
    domain.default === null ? '' : ` default ${domain.default}`,
    notNull ? ` ${named}not null` : '',
    ';',
  ].join('');
}

function definition(type: UserType, at: Lookup): string | null {
  switch (type.kind) {
    case 'enum':
      return `create type ${type.id} as enum (${type.labels.map(literal).join(', ')});`;
    case 'domain':
      return createDomain(type, at);
    case 'composite':
      return `create type ${type.id} as (${type.attributes.map(attributeDefinition).join(', ')});`;
    case 'range':
      return `create type ${type.id} as range (${[
        `subtype = ${type.subtype}`,
        `subtype_opclass = ${type.operatorClass}`,
        ...(type.collation === null ? [] : [`collation = ${type.collation}`]),
        ...(type.subtypeDiff === null ? [] : [`subtype_diff = ${type.subtypeDiff}`]),
        `multirange_type_name = ${type.multirange}`,
        // A canonical function needs the type to be there as a shell: see the kind's create.
        ...(type.canonical === null ? [] : [`canonical = ${type.canonical}`]),
      ].join(', ')});`;
    case 'base':
      return type.detail === 'shell' ? `create type ${type.id};` : null;
    default:
      return type satisfies never;
  }
}

function attributeComments(type: Of<'composite'>, before: readonly CompositeAttribute[]): Statements {
  const had = new Map(before.map(({ name, comment }) => [name, comment]));
  return type.attributes
    .filter(({ name, comment }) => comment !== (had.get(name) ?? null))
    .map(({ name, comment }) => commentOn(`column ${type.id}.${quoteIdentifier(name)}`, comment));
}

/** A new label finds its place; none can be taken away, and none moved. */
function addLabels(type: Of<'enum'>, before: readonly string[]): Mended {
  const kept = type.labels.filter((label) => before.includes(label));
  if (kept.join('\0') !== before.join('\0')) return null;
  return type.labels.flatMap((label, at) => {
    if (before.includes(label)) return [];
    const previous = type.labels[at - 1];
    const place = previous === undefined ? ` before ${literal(kept[0] ?? '')}` : ` after ${literal(previous)}`;
    return [
      `alter type ${type.id} add value ${literal(label)}${before.length === 0 && previous === undefined ? '' : place};`,
    ];
  });
}

function alterAttributes(type: Of<'composite'>, before: readonly CompositeAttribute[]): Mended {
  const has = new Map(type.attributes.map((attribute) => [attribute.name, attribute]));
  const kept = before.filter(({ name }) => has.has(name));
  const added = type.attributes.filter(({ name }) => !before.some((one) => one.name === name));
  const order = [...kept, ...added].map(({ name }) => name);
  if (order.join('\0') !== type.attributes.map(({ name }) => name).join('\0')) return null;
  const head = `alter type ${type.id}`;
  const shape = (one: CompositeAttribute | undefined) => JSON.stringify([one?.type, one?.collation]);
  return [
    ...before
      .filter(({ name }) => !has.has(name))
      .map(({ name }) => `${head} drop attribute ${quoteIdentifier(name)} cascade;`),
    ...kept.flatMap(({ name, ...one }) => {
      const now = has.get(name);
      if (now === undefined || shape({ name, ...one }) === shape(now)) return [];
      const collate = now.collation === null ? '' : ` collate ${now.collation}`;
      return [`${head} alter attribute ${quoteIdentifier(name)} type ${now.type}${collate} cascade;`];
    }),
    ...added.map((one) => `${head} add attribute ${attributeDefinition(one)} cascade;`),
    ...attributeComments(type, before),
  ];
}

/** Every detail of a kind of type, as a field of the union. */
function of<K extends UserType['kind'], Result>(kind: K, type: UserType, read: (type: Of<K>) => Result): Result | null {
  return type.kind === kind ? read(type as Of<K>) : null;
}

function range(label: string, read: (type: Of<'range'>) => string | null) {
  return value<UserType>(
    label,
    (type) => of('range', type, read),
    () => 'again',
  );
}

function setNotNull(_: UserType, after: UserType, sides: Sides): Mended {
  return of('domain', after, ({ id, notNull }) => {
    const constraint = sides.after.notNullOfDomain(id);
    if (!notNull) return [`alter domain ${id} drop not null;`];
    if (constraint === null) return [`alter domain ${id} set not null;`];
    return [`alter domain ${id} add constraint ${quoteIdentifier(constraint.name)} not null;`];
  });
}

export const types: Kind<UserType> = {
  list: 'types',
  key: ({ id }) => id,
  noun: target,
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
    grants: grantsOf((type) => ({ on: `on ${target(type)}` })),
    comment: commentOf(target),
    extension: extensionOf(),
    labels: list(
      'label',
      (type) => of('enum', type, ({ labels }) => labels) ?? [],
      (before, after) => of('enum', after, (type) => addLabels(type, of('enum', before, ({ labels }) => labels) ?? [])),
    ),
    base: value(
      'base type',
      (type) => of('domain', type, ({ base }) => base),
      () => 'again',
    ),
    notNull: flag(
      'may no longer be null',
      'may be null now',
      (type) => of('domain', type, (one) => one.notNull) ?? false,
      setNotNull,
    ),
    default: value(
      'default',
      (type) => of('domain', type, (one) => one.default),
      (_, after) =>
        of('domain', after, (one) => [
          `alter domain ${one.id} ${one.default === null ? 'drop default' : `set default ${one.default}`};`,
        ]),
    ),
    collation: value(
      'collation',
      (type) => of('domain', type, ({ collation }) => collation) ?? of('range', type, ({ collation }) => collation),
      () => 'again',
    ),
    attributes: list(
      'attribute',
      (type) =>
        of('composite', type, ({ attributes }) =>
          attributes.map((one) => `${attributeDefinition(one)}${one.comment === null ? '' : ` (${one.comment})`}`),
        ) ?? [],
      (before, after) =>
        of('composite', after, (type) =>
          alterAttributes(type, of('composite', before, ({ attributes }) => attributes) ?? []),
        ),
    ),
    subtype: range('subtype', ({ subtype }) => subtype),
    operatorClass: range('operator class', ({ operatorClass }) => operatorClass),
    canonical: range('canonical function', ({ canonical }) => canonical),
    subtypeDiff: range('subtype difference function', ({ subtypeDiff }) => subtypeDiff),
    multirange: range('multirange', ({ multirange }) => multirange),
    detail: lines(
      'detail',
      (type) => of('base', type, ({ detail }) => detail),
      () => null,
    ),
  },
  isOther: (before, after) => before.kind !== after.kind,
  within: ({ extension }) => (extension === null ? [] : [keyOf('extensions', extension)]),
  goesWith: (before, after, _, sides) => withExtension(before, after, sides),
  whole: (type, at) => definition(type, at) ?? target(type),
  create: (type, at, sides) => {
    const made = definition(type, at);
    if (made === null || (type.kind === 'range' && type.canonical !== null)) return null;
    return [
      made,
      ...finished(type, { target: target(type), on: `on ${target(type)}`, objects: 'types' }, sides),
      ...(type.kind === 'composite' ? attributeComments(type, []) : []),
    ];
  },
  drop: (type) => [`drop ${target(type)};`],
  remade: () => true,
  text: (type) => {
    switch (type.kind) {
      case 'domain':
        return `${type.base} ${type.default ?? ''} ${type.collation ?? ''}`;
      case 'composite':
        return type.attributes.map((one) => `${one.type} ${one.collation ?? ''}`).join(' ');
      case 'range':
        return [type.subtype, type.operatorClass, type.collation, type.canonical, type.subtypeDiff].join(' ');
      default:
        return '';
    }
  },
  needs: (type) => [...inSchema(type), keyOf('roles', type.owner)],
  name: ({ id }) => id,
};
