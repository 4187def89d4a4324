/** Pictures: whose files are shown to whom, who writes where, and how the ones that nobody shows any more go. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readMigrationFolder } from '../../src/migrate/folder.ts';
import { migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { folder, options, referenceDatabase } from './reference-database.ts';

const refused = '42501';
const png = { mimetype: 'image/png', size: 2048 };
const names = (await readMigrationFolder(folder)).map(({ name }) => name);
const before = names[names.indexOf('20260216090000_avatars') - 1] ?? 'zero';
const nobody = '00000000-0000-4000-8000-000000000000';

let reference: ReferenceDatabase;
/** Shows a picture to everybody, to members, to nobody; shows none. */
let ada: string;
let bob: string;
let cleo: string;
let dora: string;

/** `ada/me.png` stands for the path below Ada's id; `{ada}` in a statement for the id. */
const people = (): Readonly<Record<string, string>> => ({ ada, bob, cleo, dora, nobody });
const full = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => people()[name] ?? name);
const pathOf = (short: string) => short.replace(/^\w+(?=\/)/, (name) => people()[name] ?? name);
const short = (path: string) => Object.entries(people()).reduce((text, [name, id]) => text.replace(id, name), path);

/** As the Storage API acts: both forms of the claims, and leave to delete rows. */
const storage = (user: string | null, claims: Readonly<Record<string, unknown>> = {}): Actor => ({
  role: user === null ? 'anon' : 'authenticated',
  claims: user === null ? {} : { sub: user, aud: 'authenticated', is_anonymous: false, ...claims },
  path: '/object/avatars',
  settings: {
    'request.jwt.claim.role': user === null ? 'anon' : 'authenticated',
    'request.jwt.claim.sub': user ?? '',
    'storage.allow_delete_query': 'true',
  },
});
const actors = (): Readonly<Record<string, Actor>> => ({
  anon: storage(null),
  ada: storage(ada),
  bob: storage(bob),
  cleo: storage(cleo),
  dora: storage(dora),
  guest: storage(dora, { is_anonymous: true }),
  stranger: storage(nobody),
  'nobody in particular': { ...storage(null), role: 'authenticated' },
  service: { role: 'service_role', settings: { 'storage.allow_delete_query': 'true' } },
});
const actorOf = (name: string) => actors()[name] ?? storage(null);
const outcome = (actor: string, statement: string, values: readonly unknown[] = []) =>
  reference.outcome(actorOf(actor), full(statement), values);

/** A file as the Storage API leaves it after an upload. */
async function upload(path: string, metadata: object | null = png, age = '0', bucket = 'avatars'): Promise<void> {
  await reference.sql.query(
    `insert into storage.objects (bucket_id, name, owner_id, metadata, created_at, updated_at)
    values ($1, $2, split_part($2, '/', 1), $3, now() - $4::interval, now() - $4::interval)`,
    [bucket, pathOf(path), metadata, age],
  );
}

/** As the Storage API deletes: the row, and the file with it. */
const remove = (path: string) =>
  withActor(reference.sql, actorOf('service'), (session) =>
    session.query(`delete from storage.objects where bucket_id = 'avatars' and name = $1`, [pathOf(path)]),
  );

/** One call that stays; answers the rows, or the SQLSTATE. */
async function call(actor: string, statement: string, session: Connection = reference.sql) {
  try {
    return (await withActor(session, actorOf(actor), (inside) => inside.query(full(statement)))).rows;
  } catch (error) {
    return sqlstateOf(error);
  }
}
const claim = async (rows = 100) => {
  const claimed = await call('service', `select path from claim_file_deletions(${rows})`);
  return Array.isArray(claimed) ? claimed.map(({ path }) => short(String(path))).sort() : claimed;
};
const queue = async () =>
  (
    await reference.sql.query<{ path: string; claimed: boolean }>(
      'select path, claimed_at is not null as claimed from private.file_deletions order by path',
    )
  ).rows
    .map(({ path, claimed }) => `${short(path)}${claimed ? ' claimed' : ''}`)
    .sort();
const shown = async (user: string) =>
  (
    await reference.sql.query<{ path: string | null }>(
      'select avatar_path as path from public.profiles where user_id = $1',
      [people()[user]],
    )
  ).rows.map(({ path }) => (path === null ? null : short(path)))[0];

