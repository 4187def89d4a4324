/** New columns of a type that another one serves better. */
import type { Column } from '../../../catalog/model.ts';
import type { RecordedMigration } from '../recording.ts';
import type { Found } from './found.ts';
import { foundAt, statementNaming } from './found.ts';
import { newColumns } from './lost.ts';
import { relationOf } from './objects.ts';
import { sqlName } from './patch.ts';

export interface BetterType {
  readonly of: (column: Column, migration: RecordedMigration) => boolean;
  readonly message: (column: Column) => string;
  /** While the table is new and empty; null where another type is no matter of one statement. */
  readonly better: ((column: Column) => string) | null;
}

export function newColumnsOf(migration: RecordedMigration, { of, message, better }: BetterType): readonly Found[] {
  const { up } = migration;
  return newColumns(up)
    .filter((column) => of(column, migration))
    .map((column) =>
      foundAt(up, statementNaming(up, relationOf(up.after, column.relation), column.name), {
        object: `${column.relation}.${column.name}`,
        message: message(column),
        patch:
          better === null
            ? null
            : `-- in this migration still, while the column is empty\nalter table ${column.relation} alter column ${sqlName(column.name)} type ${better(column)};`,
      }),
    );
}
