import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';

const files = {
  '01_orders.up.sql': 'create table orders (id int);\n',
  '01_orders.down.sql': 'drop table orders;\n',
  '02_lines.up.sql': 'create table lines (id int);\n',
  '02_lines.down.sql': 'drop table lines;\n',
};

/** A project, a database whose schema `dbkit` an administrator made, and a login role that may do nothing. */
async function office({ bootstrapped = true } = {}) {
  const cwd = temporaryFolder('grants');
  await mkdir(join(cwd, 'migrations'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, 'migrations', name), text);
  const db = await testDatabase();
  const admin = await db.connectAsAdmin();
  const role = `Clerk ${randomBytes(6).toString('hex')}`;
  await admin.run(`create role "${role}" login`);
  onTestFinished(async () => {
    await admin.run(`drop owned by "${role}" cascade; drop role "${role}"`);
  });
  const as = (url: string, args: readonly string[]) => runCli([...args, '--database-url', url], { cwd });
  const asAdmin = (...args: string[]) => as(db.adminUrl, args);
  const asClerk = (...args: string[]) => as(db.url.replace('postgres@', `${encodeURIComponent(role)}@`), args);
  const grant = async (...verbs: string[]) => {
    const { stdout, status } = await asAdmin('db', 'grants', ...verbs, '--role', role);
    expect(status).toBe(0);
    await admin.run(stdout);
    return stdout;
  };
  if (bootstrapped) await admin.run((await runCli(['db', 'bootstrap', '--print'], { cwd })).stdout);
  return { cwd, db, admin, role, asAdmin, asClerk, grant };
}

type Office = Awaited<ReturnType<typeof office>>;

/** Applied by the administrator, then handed to the clerk, who could not drop what is not theirs. */
async function applied({ asAdmin, admin, role }: Office, count: number) {
  expect((await asAdmin('migrate', 'up', String(count))).status).toBe(0);
  for (const table of ['orders', 'lines'].slice(0, count)) await admin.run(`alter table ${table} owner to "${role}"`);
}

const nothing = async () => {};

