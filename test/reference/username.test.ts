/** What a profile refuses, whoever writes it, and that of two who take a name at once one gets it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const check = '23514';
const taken = '23505';

let reference: ReferenceDatabase;
let ada: string;
let bob: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  [ada, bob] = [await reference.signUp(), await reference.signUp()];
});
afterAll(() => reference.db.drop());

describe('a profile', () => {
  /** What the user is told; the service, which holds more rights, is told the same. */
  const set = async (column: string, value: string | null) => {
    const own = await reference.outcome(ada, `update public.profiles set ${column} = $1`, [value]);
    const byService = await reference.outcome(
      'service_role',
      `update public.profiles set ${column} = $1 where user_id = $2`,
      [value, ada],
    );
    expect(byService).toBe(own);
    return own;
  };

  it.each([
    ['username', 'abc'],
    ['username', 'A_1'],
    ['username', 'x'.repeat(30)],
    ['username', 'Administrators'],
    ['username', 'a__'],
    ['display_name', null],
    ['display_name', 'x'],
    ['display_name', 'x'.repeat(80)],
    ['display_name', '🧮'.repeat(80)],
    ['display_name', ' Ada '],
    ['display_name', 'أدا'],
    ['bio', null],
    ['bio', ''],
    ['bio', 'two\nlines'],
    ['bio', '🧮'.repeat(1000)],
    ['locale', null],
    ['locale', 'fil'],
    ['locale', 'en-GB'],
    ['locale', 'sr-Latn'],
    ['time_zone', null],
    ['time_zone', 'Europe/Berlin'],
    ['time_zone', 'America/Port-au-Prince'],
    ['time_zone', 'America/North_Dakota/New_Salem'],
    ['time_zone', `A/${'b'.repeat(62)}`],
    ['visibility', 'private'],
    ['visibility', 'public'],
  ])('takes %s %j', async (column, value) => {
    expect(await set(column, value)).toBe(1);
  });

  it.each([
    ['username', ''],
    ['username', '_ada'],
    ['username', 'ada-lovelace'],
    ['username', 'ada.lovelace'],
    ['username', ' ada'],
    ['username', 'ada '],
    ['username', 'ａｄａ'],
    ['username', 'ad\u200ba'],
    ...['administrator', 'moderator', 'official', 'ROOT', 'Security', 'support', 'SYSTEM', 'admin'].map((name) => [
      'username',
      name,
    ]),
    ['display_name', 'Ada\nLovelace'],
    ['display_name', 'Ada\t'],
    ['display_name', '\u007fAda'],
    ['bio', '🧮'.repeat(1001)],
    ['locale', ''],
    ['locale', 'DE'],
    ['locale', 'd'],
    ['locale', 'de-de'],
    ['locale', 'de-'],
    ['locale', 'zh-hant-TW'],
    ['locale', 'de-DE-bavarian'],
    ['locale', 'es-41'],
    ['locale', 'de\n'],
    ['time_zone', 'Europe/'],
    ['time_zone', '/Berlin'],
    ['time_zone', 'Europe//Berlin'],
    ['time_zone', 'a/b/c/d'],
    ['time_zone', '+02:00'],
    ['time_zone', 'Europe/Berlin\n'],
    ['time_zone', `A/${'b'.repeat(63)}`],
  ] as [string, string][])('refuses %s %j', async (column, value) => {
    expect(await set(column, value)).toBe(check);
  });

  it('is shown to nobody, to members or to everybody, and to nobody else', async () => {
    expect(await set('visibility', 'friends')).toBe('22P02');
    expect(await set('visibility', null)).toBe('23502');
  });

  it.each<[string, string | number]>([
    ['{ada}/0', 1],
    [`{ada}/${'x'.repeat(100)}`, 1],
    ['{ada}/a..b', 1],
    [`{ada}/${'x'.repeat(101)}`, check],
    ['{ada}/', check],
    ['{ada}', check],
    ['{ADA}/me.png', check],
    ['/{ada}/me.png', check],
    ['x{ada}/me.png', check],
    ['{ada}/me.png?download', check],
    ['{ada}/me%2fx', check],
    ['{ada}\\me.png', check],
    ['{bob}/me.png', check],
    ['', check],
  ])('the service sets the path of a picture in the folder of its user only: %j', async (path, expected) => {
    const value = path.replace('{ada}', ada).replace('{ADA}', ada.toUpperCase()).replace('{bob}', bob);
    expect(
      await reference.outcome('service_role', 'update public.profiles set avatar_path = $1 where user_id = $2', [
        value,
        ada,
      ]),
    ).toBe(expected);
  });

  it('is one of a user that exists, and the only one', async () => {
    const insert = 'insert into public.profiles (user_id) values ($1)';
    expect(await reference.outcome('service_role', insert, [ada])).toBe(taken);
    expect(await reference.outcome('service_role', insert, ['00000000-0000-4000-8000-000000000000'])).toBe('23503');
    expect(await reference.outcome('service_role', insert, [null])).toBe('23502');
  });
});

describe('the same username taken twice at once, 100 times', () => {
  let sessions: readonly [Connection, Connection];
  beforeAll(async () => {
    sessions = [await reference.db.connect(), await reference.db.connect()];
  });

  const take = async (session: Connection, user: string, username: string) => {
    const actor = { role: 'authenticated', claims: { sub: user } };
    try {
      return (
        await withActor(session, actor, (inside) =>
          inside.query('update public.profiles set username = $1 where user_id = $2', [username, user]),
        )
      ).rowCount;
    } catch (error) {
      return sqlstateOf(error);
    }
  };

  it.each([
    ['in the same letters', (name: string) => name],
    ['in other case', (name: string) => name.toUpperCase()],
  ])('%s', async (_, other) => {
    for (let round = 0; round < 100; round += 1) {
      const name = `grace_${round}`;
      const answers = await Promise.all([take(sessions[0], ada, name), take(sessions[1], bob, other(name))]);
      expect(answers.map(String).sort(), name).toEqual(['1', taken]);
      const { rows } = await reference.sql.query(
        `select user_id from public.profiles where lower(username) = lower($1)`,
        [name],
      );
      expect(rows, name).toEqual([{ user_id: answers[0] === 1 ? ada : bob }]);
      await reference.sql.run('update public.profiles set username = null where username is not null');
    }
  });

  it('a name that was given up is free again, and nobody else sees whose it was', async () => {
    expect(await take(sessions[0], ada, 'grace')).toBe(1);
    await expect(
      withActor(sessions[1], { role: 'authenticated', claims: { sub: bob } }, (inside) =>
        inside.query(`update public.profiles set username = 'Grace' where user_id = $1`, [bob]),
      ),
    ).rejects.not.toMatchObject({ detail: expect.stringContaining(ada) });
    expect(await take(sessions[0], ada, 'hopper')).toBe(1);
    expect(await take(sessions[1], bob, 'GRACE')).toBe(1);
  });
});
