/** Publications. */
import type { Publication } from '../model.ts';
import type { ReadContext } from './context.ts';
import { byCodePoint, numbers, sortedBy } from './names.ts';

const operations = ['insert', 'update', 'delete', 'truncate'] as const;
const generated = { n: 'none', s: 'stored' } as const;

export const publicationSql = (
  major: number,
) => `select oid, pubname as name, pubowner as owner, puballtables as all_tables,
  pubinsert as insert, pubupdate as update, pubdelete as delete, pubtruncate as truncate, pubviaroot as via_root,
  ${major >= 18 ? 'pubgencols' : `'n'::"char"`} as generated
from pg_catalog.pg_publication`;

export interface PublicationRow extends Readonly<Record<(typeof operations)[number], boolean>> {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly all_tables: boolean;
  readonly via_root: boolean;
  readonly generated: keyof typeof generated;
}

export const publishedSql = `select prpubid as publication, prrelid as relation, prattrs::text as columns,
  pg_catalog.pg_get_expr(prqual, prrelid) as condition
from pg_catalog.pg_publication_rel
union all select pnpubid, pnnspid, 'schema', null from pg_catalog.pg_publication_namespace`;

/** A table, or with `schema` in the place of columns a schema. */
export interface PublishedRow {
  readonly publication: number;
  readonly relation: number;
  readonly columns: string | null;
  readonly condition: string | null;
}

export function publicationsOf(
  rows: readonly PublicationRow[],
  published: readonly PublishedRow[],
  { names }: ReadContext,
): readonly Publication[] {
  const publications = rows.map((row): Publication => {
    const parts = published.filter(({ publication }) => publication === row.oid);
    const schemas = parts.filter(({ columns }) => columns === 'schema').map(({ relation }) => names.schema(relation));
    return {
      name: row.name,
      owner: names.role(row.owner),
      allTables: row.all_tables,
      operations: operations.filter((operation) => row[operation]),
      viaRoot: row.via_root,
      generatedColumns: generated[row.generated],
      schemas: schemas.sort(byCodePoint),
      tables: tablesOf(
        parts.filter(({ columns }) => columns !== 'schema'),
        names,
      ),
      comment: names.comment('publication', row.oid),
    };
  });
  return sortedBy(publications, ({ name }) => name);
}

function tablesOf(parts: readonly PublishedRow[], names: ReadContext['names']): Publication['tables'] {
  const tables = parts.flatMap(({ relation, columns, condition }) => {
    const shown = names.shown(relation);
    if (shown === null) return [];
    // The server keeps no order of them.
    const chosen = columns === null ? null : names.columns(relation, numbers(columns)).filter((name) => name !== null);
    return [{ relation: shown.id, columns: chosen?.toSorted(byCodePoint) ?? null, where: condition }];
  });
  return sortedBy(tables, ({ relation }) => relation);
}
