import { foundAt, sizeOf } from '../facts/found.ts';
import { lostColumns } from '../facts/lost.ts';
import type { LintRule } from '../rule.ts';

export const dropColumn: LintRule = {
  name: 'drop-column',
  severity: 'error',
  summary: 'A column that was there before is dropped, with its values.',
  explanation: `The values are gone, and statements of a running application that name the column fail. Deploy the application that
does without first; then drop it, with \`-- dbkit:allow drop-column: <why>\`.`,
  check: ({ up }, context) =>
    lostColumns(up).map(({ column, statement }) =>
      foundAt(up, statement, {
        object: `${column.relation}.${column.name}`,
        message: `${column.name} of ${column.relation}${sizeOf(context, column.relation)} is dropped with its values`,
      }),
    ),
};
