import { expect, it } from 'vitest';
import { diffLines } from './line-diff.ts';

it.each([
  ['a\nb\nc\n', 'a\nb\nc\n', []],
  ['', 'a\n', ['+a']],
  ['a\nb\n', 'a\n', ['-b']],
  ['a\nb\nc', 'a\nx\nc', ['-b', '+x']],
  ['a\nb\nc\nd', 'b\nc\ne\nd\nf', ['-a', '+e', '+f']],
  ['a\na\nb', 'a\nb', ['-a']],
])('of %j and %j', (before, after, expected) => {
  expect(diffLines(before, after)).toEqual(expected);
});

it('of very long texts the middle is replaced whole', () => {
  const numbers = (from: number) => Array.from({ length: 2_100 }, (_, index) => String(from + index)).join('\n');
  const lines = diffLines(`same\n${numbers(0)}\nend`, `same\n${numbers(5_000)}\nend`);
  expect(lines).toHaveLength(4_200);
  expect([lines[0], lines[2_100]]).toEqual(['-0', '+5000']);
});