/** Nothing shown, no files, an empty queue; then what every test of access begins with. */
async function reset(): Promise<void> {
  await reference.sql.run(`
    begin;
    set local storage.allow_delete_query = 'true';
    update public.profiles set avatar_path = null where avatar_path is not null;
    update public.users set suspended_at = null where suspended_at is not null;
    delete from private.file_deletions;
    delete from storage.objects;
    commit`);
}
async function showPictures(): Promise<void> {
  await reset();
  for (const user of ['ada', 'bob', 'cleo']) {
    await upload(`${user}/me.png`);
    await upload(`${user}/old.png`);
    await reference.sql.query('update public.profiles set avatar_path = $1 where user_id = $2', [
      pathOf(`${user}/me.png`),
      people()[user],
    ]);
  }
  await upload('dora/new.png');
  await upload('ada/me.png', png, '0', 'invoices');
  await upload('ada/bill.png', png, '0', 'invoices');
}

beforeAll(async () => {
  reference = await referenceDatabase();
  const { sql, signUp } = reference;
  [ada, bob, cleo, dora] = [await signUp(), await signUp(), await signUp(), await signUp()];
  await sql.query(`update public.profiles set visibility = 'public' where user_id = $1`, [ada]);
  await sql.query(`update public.profiles set visibility = 'members' where user_id = $1`, [bob]);
  await sql.run(`insert into storage.buckets (id, name) values ('invoices', 'invoices')`);
});
afterAll(() => reference.db.drop());

it('the bucket is private, for pictures of 2 MiB', async () => {
  const { rows } = await reference.sql.query(
    `select public, file_size_limit, allowed_mime_types from storage.buckets where id = 'avatars'`,
  );
  expect(rows).toEqual([
    {
      public: false,
      file_size_limit: '2097152',
      allowed_mime_types: ['image/avif', 'image/gif', 'image/jpeg', 'image/png', 'image/webp'],
    },
  ]);
});

