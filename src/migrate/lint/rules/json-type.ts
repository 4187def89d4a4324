import { newColumnsOf } from '../facts/column-types.ts';
import type { LintRule } from '../rule.ts';

export const jsonType: LintRule = {
  name: 'json-type',
  severity: 'notice',
  summary: 'A new column is json: it has no equality, so DISTINCT, GROUP BY and UNION over it fail.',
  explanation:
    '`jsonb` compares, can be indexed and is read faster. `json` is for texts whose white space and doubled keys must stay.',
  check: (migration) =>
    newColumnsOf(migration, {
      of: ({ type }) => /^json(\[\])*$/.test(type),
      message: ({ name }) => `${name} is json, which DISTINCT and GROUP BY can not compare`,
      better: ({ name, type }) =>
        `${type.replace('json', 'jsonb')} using "${name.replaceAll('"', '""')}"::${type.replace('json', 'jsonb')}`,
    }),
};
