/** PostgreSQL's own parser as the judge of where statements begin and end. */
import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, expect, it } from 'vitest';
import { splitStatements } from '../../../src/postgres/sql-text.ts';

beforeAll(() => loadModule());

/** Each is one statement; whatever may be taken for the end of one is in it somewhere. */
const statements: readonly string[] = [
  `select 1`,
  `select ';'`,
  `select 'it''s; fine'`,
  `select e'a\\';b', E'\\\\'`,
  `select U&'d\\0061t\\+000061;' UESCAPE '!'`,
  `select b'1001', x'1F', n'a;b'`,
  `select 'one;'\n  'two;'`,
  `select $$a;b$$`,
  `select $tag$a; $$ b; $other$ c $tag$`,
  `select $größe$;$größe$`,
  `select "a;b", "a""b;", U&"d\\0061;"`,
  `select a$b$ from t$1$`,
  `select 1 -- not; the end\n`,
  `select /* not; /* the; */ end; */ 1`,
  `select 1 /* ' " $$ ; */ , 2`,
  `select 1 -- ' " $$ ;\n , 2`,
  `select 1--2;\n`,
  `select 1 - -2, 3*-4, 5/-6`,
  `select 'a' || 'b;' || $$;$$`,
  `select a->>'k;', b #>> '{a;b}', c @> '{}', d ?| array['x;']`,
  `select 1.5e-3, .5, 5., 1_000, 0x1F, 0o17, 0b11`,
  `select a[1:2], (b).c, d::numeric(10,2), cast(e as text)`,
  `select count(*) filter (where a = ';') over (partition by b order by c rows between 1 preceding and current row)`,
  `with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select * from r`,
  `insert into t (a, b) values (';', $$;$$), (e'\\';', 1) on conflict (a) do update set b = excluded.b returning *`,
  `update t set a = ';' from u where t.id = u.id`,
  `delete from t using u where t.id = u.id`,
  `merge into t using s on t.id = s.id when matched then update set a = ';' when not matched then insert values (1)`,
  `create table "t;1" (id bigint generated always as identity, b text default ';' check (b <> ';'))`,
  `create table p1 partition of p for values from ('a;') to ('b;')`,
  `create unique index concurrently if not exists i on t using btree (lower(a) text_pattern_ops) include (b) where a <> ';'`,
  `alter table t add constraint c check (a <> ';') not valid, alter column b set default ';'`,
  `create view v as select case when a = ';' then 1 else 2 end as "case;" from t`,
  `create materialized view m as select 1 with no data`,
  `create function f() returns int language sql as 'select 1; select 2'`,
  `create function f() returns int language plpgsql as $$ begin; select ';'; end; $$`,
  `create or replace function f(a int default 1) returns int language sql begin atomic select 1; select 2; end`,
  `create function f() returns int language sql begin atomic select case when true then case 1 when 1 then 2 end else 3 end; end`,
  `create function f() returns int language sql begin atomic insert into t values (';'); select 1 as end; select x.end, y.case from x, y; end`,
  `create procedure p() language sql begin atomic end`,
  `create function f() returns int language sql return 1`,
  `create rule r as on insert to t do also (insert into u values (1); insert into v values (2))`,
  `create rule r as on delete to t do instead nothing`,
  `create trigger g before update of a on t for each row when (old.a is distinct from new.a) execute function f(';')`,
  `create policy "p;" on t for select to public using (a = current_setting('x;'))`,
  `create type mood as enum ('a;', 'b')`,
  `alter type mood add value 'c;' before 'a;'`,
  `create domain d as text check (value ~ '^[^;]*$')`,
  `create operator === (leftarg = int, rightarg = int, function = int4eq)`,
  `create aggregate agg (int) (sfunc = int4pl, stype = int, initcond = '0')`,
  `create extension if not exists "uuid-ossp" with schema extensions`,
  `create schema s create table a (id int) create view b as select 1`,
  `do $$ begin execute 'select 1;'; perform 1; end $$`,
  `do language plpgsql 'begin null; end'`,
  `comment on table t is 'a; b'`,
  `grant select (a, b), insert on t to public with grant option`,
  `alter default privileges in schema public grant select on tables to public`,
  `set search_path = "$user", public`,
  `set local work_mem to '1MB'`,
  `reset all`,
  `begin isolation level serializable read only`,
  `commit`,
  `rollback to savepoint s`,
  `prepare q (int) as select $1 + $2`,
  `execute q(1, ';')`,
  `explain (analyze, format json) select ';'`,
  `copy t (a, b) from '/tmp/a;b' with (format csv, delimiter ';', null '')`,
  `vacuum (analyze, verbose) t`,
  `reindex (concurrently) table t`,
  `call p(';', 1)`,
  `lock table t in access exclusive mode nowait`,
  `listen "c;h"`,
  `notify c, 'pay;load'`,
  `values (1, ';'), (2, 'b')`,
  `table t`,
  `select begin, atomic from t`,
  `select begin atomic from t`,
  `select größe, 名前, "ключ;" from таблица`,
  `select '👩‍⚕️;' as "😀;"`,
  `select 'a\\'; -- standard strings have no escapes`,
  `select @ -5, |/ 25.0, !! 5`,
  `select a !~* 'b;' , c ^@ 'd', e <-> f, g @@ to_tsquery('h')`,
  `select xmlelement(name "a;", xmlattributes(';' as "b;"))`,
  `select json_object('a;' : 1), json_array(1, ';')`,
  `select interval '1 day;' year to month, timestamp with time zone '2020-01-01'`,
  `create subscription s connection 'host=a;b password=c' publication p`,
  `create server f foreign data wrapper w options (host 'a;b')`,
  `discard all`,
];