describe('files', () => {
  beforeAll(showPictures);

  const visible: readonly (readonly [string, readonly string[]])[] = [
    ['anon', ['ada/me.png']],
    ['nobody in particular', ['ada/me.png']],
    ['guest', ['ada/me.png', 'dora/new.png']],
    ['dora', ['ada/me.png', 'bob/me.png', 'dora/new.png']],
    ['ada', ['ada/me.png', 'ada/old.png', 'bob/me.png']],
    ['cleo', ['ada/me.png', 'bob/me.png', 'cleo/me.png', 'cleo/old.png']],
    ['stranger', ['ada/me.png', 'bob/me.png']],
  ];

  it.each(visible)('%s sees exactly what a profile they may see shows, and their own', async (actor, files) => {
    const names = async (statement: string) =>
      (await reference.as(actorOf(actor), full(statement))).rows.map(({ name }) => short(String(name))).sort();
    expect(await names('select name from storage.objects')).toEqual(files);
    expect(await names(`select name from storage.objects where name like '%'`)).toEqual(files);
    // What the Storage API runs for a listing: folders first, then one folder.
    const folders = [...new Set(files.map((file) => file.split('/')[0] ?? ''))];
    expect(await names(`select name from storage.search('', 'avatars')`)).toEqual(folders);
    expect(await names(`select name from storage.list_objects_with_delimiter('avatars', '', '/')`)).toEqual(folders);
    expect(await names(`select '{ada}/' || name as name from storage.search('{ada}/', 'avatars')`)).toEqual(
      files.filter((file) => file.startsWith('ada/')),
    );
    expect(await names(`select name from storage.objects where bucket_id = 'invoices'`)).toEqual([]);
  });

  it('the service sees all of them', async () => {
    expect(await outcome('service', 'select name from storage.objects')).toBe(9);
  });

  it('a picture is hidden with its profile', async () => {
    const listed = async (actor: Actor) =>
      withActor(reference.sql, { ...actor, end: 'rollback' }, (session) =>
        session.query('select from storage.objects'),
      );
    await reference.sql.run(`update public.profiles set visibility = 'private' where visibility = 'public'`);
    expect((await listed(storage(null))).rowCount).toBe(0);
    await reference.sql.query(`update public.profiles set visibility = 'public' where user_id = $1`, [ada]);
    expect((await listed(storage(null))).rowCount).toBe(1);
  });

  it.each([
    ['a subject that is no uuid', { sub: 'ada' }, 'ada'],
    ['an empty subject', { sub: '' }, ''],
  ])('%s ends in an error, not in more', async (_, claims, sub) => {
    const actor = { ...storage(nobody, claims), settings: { 'request.jwt.claim.sub': sub } };
    for (const statement of [
      'select name from storage.objects',
      `insert into storage.objects (bucket_id, name) values ('avatars', '/me.png')`,
    ]) {
      expect(await reference.outcome(actor, statement)).toBe('22P02');
    }
  });

  it('what a person may set about themselves shows them nothing', async () => {
    const liar = {
      role: 'authenticated',
      claims: { sub: dora, user_metadata: { sub: cleo }, email: cleo },
      headers: { 'x-user-id': cleo },
    };
    const { rows } = await reference.as(liar, 'select name from storage.objects');
    expect(rows.map(({ name }) => short(String(name))).sort()).toEqual(['ada/me.png', 'bob/me.png', 'dora/new.png']);
  });

  const insert = `insert into storage.objects (bucket_id, name, metadata) values ($1, $2, '{"mimetype": "image/png", "size": 1}')`;

  it.each<[string, string | number]>([
    ['dora/me.png', 1],
    ['dora/Me-2026.01_b.webp', 1],
    ['dora/0', 1],
    [`dora/${'x'.repeat(100)}`, 1],
    [`dora/${'x'.repeat(101)}`, refused],
    ['dora/', refused],
    ['dora/.hidden', refused],
    ['dora/folder/me.png', refused],
    ['dora/../ada/me.png', refused],
    ['dora/me.png\n', refused],
    ['dora/mé.png', refused],
    ['{dora}', refused],
    ['{dora}x/me.png', refused],
    ['x{dora}/me.png', refused],
    ['/{dora}/me.png', refused],
    ['ada/new.png', refused],
    ['me.png', refused],
    ['', refused],
  ])('a file is put into the own folder only: %j', async (path, expected) => {
    const name = full(pathOf(path));
    expect(await reference.outcome(storage(dora), insert, ['avatars', name])).toBe(expected);
    expect(await reference.outcome(storage(dora), `${insert} returning *`, ['avatars', name])).toBe(expected);
    for (const actor of ['anon', 'nobody in particular', 'bob'])
      expect(await outcome(actor, insert, ['avatars', name])).toBe(refused);
    // The profile takes exactly the names that can be uploaded.
    const profile = await reference.outcome(
      'service_role',
      'update public.profiles set avatar_path = $1 where user_id = $2',
      [name, dora],
    );
    expect(profile).toBe(expected === 1 ? 1 : '23514');
  });

  it('nor into another bucket, or none', async () => {
    expect(await reference.outcome(storage(dora), insert, ['invoices', `${dora}/me.png`])).toBe(refused);
    expect(await reference.outcome(storage(dora), insert, [null, `${dora}/me.png`])).toBe(refused);
  });

  it('nobody uploads who is suspended, or whose token outlived the account', async () => {
    expect(await reference.outcome(storage(nobody), insert, ['avatars', `${nobody}/me.png`])).toBe(refused);
    await reference.sql.query('update public.users set suspended_at = now() where id = $1', [dora]);
    expect(await reference.outcome(storage(dora), insert, ['avatars', `${dora}/me.png`])).toBe(refused);
    expect(await outcome('dora', 'update storage.objects set metadata = null')).toBe(refused);
    expect(await outcome('dora', 'delete from storage.objects')).toBe(1);
    await reference.sql.query('update public.users set suspended_at = null where id = $1', [dora]);
  });

  // Ada has one file that her profile shows, and one that it does not.
  it.each<[string, string | number, string | number]>([
    ['update storage.objects set metadata = null', 1, 0],
    ['update storage.objects set metadata = null returning *', 1, 0],
    [`update storage.objects set name = '{ada}/next.png' where name = '{ada}/old.png'`, 1, 0],
    [`update storage.objects set name = '{ada}/next.png' where name = '{ada}/me.png'`, 0, 0],
    [`update storage.objects set name = '{bob}/next.png' where name = '{ada}/old.png'`, refused, 0],
    [`update storage.objects set name = '{ada}/stolen.png' where name = '{bob}/me.png'`, 0, 0],
    [`update storage.objects set bucket_id = 'invoices' where name = '{ada}/old.png'`, refused, 0],
    [`update storage.objects set name = '{ada}/a/b.png' where name = '{ada}/old.png'`, refused, 0],
    // Without a WHERE there is no policy of SELECT to help.
    [`update storage.objects set bucket_id = 'invoices'`, refused, 0],
    ['delete from storage.objects', 1, 0],
    ['delete from storage.objects returning *', 1, 0],
    [`delete from storage.objects where name = '{ada}/me.png'`, 0, 0],
    [`delete from storage.objects where name = '{ada}/old.png'`, 1, 0],
    [`delete from storage.objects where name = '{bob}/old.png'`, 0, 0],
    [`delete from storage.objects where bucket_id = 'invoices'`, 0, 0],
    [`select from storage.objects for update`, 1, 0],
    [
      `insert into storage.objects (bucket_id, name) values ('avatars', '{ada}/old.png')
      on conflict (bucket_id, name) do update set metadata = excluded.metadata`,
      1,
      refused,
    ],
    [
      `insert into storage.objects (bucket_id, name) values ('avatars', '{ada}/me.png')
      on conflict (bucket_id, name) do update set metadata = excluded.metadata`,
      refused,
      refused,
    ],
    [
      `insert into storage.objects (bucket_id, name) values ('avatars', '{bob}/me.png')
      on conflict (bucket_id, name) do update set metadata = excluded.metadata`,
      refused,
      refused,
    ],
    [`update storage.buckets set public = true`, 0, 0],
    [`insert into storage.buckets (id, name, public) values ('mine', 'mine', true)`, refused, refused],
    [`delete from storage.buckets where id = 'avatars'`, 0, 0],
    ['select from storage.buckets', 0, 0],
  ])('%s', async (statement, ofAda, ofAnon) => {
    expect(await outcome('ada', statement)).toBe(ofAda);
    for (const actor of ['anon', 'nobody in particular', 'stranger'])
      expect(await outcome(actor, statement), actor).toBe(ofAnon);
  });
});

