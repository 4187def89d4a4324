import { expect, test } from 'vitest';
import { flattened } from './flattened.ts';

test.each([
  ['((a > 1) AND (b > 2)) AND (c > 3)', '(a > 1) AND (b > 2) AND (c > 3)'],
  ['CHECK ((((a = 1) OR (b = 2)) OR (c = 3)))', 'CHECK (((a = 1) OR (b = 2) OR (c = 3)))'],
  ['((a) AND ((b) AND (c)))', '((a) AND (b) AND (c))'],
])('%s is %s', (before, after) => {
  expect(flattened(before)).toBe(flattened(after));
});

test.each([
  ['((a) AND (b)) OR (c)', '(a) AND ((b) OR (c))'],
  ['((a) OR (b)) AND (c)', '(a) OR (b) AND (c)'],
  ["(a = '((x AND y) AND z)')", "(a = '(x AND y AND z)')"],
  ['f((a AND b)) AND c', 'f(a AND b) AND c'],
  ['(NOT (a AND b)) AND c', 'NOT a AND b AND c'],
  ['("AND" AND b)', '("OR" AND b)'],
  ["(a = 'one')", "(a = 'two')"],
  ['f(a AND b) AND c AND d', '(a AND b) AND c AND d'],
  ['f(a AND b AND c)', 'f((a AND b) AND (c))'],
])('%s is not %s', (before, after) => {
  expect(flattened(before)).not.toBe(flattened(after));
});