const layouts = [
  ' ',
  '\n',
  '\r\n',
  '\t',
  '  -- a comment; with a semicolon\n',
  '/* another; */',
  '\n\n/* nested /* ; */ ; */\n',
  '',
];

/** The same numbers in each run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** What PostgreSQL reads: for each statement the bytes from where it begins to its semicolon. */
function judge(sql: string): readonly string[] {
  const bytes = Buffer.from(sql);
  const { stmts = [] } = parseSync(sql) as { stmts?: { stmt_location?: number; stmt_len?: number }[] };
  return stmts.map(({ stmt_location: from = 0, stmt_len: length = 0 }) =>
    bytes.subarray(from, length === 0 ? bytes.length : from + length).toString(),
  );
}

const solid = (text: string) => splitStatements(text)[0]?.text ?? '';

function compare(sql: string): void {
  const ours = splitStatements(sql);
  const theirs = judge(sql);
  expect(ours.map(({ text }) => text)).toEqual(theirs.map(solid));
  for (const [index, { text, start }] of ours.entries()) {
    expect(sql.slice(start, start + text.length)).toBe(text);
    // Nothing but layout lies between what we took and PostgreSQL's end of the statement.
    expect(splitStatements(theirs[index] ?? '')).toHaveLength(1);
    expect(theirs[index]).toContain(text);
  }
}

it.each(statements)('one statement: %s', (statement) => {
  expect(judge(statement)).toHaveLength(1);
  compare(statement);
});

it('files of many statements, in every layout', () => {
  const next = numbers(17);
  const random = (below: number) => Math.floor((next.next().value as number) * below);
  for (let file = 0; file < 1_500; file += 1) {
    let sql = layouts[random(layouts.length)] ?? '';
    for (let count = 1 + random(12); count > 0; count -= 1) {
      const statement = statements[random(statements.length)] ?? '';
      sql += statement + (layouts[random(layouts.length)] ?? '');
      // A comment to the end of the line would take the semicolon with it.
      if (/--[^\n]*$/.test(sql)) sql += '\n';
      sql += `;${random(10) === 0 ? ' ;' : ''}${layouts[random(layouts.length)] ?? ''}`;
    }
    compare(sql);
  }
});
