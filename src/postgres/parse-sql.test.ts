import { expect, test } from 'vitest';
import { loadParser, SqlUnparsable } from './parse-sql.ts';

const parser = await loadParser();

/** The text of each statement, cut out by its place. */
function statements(sql: string): readonly string[] {
  return parser.parse(sql).map(({ location, length }) => sql.slice(location, location + length));
}

test('a statement is found by its place, whatever stands around it', () => {
  expect(statements(`/* 😀 */ select 'é' ; -- half;\n\tselect 2 /* ; */;;\n`)).toEqual([`select 'é'`, 'select 2']);
  expect(statements('select 1')).toEqual(['select 1']);
});

test('what is only layout gives none', () => {
  for (const sql of ['', ' \n', '-- nothing', '/* nothing */', ';;']) expect(parser.parse(sql), sql).toEqual([]);
});

test('what can not be parsed says where, in UTF-16 units', () => {
  const sql = `select '😀' frm x from y`;
  const failure = failureOf(sql);
  expect(failure.message).toBe('syntax error at or near "x"');
  expect(sql.slice(failure.position)).toBe('x from y');
  expect(failureOf('select 1 \0').position).toBe(9);
  // Deeper than the parser's stack: an answer, not a crash.
  expect(failureOf(`select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`).message).toContain('memory exhausted');
});

function failureOf(sql: string): SqlUnparsable {
  try {
    parser.parse(sql);
  } catch (error) {
    if (error instanceof SqlUnparsable) return error;
    throw error;
  }
  throw new Error('it was parsed');
}
