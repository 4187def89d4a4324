import { describe, expect, it } from 'vitest';
import { blankSecrets, isEmptySql, normalizeSql, splitStatements } from './sql-text.ts';

const texts = (sql: string) => splitStatements(sql).map((statement) => statement.text);

describe('splitStatements', () => {
  it.each<[string, string, string[]]>([
    ['two statements', 'select 1; select 2', ['select 1', 'select 2']],
    ['an end without a semicolon, and layout', '\n-- a\nselect 1 -- b\n;;\n', ['select 1']],
    ['a semicolon in a string', "select ';'; select 'it''s;'", ["select ';'", "select 'it''s;'"]],
    ['an escape string', "select E'\\';'; select 2", ["select E'\\';'", 'select 2']],
    ['a backslash that escapes nothing', "select '\\'; select 2", ["select '\\'", 'select 2']],
    ['a quoted identifier', 'select 1 as "a;""b;"; select 2', ['select 1 as "a;""b;"', 'select 2']],
    ['dollar quotes', 'do $x$ begin; $$;$$ end $x$; select $$;$$', ['do $x$ begin; $$;$$ end $x$', 'select $$;$$']],
    ['a parameter is no dollar quote', 'select $1; select $2', ['select $1', 'select $2']],
    ['a dollar inside a name', 'select a$b$; select $b$;$b$', ['select a$b$', 'select $b$;$b$']],
    ['nested comments', 'select /* ; /* ; */ ; */ 1; select 2', ['select /* ; /* ; */ ; */ 1', 'select 2']],
    [
      'a rule with several actions',
      'create rule r as on insert to t do also (a; b); select 2',
      ['create rule r as on insert to t do also (a; b)', 'select 2'],
    ],
    [
      'a standard body',
      'create function f() returns int begin atomic select case when true then 1 else 2 end; select 2; end; select 3',
      [
        'create function f() returns int begin atomic select case when true then 1 else 2 end; select 2; end',
        'select 3',
      ],
    ],
    [
      'operators that touch comments',
      'select 1 +-- ;\n 2 */* ; */ 3 ->> 4; select 2',
      ['select 1 +-- ;\n 2 */* ; */ 3 ->> 4', 'select 2'],
    ],
    ['other scripts', 'select 1 as größe; select 2 as 名前', ['select 1 as größe', 'select 2 as 名前']],
    ['windows line ends', 'select 1;\r\nselect 2;\r\n', ['select 1', 'select 2']],
    ['an unclosed string is one statement', "select 'a; select 2", ["select 'a; select 2"]],
  ])('%s', (_, sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  it('keeps operators whole', () => {
    expect(splitStatements("select a->>'b'::text, c||d")[0]?.words).toEqual([
      'select',
      'a',
      '->>',
      "'b'",
      '::',
      'text',
      ',',
      'c',
      '||',
      'd',
    ]);
  });

  it('gives the offset of each statement', () => {
    const sql = '-- first\nselect 1;\n\n  select 2;';
    expect(splitStatements(sql).map(({ start, text }) => sql.slice(start, start + text.length))).toEqual([
      'select 1',
      'select 2',
    ]);
  });
});

describe('normalizeSql', () => {
  it('does not see layout, comments and the case of bare words', () => {
    expect(normalizeSql('CREATE  TABLE t(a INT);')).toBe(normalizeSql('create table t ( -- the table\n  a int\n)'));
  });
  it.each([
    ["select 'a b'", "select 'a  b'"],
    ['select "A"', 'select "a"'],
    ['select 1', 'select 2'],
    ['select a; b', 'select a b'],
  ])('tells %s from %s', (a, b) => {
    expect(normalizeSql(a)).not.toBe(normalizeSql(b));
  });
});

it('knows text without a statement', () => {
  expect(isEmptySql(' -- nothing\n/* at all */ ;')).toBe(true);
  expect(isEmptySql('select')).toBe(false);
});

describe('blankSecrets', () => {
  it.each([
    [
      "do $$ begin execute 'alter role r password ''hunter2'''; create role s password 'two'; end $$",
      "do $$ begin execute 'alter role r password ''hunter2'''; create role s password '***'; end $$".replace(
        "alter role r password ''hunter2''",
        '*'.repeat("alter role r password ''hunter2''".length),
      ),
    ],
    ["create role r login password 'hunter2'", "create role r login password '*******'"],
    [
      "create user mapping for u server s options (user 'u', password 'p')",
      "create user mapping for u server s options (user '*', password '*')",
    ],
    ["select vault.create_secret('abc', 'name')", "select vault.create_secret('***', '****')"],
    ["select dblink('host=h password=p')", "select dblink('*****************')"],
    ['alter role r password $$a b$$', 'alter role r password $$***$$'],
    ["alter role r set token = 'abc'", "alter role r set token = '***'"],
    [
      "create subscription s connection 'postgresql://u:p@h/d' publication p",
      "create subscription s connection '********************' publication p",
    ],
    [
      "insert into users (name, password) values ('ann', 'pw')",
      "insert into users (name, password) values ('***', '**')",
    ],
    ["select set_config('app.key', 'abc', true)", "select set_config('*******', '***', true)"],
    ["select set_config('app' || '.key', 'abc', true)", "select set_config('***' || '****', '***', true)"],
    ["select set_config('lock_timeout', '0', true)", "select set_config('lock_timeout', '0', true)"],
    ["select 'a'; update t set api_key = 'k'; select 'b'", "select 'a'; update t set api_key = '*'; select 'b'"],
    [
      "create function check_password() returns text as $$ select 'x' $$ language sql",
      "create function check_password() returns text as $$ select 'x' $$ language sql",
    ],
  ])('%s', (sql, expected) => {
    expect(blankSecrets(sql)).toBe(expected);
  });
  it('leaves the rest alone', () => {
    const sql = "select 'password'; insert into t (name) values ('x'); -- password 'no'";
    expect(blankSecrets(sql)).toBe(sql);
  });
});
