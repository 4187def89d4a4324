import { newColumnsOf } from '../facts/column-types.ts';
import type { LintRule } from '../rule.ts';

export const charType: LintRule = {
  name: 'char-type',
  severity: 'notice',
  summary: 'A new column is char(n): padded with blanks, never faster than text.',
  explanation:
    'Blanks at the end are stored and do not compare. `text` holds what it is given; a CHECK says how long it may be.',
  check: (migration) =>
    newColumnsOf(migration, {
      of: ({ type }) => /^character\(\d+\)(\[\])*$/.test(type),
      message: ({ name, type }) => `${name} is ${type}, which pads with blanks`,
      better: ({ type }) => type.replace(/^character\(\d+\)/, 'text'),
    }),
};
