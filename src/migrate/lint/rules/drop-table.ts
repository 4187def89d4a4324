import { foundAt, sizeOf } from '../facts/found.ts';
import { lostTables } from '../facts/lost.ts';
import type { LintRule } from '../rule.ts';

export const dropTable: LintRule = {
  name: 'drop-table',
  severity: 'error',
  summary: 'A table that was there before is dropped, with its rows.',
  explanation: `The rows are gone, and so is a running application that still reads them. Deploy the application that does without
first; then drop it, with \`-- dbkit:allow drop-table: <why>\`. A down that makes the table again is lossy: say so.`,
  check: ({ up }, context) =>
    lostTables(up).map(({ relation, statement }) =>
      foundAt(up, statement, {
        object: relation.id,
        message: `${relation.id}${sizeOf(context, relation.id)} is dropped with its rows`,
      }),
    ),
};
