/** NOT NULL on a column with rows, without a scan under a lock that others wait for. */
import type { Relation } from '../../../catalog/model.ts';
import { derivedName, inMigrations, sqlName } from './patch.ts';

export function notNullLater(
  relation: Relation,
  column: string,
  major: number,
): { readonly steps: readonly string[]; readonly patch: string } {
  const alter = `alter table ${relation.id}`;
  const name = derivedName(`${relation.name}_${column}`, '_not_null');
  const held =
    major >= 18 ? `not null ${sqlName(column)} not valid` : `check (${sqlName(column)} is not null) not valid`;
  const steps = [
    `${alter} add constraint ${name} ${held};`,
    `${alter} validate constraint ${name};`,
    ...(major >= 18
      ? []
      : [`${alter} alter column ${sqlName(column)} set not null;\n${alter} drop constraint ${name};`]),
  ];
  return { steps, patch: inMigrations(...steps) };
}