describe('set_avatar and remove_avatar', () => {
  const set = (actor: string, name: string | null) =>
    outcome(actor, `select set_avatar(${name === null ? 'null' : `$$${name}$$`})`);

  beforeAll(async () => {
    await showPictures();
    await upload('dora/large.png', { mimetype: 'image/png', size: 2_097_153 });
    await upload('dora/limit.png', { mimetype: 'image/webp', size: 2_097_152 });
    await upload('dora/page.png', { mimetype: 'text/html', size: 10 });
    await upload('dora/drawing.svg', { mimetype: 'image/svg+xml', size: 10 });
    await upload('dora/typeless.png', { size: 10 });
    await upload('dora/sizeless.png', { mimetype: 'image/png' });
    await upload('dora/wordy.png', { mimetype: 'image/png', size: 'small' });
    await upload('dora/pending.png', null);
    await upload('dora/going.png');
    await reference.sql.query(`insert into private.file_deletions values ('avatars', $1, now(), now())`, [
      pathOf('dora/going.png'),
    ]);
  });

  it.each<[string | null, string | number]>([
    ['new.png', 1],
    ['limit.png', 1],
    ['large.png', 'PT422'],
    ['page.png', 'PT422'],
    ['drawing.svg', 'PT422'],
    ['typeless.png', 'PT422'],
    ['sizeless.png', 'PT422'],
    ['wordy.png', 'PT422'],
    ['pending.png', 'PT422'],
    ['missing.png', 'PT404'],
    ['me.png', 'PT404'],
    ['going.png', 'PT409'],
    [null, 'PT422'],
    ['', 'PT422'],
    ['../{ada}/me.png', 'PT422'],
    ['{dora}/new.png', 'PT422'],
    ['new.png\n', 'PT422'],
    [`${'x'.repeat(101)}`, 'PT422'],
  ])('set_avatar(%j)', async (name, expected) => {
    expect(await set('dora', name)).toBe(expected);
  });

  it('is for those who are signed in', async () => {
    for (const name of [
      'set_avatar($$new.png$$)',
      'remove_avatar()',
      'definer.set_avatar($$new.png$$)',
      'definer.remove_avatar()',
    ]) {
      expect(await outcome('anon', `select ${name}`), name).toBe(refused);
      expect(await outcome('service', `select ${name}`), name).toBe(refused);
      expect(await outcome('nobody in particular', `select ${name}`), name).toBe('PT401');
      expect(await outcome('stranger', `select ${name}`), name).toBe('PT404');
    }
    const liar = { role: 'authenticated', claims: { sub: 'dora' } };
    expect(await reference.outcome(liar, `select set_avatar('new.png')`)).toBe('22P02');
  });

  it('not for those who are suspended, nor without a profile', async () => {
    const { sql } = reference;
    await sql.query('update public.users set suspended_at = now() where id = $1', [dora]);
    expect([await set('dora', 'new.png'), await outcome('dora', 'select remove_avatar()')]).toEqual(['PT403', 'PT403']);
    await sql.query('update public.users set suspended_at = null where id = $1', [dora]);
    const erin = await reference.signUp();
    await sql.query('delete from public.profiles where user_id = $1', [erin]);
    expect(await reference.outcome(erin, `select set_avatar('new.png')`)).toBe('PT404');
    expect((await reference.as(erin, 'select remove_avatar() as removed')).rows).toEqual([{ removed: false }]);
  });

  it('the bucket’s limits are the ones that count', async () => {
    const { sql } = reference;
    const before = `file_size_limit = 2097152, allowed_mime_types = '{image/avif,image/gif,image/jpeg,image/png,image/webp}'`;
    const limited = async (limits: string, name: string) => {
      await sql.run(`update storage.buckets set ${limits} where id = 'avatars'`);
      const answer = await set('dora', name);
      await sql.run(`update storage.buckets set ${before} where id = 'avatars'`);
      return answer;
    };
    expect(await limited('file_size_limit = 2047', 'new.png')).toBe('PT422');
    expect(await limited(`allowed_mime_types = '{image/webp}'`, 'new.png')).toBe('PT422');
    expect(await limited('file_size_limit = null', 'large.png')).toBe(1);
    expect(await limited('allowed_mime_types = null', 'page.png')).toBe(1);
  });

  it('nobody writes the path by hand, and the profile stays theirs to change', async () => {
    for (const value of [`'{dora}/new.png'`, `'{ada}/me.png'`, 'null', 'default']) {
      expect(await outcome('dora', `update public.profiles set avatar_path = ${value}`)).toBe(refused);
      expect(await outcome('dora', `update public.profiles set bio = 'x', avatar_path = ${value}`)).toBe(refused);
    }
    expect(await outcome('dora', `update public.profiles set bio = 'x'`)).toBe(1);
  });

  it('shows the file, and the old one is on the queue', async () => {
    expect(await call('dora', `select set_avatar('new.png') as path`)).toEqual([{ path: pathOf('dora/new.png') }]);
    expect(await shown('dora')).toBe('dora/new.png');
    // Again: nothing changes.
    await call('dora', `select set_avatar('new.png')`);
    expect(await queue()).toEqual(['dora/going.png claimed']);
    await call('dora', `select set_avatar('limit.png')`);
    expect(await queue()).toEqual(['dora/going.png claimed', 'dora/new.png']);
    // And back: the one that waited for its end is shown again.
    await call('dora', `select set_avatar('new.png')`);
    expect(await queue()).toEqual(['dora/going.png claimed', 'dora/limit.png']);
    expect(await call('dora', 'select remove_avatar() as removed')).toEqual([{ removed: true }]);
    expect(await call('dora', 'select remove_avatar() as removed')).toEqual([{ removed: false }]);
    expect(await shown('dora')).toBe(null);
    expect(await queue()).toEqual(['dora/going.png claimed', 'dora/limit.png', 'dora/new.png']);
    expect([await shown('ada'), await shown('bob'), await shown('cleo')]).toEqual([
      'ada/me.png',
      'bob/me.png',
      'cleo/me.png',
    ]);
  });
});

