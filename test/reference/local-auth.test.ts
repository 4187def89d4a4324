/** Signing up and in without the auth service: closed at first, silent about why not, and no help to anybody who guesses. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { withActor } from '../../src/postgres/actor.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const password = 'correct horse battery';
const asUser = (sub: string) => ({ role: 'authenticated', claims: { sub } });

let reference: ReferenceDatabase;
let ada: string;
let bob: string;

/** As anon unless told otherwise; stays. */
const call = (statement: string, values: readonly unknown[] = [], actor: Actor = { role: 'anon' }) =>
  withActor(reference.sql, actor, async (session) => (await session.query(statement, values)).rows);
const signUp = async (email: string | null, given: string | null = password) =>
  (await call('select sign_up($1, $2) as id', [email, given]))[0]?.id as string;
const signIn = (email: string | null, given: string | null = password, actor?: Actor) =>
  call('select * from sign_in($1, $2, $$Firefox$$)', [email, given], actor);
/** An account with ada’s password, made as the auth service would, without the work of hashing it anew. */
const account = async (hash?: string): Promise<{ readonly id: string; readonly email: string }> => {
  const id = await reference.signUp();
  await reference.sql.query(
    `update auth.users set email_confirmed_at = now(),
      encrypted_password = coalesce($2, (select encrypted_password from auth.users where id = $3)) where id = $1`,
    [id, hash, ada],
  );
  return { id, email: `${id}@example.test` };
};
const throttles = async () =>
  (await reference.sql.query('select kind, failures from private.sign_in_throttles order by kind')).rows;

beforeAll(async () => {
  reference = await referenceDatabase();
  await reference.sql.run('select public.enable_local_auth()');
  [ada, bob] = [await signUp('ada@example.test'), await signUp('bob@example.test')];
});
afterAll(() => reference.db.drop());
afterEach(() => reference.sql.run('delete from private.sign_in_throttles; select public.trust_address_header(null)'));

describe('sign_up', () => {
  it('makes an account that the auth service could read, and the user with it', async () => {
    const { rows } = await reference.sql.query(
      `select to_jsonb(a) - '{created_at,updated_at,email_confirmed_at,confirmed_at}'::text[] as account,
        (a.created_at, a.updated_at, a.email_confirmed_at) = (u.created_at, u.created_at, u.created_at) as at_once
      from auth.users a join public.users u on u.id = a.id where a.id = $1`,
      [ada],
    );
    const { encrypted_password, ...account } = { ...(rows[0]?.account as Record<string, unknown> | undefined) };
    expect(encrypted_password).toMatch(/^\$2a\$10\$[./A-Za-z0-9]{53}$/);
    expect(account).toMatchObject({
      id: ada,
      instance_id: '00000000-0000-0000-0000-000000000000',
      aud: 'authenticated',
      role: 'authenticated',
      email: 'ada@example.test',
      raw_app_meta_data: { provider: 'email', providers: ['email'] },
      raw_user_meta_data: {},
      phone: null,
      is_sso_user: false,
      is_super_admin: null,
    });
    const tokens = Object.entries(account).filter(([name]) => /token|_change$/.test(name) && !name.endsWith('_at'));
    expect(tokens).toHaveLength(8);
    expect(tokens.filter(([, value]) => value !== '')).toEqual([]);
    expect(rows[0]?.at_once).toBe(true);
    const identity = await reference.sql.query(
      'select provider, provider_id, identity_data, email from auth.identities where user_id = $1',
      [ada],
    );
    expect(identity.rows).toEqual([
      {
        provider: 'email',
        provider_id: ada,
        email: 'ada@example.test',
        // Nobody asked.
        identity_data: { sub: ada, email: 'ada@example.test', email_verified: false, phone_verified: false },
      },
    ]);
  });

  it.each([
    ['  Cleo@Example.TEST\n', 'cleo@example.test'],
    [`o'hara+news@a-b.example.test`, `o'hara+news@a-b.example.test`],
    [`${'l'.repeat(64)}@${'d'.repeat(63)}.${'d'.repeat(63)}.${'d'.repeat(60)}`, undefined],
  ])('takes %j', async (given, kept = given) => {
    const id = await signUp(given);
    const { rows } = await reference.sql.query('select email from auth.users where id = $1', [id]);
    expect(rows).toEqual([{ email: kept }]);
    expect(await signIn(given)).toMatchObject([{ user_id: id }]);
  });

  it.each([
    null,
    '',
    'ada',
    '@example.test',
    'ada@',
    'ada@localhost',
    'ada@example..test',
    'ada@-example.test',
    'ada@example.test.',
    'a@b@example.test',
    'a da@example.test',
    'ada@example.test\u0001',
    'ada@example.test\nbob@example.test',
    '"ada"@example.test',
    'ada,bob@example.test',
    'ada@[192.0.2.1]',
    // The Kelvin sign and the dotted I fold to k and i in some locales; Cyrillic а looks like a.
    '\u212Aim@example.test',
    '\u0130da@example.test',
    '\u0430da@example.test',
    'ada@ex\u00E4mple.test',
    'ada@example.test\u00A0',
    `${'l'.repeat(65)}@example.test`,
    `${'l'.repeat(64)}@${'d'.repeat(63)}.${'d'.repeat(63)}.${'d'.repeat(62)}`,
  ])('refuses the address %j', async (email) => {
    expect(await reference.outcome('anon', 'select sign_up($1, $2)', [email, password])).toBe('PT422');
  });

  it.each([
    ['x'.repeat(8), 1],
    ['x'.repeat(72), 1],
    ['пароль12', 1],
    ['🦊🦊', 1],
    ['x'.repeat(7), 'PT422'],
    ['x'.repeat(73), 'PT422'],
    ['🦊'.repeat(19), 'PT422'],
    ['', 'PT422'],
    [null, 'PT422'],
  ])('password %j: %s', async (given, expected) => {
    expect(await reference.outcome('anon', `select sign_up('dora@example.test', $1)`, [given])).toBe(expected);
  });

  it.each(['ada@example.test', 'ADA@Example.Test ', 'aDa@example.test'])('%j is taken', async (email) => {
    expect(await reference.outcome('anon', 'select sign_up($1, $2)', [email, 'another password'])).toBe('PT409');
    expect(await signIn('ada@example.test', 'another password')).toEqual([]);
  });

  it('an address that somebody wrote in capitals, or has from a single sign-on, is taken too', async () => {
    await reference.sql.run(`
      insert into auth.users (instance_id, id, email, is_sso_user) values
        ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'Grace@Example.test', false),
        ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'edsger@example.test', true)`);
    for (const email of ['grace@example.test', 'edsger@example.test']) {
      expect(await reference.outcome('anon', 'select sign_up($1, $2)', [email, password])).toBe('PT409');
    }
  });

  it('leaves nothing of a sign-up that failed, and gives nothing to whoever is signed in', async () => {
    const counts = () =>
      reference.sql.query('select count(*) from auth.users union all select count(*) from auth.identities');
    const before = (await counts()).rows;
    await reference.outcome('anon', 'select sign_up($1, $2)', ['ada@example.test', password]);
    expect((await counts()).rows).toEqual(before);
    const { rows } = await reference.as(ada, `select sign_up('dora@example.test', $1) as id`, [password]);
    expect(rows[0]?.id).not.toBe(ada);
  });
});

