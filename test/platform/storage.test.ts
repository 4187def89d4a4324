/** Functions and triggers of schema storage, and realtime's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { attempt } from './attempt.ts';

let db: TestDatabase;
let session: Connection;

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  session = await db.connect();
  await session.run(`insert into storage.buckets (id, name) values ('docs', 'docs')`);
  await session.run(
    `insert into storage.objects (bucket_id, name, metadata) values ('docs', 'a/b.txt', '{"size": 5}')`,
  );
});
afterAll(() => db.drop());

describe('paths', () => {
  it.each([
    ['c.png', [], 'c.png', 'png'],
    ['a/c.tar.gz', ['a'], 'c.tar.gz', 'gz'],
    ['/x', [''], 'x', 'x'],
    ['a/b/c', ['a', 'b'], 'c', 'c'],
    ['a//b', ['a', ''], 'b', 'b'],
    ['a/', ['a'], '', ''],
    ['README', [], 'README', 'README'],
    ['.bashrc', [], '.bashrc', 'bashrc'],
    ['a.b/c', ['a.b'], 'c', 'c'],
    ['', null, null, null],
    [null, null, null, null],
  ])('%s', async (name, folders, file, extension) => {
    const { rows } = await session.query(
      'select storage.foldername($1) as folders, storage.filename($1) as file, storage.extension($1) as extension',
      [name],
    );
    expect(rows).toEqual([{ folders, file, extension }]);
  });

  it('are immutable, so that an index may use them', async () => {
    const { rows } = await session.query(
      `select proname from pg_proc where pronamespace = 'storage'::regnamespace and provolatile = 'i' order by 1`,
    );
    expect(rows.map((row) => row.proname)).toEqual(['extension', 'filename', 'foldername', 'get_common_prefix']);
  });

  it.each([
    ['a/b/c', 'a/', '/', 'a/b/'],
    ['a/b', 'a/', '/', null],
    ['a/b', '', '/', 'a/'],
    ['abc', '', '/', null],
  ])('get_common_prefix of %s behind %s', async (key, prefix, delimiter, expected) => {
    const { rows } = await session.query<{ p: string }>('select storage.get_common_prefix($1, $2, $3) as p', [
      key,
      prefix,
      delimiter,
    ]);
    expect(rows[0]?.p).toBe(expected);
  });
});

describe('operations', () => {
  it.each([
    ['object.list', 'object.list', true],
    ['object.list', 'storage.object.list', true],
    ['storage.object.list', 'object.list', true],
    ['storage.object.list', 'storage.storage.object.list', false],
    ['object.list', 'object.get', false],
    ['object.list', '', false],
    ['object.list', null, false],
    ['', 'storage.', false],
  ])('during %s, allow %s: %s', async (now, allowed, expected) => {
    await session.query(`select set_config('storage.operation', $1, false)`, [now]);
    const { rows } = await session.query<{ only: boolean; operation: string }>(
      `select storage.allow_only_operation($1) as only, storage.operation() as operation`,
      [allowed],
    );
    expect(rows).toEqual([{ only: expected, operation: now }]);
  });

  it('allow any of several', async () => {
    await session.query(`select set_config('storage.operation', 'object.list', false)`);
    const { rows } = await session.query(
      `select storage.allow_any_operation(array['object.get', null, 'storage.object.list']) as listed,
         storage.allow_any_operation(array['object.get']) as other, storage.allow_any_operation('{}') as none`,
    );
    expect(rows).toEqual([{ listed: true, other: false, none: false }]);
  });
});

describe('protect_delete', () => {
  const allow = `set local storage.allow_delete_query = 'true';`;

  it.each([
    ['a row', 'delete from storage.objects', '42501'],
    ['no row at all', 'delete from storage.objects where false', '42501'],
    ['a bucket', 'delete from storage.buckets', '42501'],
    ['a row, as the Storage service', `${allow} delete from storage.objects`, 'ok'],
    ['a bucket with files, as the Storage service', `${allow} delete from storage.buckets`, '23503'],
    ['everything, with TRUNCATE', 'truncate storage.buckets, storage.objects cascade', 'ok'],
    ['a row, as a replica', 'set local session_replication_role = replica; delete from storage.objects', 'ok'],
    ['nothing: UPDATE', `update storage.objects set name = 'x'`, 'ok'],
  ])('%s', async (_what, sql, expected) => {
    expect(await attempt(session, sql)).toBe(expected);
  });

  it('stops a superuser too', async () => {
    expect(await attempt(await db.connectAsAdmin(), 'delete from storage.objects where false')).toBe('42501');
  });
});

it.each([
  ['a name of 100 characters', 100, 'ok'],
  ['a name of 101 characters', 101, 'P0001'],
])('a bucket with %s', async (_what, length, expected) => {
  expect(await attempt(session, `insert into storage.buckets (id, name) values ('b', repeat('x', ${length}))`)).toBe(
    expected,
  );
});

it('stamps updated_at of a file, and computes path_tokens', async () => {
  await session.run(`begin; update storage.objects set updated_at = '2000-01-01'`);
  const { rows } = await session.query('select updated_at = now() as stamped, path_tokens from storage.objects');
  await session.run('rollback');
  expect(rows).toEqual([{ stamped: true, path_tokens: ['a', 'b.txt'] }]);
});

it('adds sizes up by bucket, and answers can_insert_object with PT200', async () => {
  const { rows } = await session.query('select * from storage.get_size_by_bucket()');
  expect(rows).toEqual([{ size: '5', bucket_id: 'docs' }]);
  expect(await attempt(session, `select storage.can_insert_object('docs', 'z', null, '{}')`)).toBe('PT200');
  expect(await attempt(session, `select storage.can_insert_object('nowhere', 'z', null, '{}')`)).toBe('23503');
});

describe('realtime', () => {
  it('reads the topic of the message, and an empty one as none', async () => {
    const { rows } = await (await db.connect()).query('select realtime.topic()');
    expect(rows).toEqual([{ topic: null }]);
    await session.run(`begin; set local realtime.topic = 'room:1'`);
    const { rows: inside } = await session.query('select realtime.topic()');
    await session.run('rollback');
    const { rows: after } = await session.query('select realtime.topic()');
    expect([inside, after]).toEqual([[{ topic: 'room:1' }], [{ topic: null }]]);
  });

  it('stores what is sent, with an id inside of the payload', async () => {
    await session.run(`begin; select realtime.send('{"a": 1}', 'hello', 'room:1', true)`);
    const { rows } = await session.query(
      `select topic, event, private, extension, payload ->> 'a' as a, payload ->> 'id' = id::text as same from realtime.messages`,
    );
    await session.run('rollback');
    expect(rows).toEqual([
      { topic: 'room:1', event: 'hello', private: true, extension: 'broadcast', a: '1', same: true },
    ]);
  });

  it('shows messages by policies on topic and extension only', async () => {
    const admin = await db.connectAsAdmin();
    await admin.run(
      `insert into realtime.messages (topic, extension) values ('room:1', 'broadcast'), ('room:2', 'broadcast')`,
    );
    const count = async (role: string) => {
      await session.run(`begin; set local role ${role}; set local realtime.topic = 'room:1'`);
      const { rows } = await session.query<{ n: number }>('select count(*)::int as n from realtime.messages');
      await session.run('rollback');
      return rows[0]?.n;
    };
    expect(await count('authenticated')).toBe(0);
    await admin.run(
      'create policy room on realtime.messages for select to authenticated using (topic = realtime.topic())',
    );
    expect(await count('authenticated')).toBe(1);
    expect(await count('anon')).toBe(0);
  });
});