describe('the queue', () => {
  const services = [
    'select * from claim_file_deletions()',
    `select file_deleted('avatars', '{ada}/me.png')`,
    'select * from avatar_orphans()',
    'select queue_avatar_orphans()',
  ];

  it.each([...services, 'select * from private.file_deletions', 'delete from private.file_deletions'])(
    'is closed to clients: %s',
    async (statement) => {
      for (const actor of ['anon', 'ada', 'nobody in particular'])
        expect(await outcome(actor, statement), actor).toBe(refused);
    },
  );

  it('is not the service’s to write by hand either', async () => {
    expect(await outcome('service', 'select * from private.file_deletions')).toBe(refused);
    for (const statement of services) expect(await outcome('service', statement), statement).toBeTypeOf('number');
  });

  it('hands out each file once, those that wait longest first, and again after an hour', async () => {
    await reset();
    const { sql } = reference;
    await sql.query(
      `insert into private.file_deletions (bucket_id, path, queued_at)
      select 'avatars', $1 || '/' || n, now() - n * interval '1 minute' from generate_series(1, 5) n`,
      [ada],
    );
    expect(await claim(0)).toEqual([]);
    expect(await claim(-1)).toEqual([]);
    expect(await claim(2)).toEqual(['ada/4', 'ada/5']);
    expect(await claim()).toEqual(['ada/1', 'ada/2', 'ada/3']);
    expect(await claim()).toEqual([]);
    await sql.query(`update private.file_deletions set claimed_at = now() - interval '61 minutes' where path = $1`, [
      `${ada}/3`,
    ]);
    expect(await claim()).toEqual(['ada/3']);
  });

  it('several workers at once get different files', async () => {
    await reset();
    await reference.sql.run(
      `insert into private.file_deletions (bucket_id, path) select 'avatars', 'x/' || n from generate_series(1, 400) n`,
    );
    const workers = await Promise.all(Array.from({ length: 4 }, () => reference.db.connect()));
    const claimed = await Promise.all(
      workers.map(async (worker) => {
        const mine: unknown[] = [];
        for (;;) {
          const rows = await call('service', 'select path from claim_file_deletions(7)', worker);
          // None at the moment may mean that the others hold the rest: theirs, then.
          if (!Array.isArray(rows) || rows.length === 0) return mine;
          mine.push(...rows.map(({ path }) => path));
        }
      }),
    );
    expect(claimed.flat()).toHaveLength(400);
    expect(new Set(claimed.flat()).size).toBe(400);
  });

  it('file_deleted: only what was claimed, and is gone', async () => {
    await reset();
    await upload('ada/old.png');
    const deleted = async () => call('service', `select file_deleted('avatars', '{ada}/old.png') as done`);
    expect(await deleted()).toEqual([{ done: false }]);
    await reference.sql.query(`insert into private.file_deletions (bucket_id, path) values ('avatars', $1)`, [
      pathOf('ada/old.png'),
    ]);
    expect(await deleted()).toEqual([{ done: false }]);
    expect(await claim()).toEqual(['ada/old.png']);
    expect(await deleted()).toEqual([{ done: false }]);
    await remove('ada/old.png');
    expect(await deleted()).toEqual([{ done: true }]);
    expect(await deleted()).toEqual([{ done: false }]);
    expect(await queue()).toEqual([]);
    await reference.sql.query(`insert into private.file_deletions (bucket_id, path) values ('avatars', $1)`, [
      pathOf('ada/old.png'),
    ]);
    // Gone, but not by whom it was handed to.
    expect(await deleted()).toEqual([{ done: false }]);
    expect(await queue()).toEqual(['ada/old.png']);
  });

  it('a file that a profile shows is not handed out, whoever queued it', async () => {
    await showPictures();
    await reference.sql.query(`insert into private.file_deletions (bucket_id, path) values ('avatars', $1)`, [
      pathOf('ada/me.png'),
    ]);
    expect(await claim()).toEqual([]);
    await call('service', `update public.profiles set avatar_path = null where user_id = '{ada}'`);
    expect(await claim()).toEqual(['ada/me.png']);
  });

  it('the service changes a picture, or deletes a profile: the files are queued', async () => {
    await showPictures();
    await call('service', `update public.profiles set avatar_path = '{bob}/old.png' where user_id = '{bob}'`);
    expect(await queue()).toEqual(['bob/me.png']);
    await call('service', `update public.profiles set bio = 'x' where user_id = '{bob}'`);
    expect(await queue()).toEqual(['bob/me.png']);
  });

  it('who deletes their account takes all of their files along, and nobody else’s', async () => {
    await reset();
    const admin = await reference.db.connectAsAdmin();
    const erin = await reference.signUp();
    for (const name of ['me.png', 'old.png', 'nested/by-the-service.png']) await upload(`${erin}/${name}`);
    for (const path of ['ada/old.png', `${erin}0/x.png`, `x/${erin}/x.png`, `${erin}`]) await upload(path);
    await upload(`${erin}/invoice.png`, png, '0', 'invoices');
    await withActor(reference.sql, storage(erin), (session) => session.query(`select set_avatar('me.png')`));
    await admin.run('set role supabase_auth_admin');
    await admin.query('delete from auth.users where id = $1', [erin]);
    expect(await queue()).toEqual(['me.png', 'nested/by-the-service.png', 'old.png'].map((name) => `${erin}/${name}`));
    expect(await claim()).toHaveLength(3);
  });

  it('the orphans: rows without a file, files without a row for an hour', async () => {
    await reset();
    await upload('ada/me.png', png, '2 days');
    await upload('ada/lost.png', png, '61 minutes');
    await upload('ada/just-now.png', png, '59 minutes');
    await upload('ada/queued.png', png, '2 days');
    await upload('bob/other.png', png, '2 days', 'invoices');
    await call('ada', `select set_avatar('queued.png')`);
    await call('ada', `select set_avatar('me.png')`);
    await call('service', `update public.profiles set avatar_path = '{bob}/gone.png' where user_id = '{bob}'`);
    const orphans = async () => {
      const rows = await call('service', 'select kind, path, created_at is null as missing from avatar_orphans()');
      return Array.isArray(rows) ? rows.map((row) => ({ ...row, path: short(String(row.path)) })) : rows;
    };
    expect(await orphans()).toEqual([
      { kind: 'file_without_row', path: 'ada/lost.png', missing: false },
      { kind: 'row_without_file', path: 'bob/gone.png', missing: true },
    ]);
    expect(await queue()).toEqual(['ada/queued.png']);
    expect(await call('service', 'select queue_avatar_orphans(0) as queued')).toEqual([{ queued: 0 }]);
    expect(await call('service', 'select queue_avatar_orphans() as queued')).toEqual([{ queued: 1 }]);
    expect(await call('service', 'select queue_avatar_orphans() as queued')).toEqual([{ queued: 0 }]);
    expect(await queue()).toEqual(['ada/lost.png', 'ada/queued.png']);
    expect(await orphans()).toEqual([{ kind: 'row_without_file', path: 'bob/gone.png', missing: true }]);
  });
});

