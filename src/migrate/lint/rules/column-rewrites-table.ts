import type { Column, Relation } from '../../../catalog/model.ts';
import { quoteLiteral } from '../../../postgres/quote.ts';
import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import { columnOf } from '../facts/objects.ts';
import { derivedName, inMigrations, sqlName } from '../facts/patch.ts';
import type { RecordedStatement } from '../recording.ts';
import type { LintRule } from '../rule.ts';
import { alterCommands } from '../tree/alter-table.ts';
import { needsValuePerRow } from '../tree/value-per-row.ts';

export const columnRewritesTable: LintRule = {
  name: 'column-rewrites-table',
  severity: 'error',
  summary: 'A column is added whose value differs from row to row, so that all of an existing table is written anew.',
  explanation: `A constant default is stored once. A volatile one (random(), gen_random_uuid(), clock_timestamp()), a serial or
identity column and a stored generated column are computed for each row, while nobody can read or write the table.
Add the column without, set the default for new rows, and fill the old ones in batches.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) => {
      const adding = alterCommands(run).filter(
        ({ statement, relation, command, column }) =>
          command.subtype === 'AT_AddColumn' &&
          column !== null &&
          statement.rewritten.includes(relation.id) &&
          !isQuick(context, run, statement, relation.id),
      );
      return [...Map.groupBy(adding, ({ statement }) => statement).values()].flatMap((together) => {
        // One rewrite for all commands of a statement: these are the ones that ask for it.
        const asking = together.filter(({ column }) => column !== null && needsValuePerRow(column, run.after));
        const other = changesType(together[0]?.statement);
        return (asking.length > 0 || other ? asking : together.slice(0, 1)).map(({ statement, relation, column }) => {
          const name = column?.colname ?? '';
          const added = columnOf(run.after, relation.id, name);
          return foundAt(run, statement, {
            object: `${relation.id}.${name}`,
            message: `adding ${name} writes all of ${relation.id}${sizeOf(context, relation.id)} anew while nobody can read it`,
            patch: added === null ? null : patchOf(relation, added, run.before.major),
          });
        });
      });
    }),
};

/** Then the rewrite is that of another column: column-type-rewrites-table finds it. */
function changesType(statement: RecordedStatement | undefined): boolean {
  return statement !== undefined && JSON.stringify(statement.parsed).includes('"AT_AlterColumnType"');
}

function patchOf(relation: Relation, column: Column, major: number): string | null {
  const alter = `alter table ${relation.id}`;
  const name = sqlName(column.name);
  if (column.generated !== null) {
    if (major < 18) return null;
    return `${alter} add column ${name} ${column.type} generated always as (${column.default ?? 'null'}) virtual;`;
  }
  const sequence = `${sqlName(relation.schema)}.${derivedName(`${relation.name}_${column.name}`, '_seq')}`;
  const counted = column.identity !== null || column.default?.startsWith('nextval(') === true;
  const value = counted ? `nextval(${quoteLiteral(sequence)})` : column.default;
  return inMigrations(
    [
      `${alter} add column ${name} ${column.type};`,
      ...(counted ? [`create sequence ${sequence} owned by ${relation.id}.${name};`] : []),
      `${alter} alter column ${name} set default ${value};`,
    ].join('\n'),
    `-- in batches, where the table is large\nupdate ${relation.id} set ${name} = ${value} where ${name} is null;`,
  );
}
