/** dbmate's marks, as dbmate itself reads them. */
import { describe, expect, it } from 'vitest';
import { readDbmateSections } from './sql-file.ts';

const sections = (source: string) => {
  const read = readDbmateSections('01_a.sql', source);
  return read && { up: read.up.text, down: read.down?.text ?? null, transaction: read.transaction };
};
const both = { up: true, down: true };

describe('sections', () => {
  it.each([
    ['-- migrate:up\na;\n-- migrate:down\nb;\n', { up: '\na;\n', down: '\nb;\n', transaction: both }],
    ['-- migrate:up\r\na;\r\n-- migrate:down\r\nb;', { up: '\na;\r\n', down: '\nb;', transaction: both }],
    ['--migrate:up\na;', { up: '\na;', down: null, transaction: both }],
    [
      '-- migrate:up transaction:false\na;\n-- migrate:down\nb;',
      { up: '\na;\n', down: '\nb;', transaction: { up: false, down: true } },
    ],
    // Inside of a function it is a comment.
    [
      '-- migrate:up\ndo $$\n  -- migrate:down must undo this\n$$;\n-- migrate:down\nb;',
      { up: '\ndo $$\n  -- migrate:down must undo this\n$$;\n', down: '\nb;', transaction: both },
    ],
    ['-- migrate:upwards\na;', null],
    ['select 1; -- migrate:up', null],
  ])('%j', (source, expected) => {
    expect(sections(source)).toEqual(expected);
  });

  it.each(['-- migrate:down\nb;\n-- migrate:up\na;', '-- migrate:up\na;\n-- migrate:up\nb;'])(
    'out of order: %j',
    (source) => {
      expect(() => sections(source)).toThrow(expect.objectContaining({ code: 'FILE_INVALID' }));
    },
  );
});