describe('while the other one is not done yet', () => {
  let left: Connection;
  let right: Connection;
  beforeEach(async () => {
    await reset();
    await upload('ada/old.png', png, '2 days');
    [left, right] = [await reference.db.connect(), await reference.db.connect()];
  });

  /** Resolves once the session waits for a lock. */
  async function untilItWaits({ processId }: Connection): Promise<void> {
    for (;;) {
      const { rows } = await reference.sql.query(
        `select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`,
        [processId],
      );
      if (rows.length > 0) return;
    }
  }

  it('a file that is being queued is waited for, and shown', async () => {
    await right.run('begin; select public.queue_avatar_orphans()');
    const set = call('ada', `select set_avatar('old.png')`, left);
    await Promise.race([untilItWaits(left), set]);
    await right.run('commit');
    expect(await set).toEqual([{ set_avatar: pathOf('ada/old.png') }]);
    expect([await shown('ada'), await queue()]).toEqual(['ada/old.png', []]);
  });

  it('a file that is being claimed is waited for, and refused', async () => {
    await call('service', 'select queue_avatar_orphans()');
    await right.run('begin; select public.claim_file_deletions()');
    const set = call('ada', `select set_avatar('old.png')`, left);
    await Promise.race([untilItWaits(left), set]);
    await right.run('commit');
    expect(await set).toBe('PT409');
    expect([await shown('ada'), await queue()]).toEqual([null, ['ada/old.png claimed']]);
  });

  it('a file that is about to be shown is neither queued nor claimed', async () => {
    await right.run(`set lock_timeout = '5s'`);
    for (const queued of [false, true]) {
      if (queued) await call('service', 'select queue_avatar_orphans()');
      await withActor(left, actorOf('ada'), async (session) => {
        await session.query(`select set_avatar('old.png')`);
        expect(await call('service', 'select queue_avatar_orphans() as queued', right)).toEqual([{ queued: 0 }]);
        expect(await call('service', 'select path from claim_file_deletions()', right)).toEqual([]);
      });
      expect([await shown('ada'), await queue()]).toEqual(['ada/old.png', []]);
      await call('ada', 'select remove_avatar()');
      await reference.sql.run('delete from private.file_deletions');
    }
  });
});

