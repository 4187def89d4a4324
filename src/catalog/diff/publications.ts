/** Publications. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import type { Publication } from '../model.ts';
import type { Kind, Mended } from './kind.ts';
import { keyOf } from './kind.ts';
import { columnKey } from './lookup.ts';
import { commentOf, ownerOf } from './shared.ts';
import { names, newComment, ownerTo, shown } from './sql.ts';
import { flag, list, value } from './words.ts';

const target = ({ name }: Publication) => `publication ${quoteIdentifier(name)}`;

function tableOf({ relation, columns, where }: Publication['tables'][number]): string {
  return `${relation}${columns === null ? '' : ` (${names(columns)})`}${where === null ? '' : ` where (${where.replace(/^\((.*)\)$/s, '$1')})`}`;
}

/** Heirs are listed for themselves. */
function contents({ tables, schemas }: Publication): string {
  return [
    ...(tables.length === 0 ? [] : [`table ${tables.map((table) => `only ${tableOf(table)}`).join(', ')}`]),
    ...(schemas.length === 0 ? [] : [`tables in schema ${names(schemas)}`]),
  ].join(', ');
}

function options(publication: Publication, major: number): string {
  const { operations, viaRoot, generatedColumns } = publication;
  return [
    `publish = ${quoteLiteral(operations.join(', ')).trim()}`,
    `publish_via_partition_root = ${viaRoot}`,
    ...(major >= 18 ? [`publish_generated_columns = ${generatedColumns}`] : []),
  ].join(', ');
}

function create(publication: Publication, major: number): string {
  const inside = publication.allTables ? 'all tables' : contents(publication);
  return `create ${target(publication)}${inside === '' ? '' : ` for ${inside}`} with (${options(publication, major)});`;
}

function mendContents(before: Publication, after: Publication): Mended {
  const inside = contents(after);
  if (inside !== '') return [`alter ${target(after)} set ${inside};`];
  return [
    `alter ${target(after)} drop ${contents({ ...before, tables: before.tables.map(({ relation }) => ({ relation, columns: null, where: null })) })};`,
  ];
}

const set = (
  _: Publication,
  after: Publication,
  { after: { major } }: { readonly after: { readonly major: number } },
) => [`alter ${target(after)} set (${options(after, major)});`];

export const publications: Kind<Publication> = {
  list: 'publications',
  key: ({ name }) => name,
  noun: ({ name }) => `publication ${shown(name)}`,
  attributes: {
    name: 'identity',
    owner: ownerOf(target),
    allTables: flag(
      'now holds all tables',
      'no longer holds all tables',
      ({ allTables }) => allTables,
      () => 'again',
    ),
    operations: list('operation', ({ operations }) => operations, set),
    viaRoot: flag(
      'now publishes partitions as their root',
      'no longer publishes partitions as their root',
      ({ viaRoot }) => viaRoot,
      set,
    ),
    generatedColumns: value('generated columns', ({ generatedColumns }) => generatedColumns, set),
    schemas: list('schema', ({ schemas }) => schemas, mendContents),
    tables: list('table', ({ tables }) => tables.map(tableOf), mendContents),
    comment: commentOf(target),
  },
  whole: (publication) => create(publication, 18),
  create: (publication, { major }) => [
    create(publication, major),
    ownerTo(target(publication), publication.owner),
    ...newComment(target(publication), publication.comment),
  ],
  drop: (publication) => [`drop ${target(publication)};`],
  text: ({ tables }) => tables.map(({ where }) => where ?? '').join(' '),
  needs: ({ owner, tables, schemas }) => [
    keyOf('roles', owner),
    ...schemas.map((schema) => keyOf('schemas', schema)),
    ...tables.flatMap(({ relation, columns }) => [
      keyOf('relations', relation),
      ...(columns ?? []).map((column) => keyOf('columns', columnKey(relation, column))),
    ]),
  ],
};