describe('a role with exactly the grants of a verb', () => {
  it.each<[string, readonly string[], (room: Office) => Promise<void>]>([
    ['migrate status', [], (room) => applied(room, 1)],
    ['migrate plan', ['down'], (room) => applied(room, 1)],
    ['migrate up', [], nothing],
    ['migrate down', ['--yes'], (room) => applied(room, 2)],
    ['migrate to', ['02'], (room) => applied(room, 1)],
    ['migrate redo', ['--yes'], (room) => applied(room, 1)],
    ['migrate baseline', ['02_lines'], nothing],
    ['migrate repair', ['01_orders', '--forget'], (room) => applied(room, 1)],
    ['db bootstrap', [], nothing],
    ['db history', ['--since', '2026-01-01'], (room) => applied(room, 1)],
    ['db mark', ['staging'], nothing],
    ['db stats', [], (room) => applied(room, 1)],
    ['types', [], (room) => applied(room, 1)],
  ])('runs %s, which it could not before', async (verb, args, prepare) => {
    const room = await office();
    await prepare(room);
    const run = () => room.asClerk(...verb.split(' '), ...args);
    const before = await run();
    expect(before.status).toBe(2);
    expect(before.stderr).toContain('INSUFFICIENT_PRIVILEGE');
    expect(before.stderr.split('next:')[1]).toMatch(/dbkit db grants .* --role <this role>/);
    await room.grant(verb);
    const after = await run();
    expect({ status: after.status, error: after.stderr.includes('error') }).toEqual({ status: 0, error: false });
    expect(await room.grant(verb)).toBe(`-- ${room.role} has all that is needed\n`);
  });

  it('is held to be at fault by doctor, until it has what doctor needs', async () => {
    const room = await office();
    expect((await room.asClerk('doctor')).status).toBe(1);
    await room.grant('doctor', 'types');
    expect((await room.asClerk('doctor')).status).toBe(0);
  });

  it('sees the same status as the owner of the schema', async () => {
    const room = await office();
    await applied(room, 1);
    await room.grant('migrate status');
    const [mine, theirs] = [await room.asClerk('migrate', 'status'), await room.asAdmin('migrate', 'status')];
    expect(mine.stdout).toBe(theirs.stdout);
    expect(mine.stdout).toContain('1 applied, 1 pending');
  });

  it('sees drift though it may run no migration, and is told where row security hides the journal', async () => {
    const room = await office();
    expect((await room.asAdmin('migrate', 'up', '1')).status).toBe(0);
    await room.grant('migrate drift', 'migrate status');
    const drift = await room.asClerk('migrate', 'drift');
    expect({ status: drift.status, error: drift.stderr.includes('error') }).toEqual({ status: 0, error: false });
    for (const table of ['marker', 'journal', 'schema_version', 'schema_state']) {
      await room.admin.run(`drop policy "dbkit select ${room.role}" on dbkit.${table}`);
    }
    const hidden = await room.asClerk('migrate', 'status');
    expect(hidden.status).toBe(2);
    expect(hidden.stderr).toContain('row security hides');
  });

  it('that may read may not write, and that may write may not rewrite the past', async () => {
    const room = await office();
    await applied(room, 1);
    await room.grant('migrate status', 'db history');
    const refused = await room.asClerk('migrate', 'repair', '01_orders', '--forget', '--json');
    expect(refused.status).toBe(2);
    expect(JSON.parse(refused.stdout).error.code).toBe('INSUFFICIENT_PRIVILEGE');
    await room.grant('migrate', 'db');
    await room.admin.run(`set session authorization "${room.role}"`);
    for (const sql of [
      'delete from dbkit.event',
      `update dbkit.event set actor = 'someone else'`,
      'truncate dbkit.event',
      'delete from dbkit.marker',
      'update dbkit.schema_version set version = 99',
      'drop table dbkit.event',
      'create table dbkit.mine ()',
    ]) {
      await expect(room.admin.run(sql), sql).rejects.toThrow(/permission denied|must be owner/);
    }
    await room.admin.run('reset session authorization');
  });

  it.each([
    ['in a transaction', ['1'], '01_orders was rolled back', {}],
    ['of several', ['--single-transaction'], 'all 2 migrations were rolled back', {}],
    [
      'without one',
      [],
      '01_orders runs without a transaction',
      { '01_orders.up.sql': '-- dbkit:transaction off\ncreate table orders (id int);\n' },
    ],
  ])('is told what it lacks where only the record of a migration is refused: %s', async (_, args, told, changed) => {
    const room = await office();
    for (const [name, text] of Object.entries(changed)) await writeFile(join(room.cwd, 'migrations', name), text);
    await room.grant('migrate status');
    await room.admin.run(`grant create on schema public to "${room.role}"`);
    const { status, stdout } = await room.asClerk('migrate', 'up', ...args, '--json');
    const { error, result } = JSON.parse(stdout);
    expect({ status, error, result }).toMatchObject({
      status: 2,
      error: {
        code: 'INSUFFICIENT_PRIVILEGE',
        message: 'this role may not write the journal: permission denied for table journal',
        hint: expect.stringMatching(/dbkit db grants .*migrate/),
        details: expect.arrayContaining([expect.stringContaining(told)]),
      },
      result: { ran: [] },
    });
    expect((await room.admin.query(`select to_regclass('orders') as orders`)).rows).toEqual([{ orders: null }]);
  });

  it('gets no more than this, for a verb that reads and for one that records', async () => {
    const room = await office();
    const name = `"${room.role}"`;
    expect((await room.asAdmin('db', 'grants', 'migrate status', '--role', room.role)).stdout.split('\n')).toEqual([
      `grant usage on schema dbkit to ${name};`,
      `grant select on dbkit.schema_version to ${name};`,
      `create policy "dbkit select ${room.role}" on dbkit.schema_version for select to ${name} using (true);`,
      `grant select on dbkit.marker to ${name};`,
      `create policy "dbkit select ${room.role}" on dbkit.marker for select to ${name} using (true);`,
      `grant select on dbkit.journal to ${name};`,
      `create policy "dbkit select ${room.role}" on dbkit.journal for select to ${name} using (true);`,
      `grant select on dbkit.schema_state to ${name};`,
      `create policy "dbkit select ${room.role}" on dbkit.schema_state for select to ${name} using (true);`,
      '',
    ]);
    const { stdout } = await room.asAdmin('db', 'grants', 'migrate', 'repair', '--role', room.role);
    expect(stdout).toContain(`grant select, update, delete on dbkit.journal to ${name};`);
    expect(stdout).toContain(`grant insert on dbkit.event to ${name};`);
    expect(stdout).not.toContain('schema public');
  });
});