describe('at once, 100 times', () => {
  const rounds = Array.from({ length: 100 }, (_, round) => round);
  let left: Connection;
  let right: Connection;
  beforeAll(async () => {
    await reset();
    [left, right] = [await reference.db.connect(), await reference.db.connect()];
  });

  it('a file is shown again or deleted, never both', async () => {
    for (const round of rounds) {
      await reset();
      await upload('ada/old.png');
      await reference.sql.query(`insert into private.file_deletions (bucket_id, path) values ('avatars', $1)`, [
        pathOf('ada/old.png'),
      ]);
      const [set, claimed] = await Promise.all([
        call('ada', `select set_avatar('old.png')`, left),
        call('service', 'select path from claim_file_deletions()', right),
      ]);
      const told = `${round}: ${JSON.stringify([set, claimed])}`;
      if (set === 'PT409') expect([await shown('ada'), await queue()], told).toEqual([null, ['ada/old.png claimed']]);
      else expect([await shown('ada'), await queue(), claimed], told).toEqual(['ada/old.png', [], []]);
    }
  });

  it('an orphan is shown again or queued and deleted, never both', async () => {
    for (const round of rounds) {
      await reset();
      await upload('ada/old.png', png, '2 days');
      const [set, claimed] = await Promise.all([
        call('ada', `select set_avatar('old.png')`, left),
        (async () => {
          await call('service', 'select queue_avatar_orphans()', right);
          return call('service', 'select path from claim_file_deletions()', right);
        })(),
      ]);
      const path = await shown('ada');
      const told = `${round}: ${JSON.stringify([set, claimed, path])}`;
      expect(path, told).toBe(set === 'PT409' ? null : 'ada/old.png');
      if (path !== null) expect(claimed, told).toEqual([]);
    }
  });

  it('of two pictures that are set, one is shown and the other one queued', async () => {
    for (const round of rounds) {
      await reset();
      await upload('ada/left.png');
      await upload('ada/right.png');
      await Promise.all([
        call('ada', `select set_avatar('left.png')`, left),
        call('ada', `select set_avatar('right.png')`, right),
      ]);
      expect([await shown('ada'), ...(await queue())].sort(), String(round)).toEqual(['ada/left.png', 'ada/right.png']);
    }
  });
});

