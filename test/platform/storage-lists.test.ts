/** The functions that list files: folders first become one row, names are relative, pages follow each other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';

let db: TestDatabase;
let session: Connection;
const files = ['A.txt', 'a.txt', 'docs', 'docs/a', 'docs/Upper', 'docs/sub/x', 'docsx/1', 'folder/', 'x/y/z', 'zz'];

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  session = await db.connect();
  await session.run(`insert into storage.buckets (id, name) values ('b', 'b'), ('other', 'other')`);
  await session.query(
    `insert into storage.objects (bucket_id, name, created_at)
     select 'b', name, timestamptz '2026-01-01 00:00Z' + place * interval '1 hour'
     from unnest($1::text[]) with ordinality files(name, place) union all select 'other', 'docs/hidden', now()`,
    [files],
  );
  await session.run(`insert into storage.s3_multipart_uploads (id, upload_signature, bucket_id, key, version) values
    ('u1', 's', 'b', 'docs/a', 'v'), ('u2', 's', 'b', 'docs/b/c', 'v'), ('u3', 's', 'b', 'top', 'v')`);
});
afterAll(() => db.drop());

/** Names in order, folders with a slash behind them. */
async function list(call: string): Promise<string> {
  const { rows } = await session.query<{ name: string; id: string | null }>(`select name, id from ${call}`);
  return rows.map(({ name, id }) => (id === null ? `${name}/` : name)).join(' ');
}

describe('list_objects_with_delimiter', () => {
  it.each([
    [`'', '/'`, 'A.txt a.txt docs docs/ docsx/ folder/ x/ zz'],
    [`'docs/', '/'`, 'docs/Upper docs/a docs/sub/'],
    [`'doc', '/'`, 'docs docs/ docsx/'],
    [`'folder/', '/'`, 'folder/'],
    [`'nope', '/'`, ''],
    [`'', '/', 3`, 'A.txt a.txt docs'],
    [`'', '/', 100, 'docs'`, 'docsx/ folder/ x/ zz'],
    [`'', '/', 100, '', 'docsx'`, 'folder/ x/ zz'],
    [`'', '/', 100, '', '', 'desc'`, 'zz x/ folder/ docsx/ docs/ docs a.txt A.txt'],
    [`'', '/', 100, 'docsx', '', 'desc'`, 'docs/ docs a.txt A.txt'],
  ])('%s: %s', async (rest, expected) => {
    expect(await list(`storage.list_objects_with_delimiter('b', ${rest})`)).toBe(expected);
  });
});

describe('search', () => {
  it.each([
    [`'', 'b'`, 'A.txt a.txt docs docs/ docsx/ folder/ x/ zz'],
    [`'docs/', 'b'`, 'a sub/ Upper'],
    [`'DOCS/', 'b', 100, 1, 0, 'u'`, 'Upper'],
    [`'', 'b', 2, 1, 2`, 'docs docs/'],
    [`'', 'b', 100, 1, 0, '', 'created_at', 'desc'`, 'x/ folder/ docsx/ docs/ zz docs a.txt A.txt'],
  ])('%s: %s', async (call, expected) => {
    expect(await list(`storage.search(${call})`)).toBe(expected);
  });
});

describe('search_v2', () => {
  const keys = async (call: string) => {
    const { rows } = await session.query<{ key: string }>(`select key from storage.search_v2(${call})`);
    return rows.map(({ key }) => key).join(' ');
  };
  it.each([
    [`'docs/', 'b', 100, 2`, 'Upper a sub'],
    [`'docs/', 'b', 100, 2, '', 'asc', 'created_at'`, 'a Upper sub'],
    [`'docs/', 'b', 100, 2, '', 'desc', 'created_at'`, 'sub Upper a'],
    [`'docs/', 'b', 100, 2, 'docs/a', 'asc', 'created_at', '2026-01-01 04:00Z'`, 'Upper sub'],
  ])('%s: %s', async (call, expected) => {
    expect(await keys(call)).toBe(expected);
  });
});

it.each([
  [`'', '/'`, 'docs/:u1 top:u3'],
  [`'docs/', '/'`, 'docs/a:u1 docs/b/:u2'],
  [`'docs/', '/', 100, 'docs/a'`, 'docs/b/:u2'],
  [`'', '/', 1`, 'docs/:u1'],
])('list_multipart_uploads_with_delimiter %s: %s', async (rest, expected) => {
  const { rows } = await session.query<{ key: string; id: string }>(
    `select key, id from storage.list_multipart_uploads_with_delimiter('b', ${rest})`,
  );
  expect(rows.map(({ key, id }) => `${key}:${id}`).join(' ')).toBe(expected);
});
