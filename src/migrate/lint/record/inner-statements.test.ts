import { expect, test } from 'vitest';
import { loadParser } from '../../../postgres/parse-sql.ts';
import { innerTrees } from './inner-statements.ts';

const parser = await loadParser();

/** The kinds of the statements in a block. */
function kindsIn(sql: string): readonly string[] {
  return parser.parse(sql).flatMap(({ tree }) => innerTrees(parser, tree).flatMap((inner) => Object.keys(inner)));
}

test('SQL as it stands, in every branch, and in blocks of blocks', () => {
  expect(
    kindsIn(`do $$ declare t text; begin
      if t is null then alter table a add b int; elsif true then drop table a; else lock table a; end if;
      for t in select 'update x set y = 1;' loop update a set b = 2; end loop;
      begin create index on a (b); exception when others then truncate a; end;
      perform set_config('lock_timeout', '0', true);
    end $$`),
  ).toEqual(['AlterTableStmt', 'DropStmt', 'LockStmt', 'UpdateStmt', 'IndexStmt', 'TruncateStmt', 'SelectStmt']);
});

test('EXECUTE of one literal; not of a text that is put together', () => {
  expect(
    kindsIn(`do $b$ begin
      execute 'alter table a alter b set default ''x''';
      execute $q$drop table "a b"$q$;
      execute 'update a set b = $1' using 1;
      execute format('drop table %I', 'a');
      execute 'drop table ' || 'a';
    end $b$`),
  ).toEqual(['AlterTableStmt', 'DropStmt', 'UpdateStmt']);
});

test('what is no SQL is passed over, and so is another language', () => {
  expect(kindsIn(`do $$ begin update is nonsense; raise notice 'drop table a;'; drop table a; end $$`)).toEqual([
    'DropStmt',
  ]);
  expect(kindsIn(`do language plpython3u $$ begin; drop table a; $$`)).toEqual([]);
  expect(kindsIn('drop table a')).toEqual([]);
});

test('rows that are changed where the block commits are a batch', () => {
  expect(kindsIn(`do $$ begin loop update a set b = 1 where c < 10; commit; end loop; drop table a; end $$`)).toEqual([
    'DropStmt',
  ]);
});
