import type { Catalog } from '../../../catalog/model.ts';
import { foundAt, isEmptied } from '../facts/found.ts';
import { notNullLater } from '../facts/not-null.ts';
import { columnOf, isTable } from '../facts/objects.ts';
import { inMigrations, sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { alterCommands } from '../tree/alter-table.ts';
import type { NodeOf } from '../tree/node.ts';
import { nodeOf } from '../tree/node.ts';

export const requiredColumnWithoutDefault: LintRule = {
  name: 'required-column-without-default',
  severity: 'error',
  summary: 'A NOT NULL column without a default is added to an existing table: it fails as soon as there is a row.',
  explanation: `It passes on an empty database and fails in production. And the application that runs during the deployment
does not fill the column yet. Add it nullable, fill it, then make it NOT NULL.`,
  check: ({ up }) =>
    alterCommands(up).flatMap(({ statement, relation, command, column }) => {
      if (command.subtype !== 'AT_AddColumn' || column === null || !isTable(relation)) return [];
      const name = column.colname ?? '';
      const added = columnOf(up.after, relation.id, name);
      if (added === null || added.default !== null || !isRequired(column, added.type, up.after)) return [];
      if (isEmptied(up, statement, relation.id)) return [];
      if (added.identity !== null || added.generated !== null) return [];
      return [
        foundAt(up, statement, {
          object: `${relation.id}.${name}`,
          message: `${name} is NOT NULL without a default: adding it fails when ${relation.id} has a row`,
          patch: inMigrations(
            `alter table ${relation.id} add column ${sqlName(name)} ${added.type};`,
            ...notNullLater(relation, name, up.before.major).steps.map((step, place) =>
              place === 0 ? `-- once ${sqlName(name)} is filled in every row\n${step}` : step,
            ),
          ),
        }),
      ];
    }),
};

/** As it is added: SET NOT NULL behind a backfill is another matter. */
function isRequired(column: NodeOf<'ColumnDef'>, type: string, catalog: Catalog): boolean {
  const kinds = (column.constraints ?? []).map((node) => nodeOf(node, 'Constraint')?.contype);
  if (kinds.includes('CONSTR_NOTNULL') || kinds.includes('CONSTR_PRIMARY')) return true;
  return catalog.types.some((one) => one.kind === 'domain' && one.id === type && one.notNull && one.default === null);
}
