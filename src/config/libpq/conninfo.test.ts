import { describe, expect, it } from 'vitest';
import type { DbkitError } from '../../errors.ts';
import { redactUrl } from '../redact-url.ts';
import { parseConninfo } from './conninfo.ts';

function refusal(text: string): DbkitError {
  try {
    return parseConninfo(text) as never;
  } catch (error) {
    return error as DbkitError;
  }
}

describe('URLs', () => {
  it.each<[string, ReturnType<typeof parseConninfo>]>([
    ['postgresql://', {}],
    ['postgres://h', { host: ['h'] }],
    ['POSTGRESQL://h/db', { host: ['h'], dbname: ['db'] }],
    ['postgresql://u@h:6432/db', { user: ['u'], host: ['h'], port: ['6432'], dbname: ['db'] }],
    ['postgresql://u:p@/db', { user: ['u'], password: ['p'], dbname: ['db'] }],
    ['postgresql:///db?host=/run/pg&port=5433', { dbname: ['db'], host: ['/run/pg'], port: ['5433'] }],
    ['postgresql://%2Frun%2Fpg/db', { host: ['/run/pg'], dbname: ['db'] }],
    ['postgresql:///db?host=/run/a%2Cb', { dbname: ['db'], host: ['/run/a,b'] }],
    ['postgresql://[::1]:5433/db', { host: ['::1'], port: ['5433'], dbname: ['db'] }],
    ['postgresql://a:1,b,c:3/db', { host: ['a', 'b', 'c'], port: ['1', '', '3'], dbname: ['db'] }],
    ['postgresql://h/db?ssl=true', { host: ['h'], dbname: ['db'], sslmode: ['require'] }],
    ['postgresql://h/d%20b?application_name=a+b%20c', { host: ['h'], dbname: ['d b'], application_name: ['a+b c'] }],
    ['postgresql://h?user=x%40y&password=%3F', { host: ['h'], user: ['x@y'], password: ['?'] }],
    ['  postgresql://h/db\n', { host: ['h'], dbname: ['db'] }],
  ])('%s', (url, expected) => {
    expect(parseConninfo(url)).toEqual(expected);
  });

  it.each([
    ['percent-encoded', 'postgresql://u:%40%2F%3A%25%26%23%20%C3%BC@h/db', '@/:%&# ü'],
    ['with what libpq takes as it is', 'postgresql://u:a:b?c#d&e=f@h/db', 'a:b?c#d&e=f'],
    ['with an @ that was not encoded', 'postgresql://u:a@b@h/db', 'a@b'],
  ])('a password %s', (_name, url, password) => {
    expect(parseConninfo(url)).toMatchObject({ user: ['u'], password: [password], host: ['h'], dbname: ['db'] });
  });
});

describe('key=value pairs', () => {
  it.each<[string, ReturnType<typeof parseConninfo>]>([
    ['host=h dbname=db', { host: ['h'], dbname: ['db'] }],
    ["host = h  password = 'a b\\'c\\\\'", { host: ['h'], password: ["a b'c\\"] }],
    ['host=a,b port=1,2 user=x\\ y', { host: ['a', 'b'], port: ['1', '2'], user: ['x y'] }],
    ["options='-c search_path=x -c a=b'", { options: ['-c search_path=x -c a=b'] }],
    ["password='' host=h", { password: [''], host: ['h'] }],
  ])('%s', (text, expected) => {
    expect(parseConninfo(text)).toEqual(expected);
  });
});

describe('what cannot be read', () => {
  const secret = 'hunter2';

  it.each([
    ['a slash in the password', `postgresql://u:x/${secret}@h/db`, /percent-encoded/],
    ['a slash and an @ in the password', `postgresql://u:a@b/${secret}@h/db`, /percent-encoded/],
    ['a lone %', `postgresql://u:${secret}%zz@h/db`, /not followed by two hexadecimal/],
    ['a zero byte', `postgresql://u:${secret}%00@h/db`, /not followed by two hexadecimal/],
    ['bytes that are not UTF-8', `postgresql://u:${secret}%ff@h/db`, /UTF-8/],
    ['a port that is no number', `postgresql://u:p@h:${secret}/db`, /a port is not a number/],
    ['brackets', `postgresql://u:p@[${secret}/db`, /cannot be told apart/],
    ['a parameter without a value', `postgresql://h/db?${secret}`, /has no value/],
    ['pairs that break off', `host=h password='${secret}`, /end too early/],
    ['another scheme', `mysql://u:${secret}@h/db`, /starts with "mysql:"/],
    ['a driver in the scheme', `postgresql+asyncpg://u:${secret}@h/db`, /starts with "postgresql\+asyncpg:"/],
    ['a bare word', secret, /neither a URL nor/],
    ['a parameter with a mangled name', `postgresql://u:a?${secret}%21=1@h/db?${secret}%21=1`, /\(unreadable\)/],
  ])('%s: says why, and shows nothing of it', (_name, text, why) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(why) });
    expect(`${error.message} ${error.hint} ${error.stack} ${error.cause}`).not.toContain(secret);
  });

  it('names every unknown parameter, and whose it is', () => {
    const error = refusal('postgresql://h/db?pgbouncer=true&connection_limit=1&sslmode=require');
    expect(error.message).toBe('unknown connection parameter: pgbouncer, connection_limit');
    expect(error.hint).toMatch(/belongs to Prisma/);
    expect(refusal('host=h colour=red').message).toBe('unknown connection parameter: colour');
  });
});

describe('redactUrl', () => {
  it.each([
    ['postgresql://u:p@h:6432/db', 'postgresql://u:***@h:6432/db'],
    ['postgresql://u@h/db?sslmode=require&sslpassword=p&options=-cx%3Dp', 'postgresql://u@h/db?sslmode=require'],
    ['host=h user=u password=p dbname=db', 'postgresql://u:***@h/db'],
    ['postgresql://u:p@[::1],b:1/db', 'postgresql://u:***@[::1],b:1/db'],
    ['postgresql:///db?host=/run/pg&password=p', 'postgresql://:***@%2Frun%2Fpg/db'],
    ['postgresql://u:a/p@h/db', 'postgresql://…'],
    ['env:PROD_URL', 'env:PROD_URL'],
  ])('%s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
