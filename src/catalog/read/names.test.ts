import { expect, test } from 'vitest';
import { byCodePoint, Names, sortedBy } from './names.ts';

test('characters beyond the first plane come last, as the server sorts them', () => {
  const names = ['\u{1f600}', '\uffee', 'b', 'B', 'a\u{1f600}', 'a\uffee', 'ä', 'a'];
  const sorted = ['B', 'a', 'a\uffee', 'a\u{1f600}', 'b', 'ä', '\uffee', '\u{1f600}'];
  expect([...names].sort(byCodePoint)).toEqual(sorted);
  expect(sortedBy(names, (name) => name)).toEqual(sorted);
  expect(sortedBy(['b', 'a', 'B'], (name) => name)).toEqual(['B', 'a', 'b']);
});

test('names are quoted as quote_ident() does', () => {
  const names = new Names(new Set(['select']));
  expect(['orders', '_x1', 'select', 'Orders', '1st', 'a$b', 'é', 'a"b', ''].map((name) => names.quote(name))).toEqual([
    ...['orders', '_x1', '"select"', '"Orders"', '"1st"', '"a$b"', '"é"', '"a""b"', '""'],
  ]);
});
