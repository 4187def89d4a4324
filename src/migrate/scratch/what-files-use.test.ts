import { expect, test } from 'vitest';
import { whatFilesUse } from './what-files-use.ts';

const createdIn = (text: string) => [...whatFilesUse([{ sql: null, downText: text }]).created.keys()];

test.each([
  ['create extension citext;', 'citext'],
  ['create extension if not exists "uuid-ossp" with schema extensions;', 'uuid-ossp'],
  ['await sql`create extension hstore`.execute(db);', 'hstore'],
  ["await sql.raw('CREATE EXTENSION pg_trgm').execute(db);", 'pg_trgm'],
  ['create extension pg_cron cascade;', 'pg_cron'],
  ['begin create extension ltree; end', 'ltree'],
])('%s', (text, extension) => {
  expect(createdIn(text)).toEqual([extension]);
});

test('advice is no statement, nor is what is commented out', () => {
  expect(createdIn("hint = 'create extension pg_cron, or let any scheduler call it'")).toEqual([]);
  expect(createdIn('-- create extension citext;')).toEqual([]);
});
