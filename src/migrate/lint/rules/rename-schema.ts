import { foundAt } from '../facts/found.ts';
import { renames } from '../facts/lost.ts';
import type { LintRule } from '../rule.ts';

export const renameSchema: LintRule = {
  name: 'rename-schema',
  severity: 'error',
  summary: 'A schema that was there before gets another name; every name in it changes at once.',
  explanation: `All that names the schema fails: the application, search_path settings, bodies of functions. Make the new schema,
move table by table (ALTER TABLE … SET SCHEMA) and leave views under the old names until nobody uses them.`,
  check: ({ up }) =>
    renames(up, 'OBJECT_SCHEMA')
      .filter(({ from }) => up.before.schemas.some(({ name }) => name === from))
      .map(({ statement, from, to }) =>
        foundAt(up, statement, {
          object: `schema ${from}`,
          message: `schema ${from} becomes ${to}: every name in it changes at once`,
        }),
      ),
};
