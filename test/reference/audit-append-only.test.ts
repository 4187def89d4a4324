/** The audit trail stays as it was written, whoever asks and in whatever mode. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import { attempt } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const refused = '42501';
let reference: ReferenceDatabase;
let ada: string;
let admin: Connection;
let partitions: readonly string[];

beforeAll(async () => {
  reference = await referenceDatabase();
  admin = await reference.db.connectAsAdmin();
  ada = await reference.signUp();
  await reference.sql.query('select public.create_partitions()');
  // Rows in the default partitions too: of years that have no partition.
  await reference.sql.run(`
    insert into public.audit_logs (occurred_at, actor_role, table_name, subject_id, action, changed_columns)
      values ('1815-12-10', 'postgres', 'public.users', '${ada}', 'insert', '{}');
    insert into public.audit_log_values (log_id, occurred_at, subject_id) values (1, '1815-12-10', '${ada}');
    select public.erase_audit_values('6f1f3a4e-31a5-4a52-9a3d-0e2d6c6a1b11')`);
  const { rows } = await reference.sql.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits
    where inhparent in ('public.audit_logs'::regclass, 'public.audit_log_values'::regclass)`,
  );
  partitions = rows.map(({ name }) => name);
});
afterAll(() => reference.db.drop());

const columnOf = (table: string) =>
  table.includes('values') ? 'old_values' : table.includes('logs') ? 'row_key' : 'erased';

describe.each(['origin', 'replica', 'local'])('session_replication_role %s', (mode) => {
  it.each(['public.audit_logs', 'public.audit_log_values', 'private.audit_erasures'])('%s', async (table) => {
    const relations = [table, ...partitions.filter((name) => name.startsWith(table.replace('public.', 'private.')))];
    for (const relation of relations) {
      const filled = (await reference.sql.query(`select from ${relation} limit 1`)).rowCount === 1;
      const statements = [
        `truncate ${relation}`,
        `truncate ${relation} cascade`,
        ...(filled
          ? [
              `update ${relation} set ${columnOf(table)} = null`,
              `delete from ${relation}`,
              `delete from ${relation} where true`,
            ]
          : []),
      ];
      for (const statement of statements) {
        // As the owner, who may set it on Supabase as well, and as a superuser.
        for (const connection of [reference.sql, admin]) {
          const inMode = `set local session_replication_role = ${mode}; ${statement}`;
          expect(await attempt(connection, inMode), statement).toBe(refused);
        }
      }
    }
  });
});

it('an upsert and a MERGE are updates', async () => {
  const row = `'postgres', 'x', 'insert'::public.audit_action, '{}'::text[]`;
  expect(
    await attempt(
      reference.sql,
      `insert into public.audit_logs (id, occurred_at, actor_role, table_name, action, changed_columns)
      select id, occurred_at, ${row} from public.audit_logs on conflict (id, occurred_at) do update set table_name = 'x'`,
    ),
  ).toBe(refused);
  for (const action of ['update set table_name = $$x$$', 'delete']) {
    expect(
      await attempt(
        reference.sql,
        `merge into public.audit_logs l using (select 1) o on true when matched then ${action}`,
      ),
    ).toBe(refused);
  }
  expect(
    await attempt(reference.sql, `update public.audit_logs set occurred_at = occurred_at + interval '10 years'`),
  ).toBe(refused);
});

it('the refusal names the table and nothing of the row', async () => {
  await expect(reference.sql.run('delete from public.audit_log_values')).rejects.toMatchObject({
    message: expect.stringMatching(/^private\.audit_log_values_\w+ is append-only: delete refused$/),
    hint: 'the values of a person are erased by erase_audit_values(subject)',
  });
});

it('a partition of a month goes as a whole, and takes nothing else along', async () => {
  const name = partitions.find((partition) => /audit_logs_\d{4}/.test(partition)) ?? '';
  expect(await attempt(reference.sql, `drop table ${name}`)).toBe('ok');
});

it('a partition that was made by hand refuses edits as well', async () => {
  await reference.sql.run('begin');
  await reference.sql.run(`create table public.by_hand (like public.audit_logs including all);
    insert into public.by_hand (occurred_at, actor_role, table_name, action, changed_columns) values ('1852-01-01', 'x', 'x', 'insert', '{}');
    alter table public.audit_logs attach partition public.by_hand for values from ('1852-01-01') to ('1853-01-01')`);
  await expect(reference.sql.run('delete from public.by_hand')).rejects.toMatchObject({ code: refused });
  await reference.sql.run('rollback');
});
