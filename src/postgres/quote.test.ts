import { expect, it } from 'vitest';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

it.each([
  ['orders', '"orders"'],
  ['Order "X"', '"Order ""X"""'],
  ['', '""'],
])('the name %j', (name, quoted) => {
  expect(quoteIdentifier(name)).toBe(quoted);
});

it.each([
  ['plain', "'plain'"],
  ["it's", "'it''s'"],
  // The space keeps E apart from a word in front.
  ['a\\b', " E'a\\\\b'"],
  ["\\'", " E'\\\\'''"],
])('the literal %j', (text, quoted) => {
  expect(quoteLiteral(text)).toBe(quoted);
});
