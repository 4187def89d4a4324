/** Statements sent one behind the other: in order, up to the first that fails. */
import { expect, it } from 'vitest';
import { testDatabase } from '../harness/test-database.ts';

it('runs all in order, tells of each, and parses once what is kept', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  const done: number[] = [];
  await sql.chain(
    [
      { sql: 'create table notes (at integer generated always as identity, text text)' },
      { sql: 'insert into notes (text) values ($1)', values: ['first'], keptAs: 'note' },
      { sql: '-- nothing' },
      { sql: 'insert into notes (text) values ($1)', values: [null], keptAs: 'note' },
      { sql: 'insert into notes (text) select unnest($1::text[])', values: [['a', 'b"c', 'd,e']] },
    ],
    (index) => done.push(index),
  );
  expect(done).toEqual([0, 1, 2, 3, 4]);
  const { rows } = await sql.query('select text from notes order by at');
  expect(rows.map(({ text }) => text)).toEqual(['first', null, 'a', 'b"c', 'd,e']);
  const { rows: kept } = await sql.query('select generic_plans + custom_plans as runs from pg_prepared_statements');
  expect(kept).toEqual([{ runs: '2' }]);
});

it('stops at the first that fails, wherever that is in it, and the session goes on', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  await sql.run('create table notes (text text primary key deferrable initially deferred)');
  const insert = (text: string) => ({ sql: 'insert into notes values ($1)', values: [text], keptAs: 'note' });
  const chainOf = async (...statements: Parameters<typeof sql.chain>[0]) => {
    let done = 0;
    const error = await sql.chain(statements, () => (done += 1)).catch((fault: unknown) => fault);
    return { done, code: (error as { code?: string } | undefined)?.code };
  };
  const begin = { sql: 'begin' };
  const commit = { sql: 'commit' };
  expect(await chainOf(insert('a'), { sql: 'select nothing' }, insert('b'))).toEqual({ done: 1, code: '42703' });
  expect(await chainOf(insert('a'), { sql: 'select 1 / $1::int', values: [0] }, insert('b')), 'at run time').toEqual({
    done: 1,
    code: '22012',
  });
  expect(
    await chainOf(begin, insert('c'), commit, begin, insert('d'), insert('d'), commit, begin, insert('e'), commit),
    'a COMMIT that fails',
  ).toEqual({ done: 6, code: '23505' });
  await sql.run('rollback');
  expect(await chainOf(begin, insert('f'), commit)).toEqual({ done: 3, code: undefined });
  const { rows } = await sql.query('select text from notes order by 1');
  expect(rows.map(({ text }) => text)).toEqual(['c', 'f']);
});

it('tells at once of what is announced', async () => {
  const db = await testDatabase();
  const [sql, holder] = [await db.connect(), await db.connect()];
  await holder.run('select pg_advisory_lock(1)');
  let release = () => {};
  const told = new Promise<void>((resolve) => (release = resolve));
  const running = sql.chain(
    [{ sql: 'select 1', announced: true }, { sql: 'select pg_advisory_lock(1)' }],
    (index) => index === 0 && release(),
  );
  // Without the announcement both answers would come together, and nobody would let the second one go on.
  await told;
  await holder.run('select pg_advisory_unlock(1)');
  await running;
});

it('a session that ends in the middle is lost', async () => {
  const db = await testDatabase();
  const sql = await db.connect();
  const failed = sql.chain([{ sql: 'select 1' }, { sql: 'select pg_terminate_backend(pg_backend_pid())' }], () => {});
  await expect(failed).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  expect(sql.lost).not.toBeNull();
});