describe('where the schema dbkit is missing', () => {
  it('a verb that writes needs CREATE on the database, and only then makes it', async () => {
    const room = await office({ bootstrapped: false });
    const refused = await room.asClerk('migrate', 'up');
    expect(refused.stderr).toContain('INSUFFICIENT_PRIVILEGE');
    expect(refused.stderr).toContain('dbkit db bootstrap --print');
    const sql = await room.grant('migrate up');
    expect(sql).toContain(`grant create on database "${room.db.name}" to "${room.role}";`);
    expect((await room.asClerk('migrate', 'up')).status).toBe(0);
    expect((await room.asClerk('db', 'history')).stdout).toContain('| up | 02_lines |');
  });

  it('a verb that reads needs nothing and makes nothing', async () => {
    const room = await office({ bootstrapped: false });
    for (const args of [
      ['migrate', 'status'],
      ['migrate', 'plan'],
      ['db', 'history'],
    ]) {
      expect((await room.asClerk(...args)).status, args.join(' ')).toBe(0);
      // Not even with the right to.
      expect((await room.asAdmin(...args)).status, args.join(' ')).toBe(0);
    }
    expect(await room.grant('migrate status')).toContain('-- the schema dbkit is not there yet');
    const { rows } = await room.admin.query(`select 1 from pg_catalog.pg_namespace where nspname = 'dbkit'`);
    expect(rows).toEqual([]);
  });
});

describe('db grants', () => {
  it.each([
    [['migrate', 'sttus'], 'no grants are known for "migrate sttus"', 'did you mean "migrate status"?'],
    [
      ['subject', 'erase'],
      'no grants are known for "subject erase"',
      'dbkit db grants --database-url <the same> migrate',
    ],
    [['constructor'], 'no grants are known for "constructor"', 'dbkit db grants --database-url <the same> migrate'],
    [['migrate', '--role', 'nobody at all'], 'there is no role "nobody at all"', 'create role "nobody at all" login'],
  ])('%j says what it does not know', async (args, message, hint) => {
    const { url } = await testDatabase();
    const { status, stdout, stderr } = await runCli(['db', 'grants', ...args, '--database-url', url]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.split('next:')[1]).toContain(hint);
  });

  it('gives two roles with long names policies of their own', async () => {
    const { admin, asAdmin } = await office();
    const names = ['a', 'b'].map((end) => `${randomBytes(6).toString('hex')}${'x'.repeat(50)}${end}`);
    for (const name of names) await admin.run(`create role "${name}"`);
    onTestFinished(async () => {
      for (const name of names) await admin.run(`drop owned by "${name}"; drop role "${name}"`);
    });
    for (const name of names) {
      await admin.run((await asAdmin('db', 'grants', 'migrate', '--role', name)).stdout);
      expect((await asAdmin('db', 'grants', 'migrate', '--role', name)).stdout).toContain('has all that is needed');
    }
  });
});
