import { newColumnsOf } from '../facts/column-types.ts';
import type { LintRule } from '../rule.ts';

export const timestampWithoutTimeZone: LintRule = {
  name: 'timestamp-without-time-zone',
  severity: 'notice',
  summary: 'A new column is timestamp without time zone: a clock on a wall that nobody knows the place of.',
  explanation:
    '`timestamptz` is a moment, the same for every session. Without it two servers in two zones write two truths.',
  check: (migration) =>
    newColumnsOf(migration, {
      of: ({ type }) => /^timestamp(\(\d\))? without time zone(\[\])*$/.test(type),
      message: ({ name }) => `${name} has no time zone`,
      better: ({ type }) => type.replace('without', 'with'),
    }),
};