describe('up and down', () => {
  const bucket = async ({ sql }: ReferenceDatabase) =>
    (await sql.query(`select public from storage.buckets where id = 'avatars'`)).rows;

  it('an empty bucket goes; one with files stays with them, closed, and is taken over again', async () => {
    const there = await referenceDatabase();
    const erin = await there.signUp();
    const files = () => there.outcome(storage(erin), 'select from storage.objects');
    await migrateTo({ ...options, name: before }, there.context);
    expect(await bucket(there)).toEqual([]);
    await migrateUp(options, there.context);
    await there.sql.query(`insert into storage.objects (bucket_id, name, metadata) values ('avatars', $1, $2)`, [
      `${erin}/me.png`,
      png,
    ]);
    await withActor(there.sql, storage(erin), (session) => session.query(`select set_avatar('me.png')`));
    await migrateTo({ ...options, name: before }, there.context);
    expect([await bucket(there), await files()]).toEqual([[{ public: false }], 0]);
    await migrateUp(options, there.context);
    expect(await files()).toBe(1);
    const { rows } = await there.sql.query('select avatar_path from public.profiles');
    expect(rows).toEqual([{ avatar_path: `${erin}/me.png` }]);
  });

  it('a bucket with an upload under way stays', async () => {
    const there = await referenceDatabase();
    const admin = await there.db.connectAsAdmin();
    await admin.run(
      `insert into storage.s3_multipart_uploads (id, upload_signature, bucket_id, key, version) values ('u', 's', 'avatars', 'k', 'v')`,
    );
    await migrateTo({ ...options, name: before }, there.context);
    expect(await bucket(there)).toEqual([{ public: false }]);
  });

  it.each([
    ['public', `public = true, file_size_limit = 2097152`],
    ['without a limit', 'file_size_limit = null'],
  ])('a bucket of that name which is %s is not taken over', async (_, settings) => {
    const there = await referenceDatabase({ to: before });
    await there.sql.run(`
      insert into storage.buckets (id, name, file_size_limit, allowed_mime_types)
        values ('avatars', 'avatars', 2097152, '{image/avif,image/gif,image/jpeg,image/png,image/webp}');
      update storage.buckets set ${settings} where id = 'avatars'`);
    await expect(migrateUp(options, there.context)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('there is a bucket "avatars" already'),
      sql: { hint: expect.stringContaining('make it private') },
    });
  });

  it('without the Storage service the migration says so', async () => {
    const there = await referenceDatabase({ to: before });
    const admin = await there.db.connectAsAdmin();
    await admin.run('drop schema storage cascade');
    await expect(migrateUp(options, there.context)).rejects.toMatchObject({
      message: expect.stringContaining('storage.objects does not exist'),
    });
  });
});
