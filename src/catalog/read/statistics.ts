/** Extended statistics. */
import type { StatisticsObject } from '../model.ts';
import type { ReadContext } from './context.ts';
import { sortedBy } from './names.ts';

export const statisticsSql = `select oid, stxname as name, stxnamespace as schema, stxowner as owner, stxrelid as relation,
  pg_catalog.pg_get_statisticsobjdef(oid) as definition, nullif(stxstattarget, -1) as target
from pg_catalog.pg_statistic_ext`;

export interface StatisticsRow {
  readonly oid: number;
  readonly name: string;
  readonly schema: number;
  readonly owner: number;
  readonly relation: number;
  readonly definition: string | null;
  readonly target: number | null;
}

export function statisticsOf(rows: readonly StatisticsRow[], { names }: ReadContext): readonly StatisticsObject[] {
  const objects: StatisticsObject[] = [];
  for (const row of rows) {
    const relation = names.shown(row.relation);
    if (relation === null) continue;
    objects.push({
      schema: names.schema(row.schema),
      name: row.name,
      id: names.id(row.schema, row.name),
      owner: names.role(row.owner),
      relation: relation.id,
      definition: row.definition ?? '',
      target: row.target,
      comment: names.comment('statistics', row.oid),
    });
  }
  return sortedBy(objects, ({ id }) => id);
}
