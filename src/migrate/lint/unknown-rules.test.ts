import { expect, test } from 'vitest';
import type { Allowance, RuleLevel } from '../../config/schema.ts';
import type { DbkitError } from '../../errors.ts';
import { noDirectives } from '../migration.ts';
import { readDirectives } from '../sql-file.ts';
import { rules } from './rules/index.ts';
import { refuseUnknownRules } from './unknown-rules.ts';

interface Given {
  readonly levels?: Readonly<Record<string, RuleLevel>>;
  readonly allow?: readonly Allowance[];
  /** Text of a migration. */
  readonly text?: string;
}

function refused({ levels = {}, allow = [], text = '' }: Given): DbkitError | null {
  const directives = { ...noDirectives, allow: readDirectives('/app/migrations/1_a.up.sql', text).allow };
  const config = { lint: { rules: levels, exposedSchemas: null }, allow, file: '/app/dbkit.config.ts' };
  try {
    refuseUnknownRules(config, [{ directives }], rules);
    return null;
  } catch (error) {
    return error as DbkitError;
  }
}

test('rules that there are pass, and the level of unused-allowance', () => {
  expect(refused({})).toBeNull();
  expect(
    refused({
      levels: { 'drop-table': 'off', 'unused-allowance': 'error' },
      allow: [{ rule: 'drop-table', why: 'it is empty' }],
      text: '-- dbkit:allow drop-table: it is empty',
    }),
  ).toBeNull();
});

test('one in lint.rules is refused, with the name that was meant', () => {
  expect(refused({ levels: { 'drop-tabel': 'off' } })).toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'lint.rules: there is no rule "drop-tabel"; did you mean "drop-table"?',
    location: { file: '/app/dbkit.config.ts' },
    details: [],
  });
  // Of every object, and still no rule.
  expect(refused({ levels: Object.fromEntries([['constructor', 'off']]) })?.message).toBe(
    'lint.rules: there is no rule "constructor"',
  );
});

test('all of the config are told in one error', () => {
  const error = refused({
    levels: { frobnicate: 'off' },
    allow: [
      { rule: 'drop-table', why: 'why' },
      { rule: 'drop_table', why: 'why' },
      { rule: 'unused-allowance', why: 'why' },
    ],
  });
  expect(error).toMatchObject({
    message: '/app/dbkit.config.ts: 3 names of rules that there are not',
    hint: expect.stringContaining('docs/lint-rules.md'),
    details: [
      'lint.rules: there is no rule "frobnicate"',
      'allow[1]: there is no rule "drop_table"; did you mean "drop-table"?',
      'allow[2]: "unused-allowance" can not be allowed; lint.rules says how much it weighs',
    ],
  });
});

test('one in a directive is refused with its line', () => {
  expect(refused({ text: 'drop table a;\n-- dbkit:allow drop-tables: it is empty\n' })).toMatchObject({
    code: 'FILE_INVALID',
    message: '/app/migrations/1_a.up.sql:2: there is no rule "drop-tables"; did you mean "drop-table"?',
    location: { file: '/app/migrations/1_a.up.sql', line: 2, column: 1 },
  });
});