describe('sign_in', () => {
  it('opens a session whose token is valid, for anon too', async () => {
    const [opened, ...others] = await signIn(' ADA@example.test');
    expect(others).toEqual([]);
    expect(opened).toMatchObject({ user_id: ada, token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
    expect(await call('select user_id, session_id from touch_session($1)', [opened?.token])).toEqual([
      { user_id: ada, session_id: opened?.session_id },
    ]);
    const { rows } = await reference.sql.query(
      `select s.user_agent, s.ip, a.last_sign_in_at is not null as told,
        s.expires_at - s.created_at = interval '30 days' as lasts
      from public.sessions s join auth.users a on a.id = s.user_id where s.id = $1`,
      [opened?.session_id],
    );
    expect(rows).toEqual([{ user_agent: 'Firefox', ip: null, told: true, lasts: true }]);
    expect(await throttles()).toEqual([{ kind: 'account', failures: 0 }]);
  });

  it('is the same for whoever is signed in already, and signs nobody in as somebody else', async () => {
    const [opened] = await signIn('bob@example.test', password, asUser(ada));
    expect(opened?.user_id).toBe(bob);
    expect(await call('select * from touch_session($1)', [opened?.token], asUser(ada))).toEqual([]);
  });

  it.each([
    ['a wrong password', 'ada@example.test', 'wrong horse battery'],
    ['the password in other case', 'ada@example.test', password.toUpperCase()],
    ['the password and a space', 'ada@example.test', `${password} `],
    ['an unknown address', 'nobody@example.test', password],
    ['no password', 'ada@example.test', null],
    ['an empty password', 'ada@example.test', ''],
    ['an overlong password', 'ada@example.test', password.padEnd(73, 'x')],
    ['a password of a megabyte', 'ada@example.test', 'x'.repeat(1_000_000)],
    ['no address', null, password],
    ['an empty address', '', password],
    ['an address of a megabyte', `${'x'.repeat(1_000_000)}@example.test`, password],
    ['a pattern', 'ada%', password],
    ['an address that looks alike', '\u0430da@example.test', password],
    ['an injection', `ada@example.test' or 'a'='a`, password],
  ])('gives no row for %s', async (_, email, given) => {
    expect(await signIn(email, given)).toEqual([]);
  });

  it('tells a password from one with the same first 72 bytes', async () => {
    const long = 'x'.repeat(72);
    await signUp('linus@example.test', long);
    expect(await signIn('linus@example.test', `${long}y`)).toEqual([]);
    expect(await signIn('linus@example.test', long)).toHaveLength(1);
  });

  it.each([
    ['suspended', `update public.users set suspended_at = now() where id = $1`],
    ['without a row in public.users', `delete from public.users where id = $1`],
    ['banned', `update auth.users set banned_until = now() + interval '1 hour' where id = $1`],
    ['deleted', `update auth.users set deleted_at = now() where id = $1`],
    ['unconfirmed', `update auth.users set email_confirmed_at = null where id = $1`],
    ['of a single sign-on', `update auth.users set is_sso_user = true where id = $1`],
    ['of another audience', `update auth.users set aud = 'admin' where id = $1`],
    ['of another instance', `update auth.users set instance_id = gen_random_uuid() where id = $1`],
    ['without a password', `update auth.users set encrypted_password = null where id = $1`],
    ['with an empty password', `update auth.users set encrypted_password = '' where id = $1`],
    ['with the password in plain', `update auth.users set encrypted_password = '${password}' where id = $1`],
    [
      'with a second factor',
      `insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
      values (gen_random_uuid(), $1, 'totp', 'verified', now(), now())`,
    ],
    ...[
      ['des', `'ab'`],
      ['md5', `extensions.gen_salt('md5')`],
      ['extended des', `extensions.gen_salt('xdes')`],
    ].map(([name, salt]) => [
      `whose hash is ${name}`,
      `update auth.users set encrypted_password = extensions.crypt('${password}', ${salt}) where id = $1`,
    ]),
    ...[
      '$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
      '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0$x$y',
      '$2a$10$',
      '$2a$31$......................uSzGzTTBzyZfFS8c8f2iHLFqHhEHX5y',
      '$2x$10$......................uSzGzTTBzyZfFS8c8f2iHLFqHhEHX5y',
    ].map((hash) => [`whose hash is ${hash}`, `update auth.users set encrypted_password = '${hash}' where id = $1`]),
  ])('gives no row for an account %s, as if nobody had it', async (_, change = '') => {
    const { id, email } = await account();
    await reference.sql.query(change, [id]);
    expect(await signIn(email)).toEqual([]);
    expect(await throttles()).toEqual([{ kind: 'nobody', failures: 1 }]);
  });

  it('a factor that was never verified does not lock its owner out', async () => {
    await reference.sql.query(
      `insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
      values (gen_random_uuid(), $1, 'totp', 'unverified', now(), now())`,
      [ada],
    );
    expect(await signIn('ada@example.test')).toHaveLength(1);
  });

  it.each([
    // Of other libraries; U*U and its hash are vectors of crypt_blowfish.
    ['$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    ['$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ])('takes %s, and makes it one of its own', async (hash, given) => {
    const { id, email } = await account(hash);
    const kept = async () =>
      (await reference.sql.query('select encrypted_password as hash from auth.users where id = $1', [id])).rows[0]
        ?.hash;
    expect(await signIn(email, 'U*V')).toEqual([]);
    expect(await kept()).toBe(hash);
    expect(await signIn(email, given)).toHaveLength(1);
    const own = await kept();
    expect(own).toMatch(/^\$2a\$10\$/);
    expect(await signIn(email, given)).toHaveLength(1);
    expect(await kept()).toBe(own);
  });

  it('keeps nothing of what was typed', async () => {
    await signIn(`${password.replaceAll(' ', '.')}@example.test`, 'typed@example.test');
    const { rows } = await reference.sql.query(
      `select encode(key, 'escape') as key, kind from private.sign_in_throttles`,
    );
    expect(rows).toMatchObject([{ kind: 'nobody' }]);
    expect(JSON.stringify(rows)).not.toMatch(/horse|typed|example/);
  });

  it('in a read-only request is not answered: the attempt could not be counted', async () => {
    for (const method of ['GET', 'HEAD']) {
      expect(await signIn('ada@example.test', password, { role: 'anon', method })).toEqual([]);
    }
  });

  it('is silent, and counts, when the session can not be opened', async () => {
    const notices: string[] = [];
    const anon = await connect(reference.db.settings, {
      applicationName: 'dbkit test',
      onNotice: (text) => notices.push(text),
    });
    await reference.sql.run('alter table public.sessions add constraint closed check (false) not valid');
    try {
      const rows = await withActor(anon, { role: 'anon' }, async (session) => {
        return (await session.query(`select * from sign_in('ada@example.test', $1)`, [password])).rows;
      });
      expect(rows).toEqual([]);
    } finally {
      await reference.sql.run('alter table public.sessions drop constraint closed');
      await anon.close();
    }
    expect(notices).toEqual([]);
    expect(await throttles()).toEqual([{ kind: 'account', failures: 1 }]);
  });

  it('is silent when the attempt can not be counted, and looks at no password', async () => {
    await reference.sql.run('alter table private.sign_in_throttles add constraint closed check (false) not valid');
    try {
      expect(await signIn('ada@example.test')).toEqual([]);
    } finally {
      await reference.sql.run('alter table private.sign_in_throttles drop constraint closed');
    }
  });
});
