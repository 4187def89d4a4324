import { newColumnsOf } from '../facts/column-types.ts';
import type { LintRule } from '../rule.ts';

export const varcharLimit: LintRule = {
  name: 'varchar-limit',
  severity: 'notice',
  optIn: true,
  summary: 'A new column is varchar(n): making it shorter, or of another type, looks at every row.',
  explanation: '`text` with a CHECK says the same, and the CHECK is replaced without a lock that anybody notices.',
  check: (migration) =>
    newColumnsOf(migration, {
      of: ({ type }) => /^character varying\(\d+\)(\[\])*$/.test(type),
      message: ({ name, type }) => `${name} is ${type}`,
      better: ({ type }) => type.replace(/^character varying\(\d+\)/, 'text'),
    }),
};
