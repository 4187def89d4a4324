import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DbkitError } from '../errors.ts';
import { resolveSettings } from './settings.ts';

/** No file of the machine that runs the tests may be read. */
const bare = { HOME: '/nonexistent', PGSYSCONFDIR: '/nonexistent' };

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'dbkit-settings-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text, { mode: 0o600 });
  return path;
}

function refusal(url: string | null, env: Readonly<Record<string, string>> = {}): DbkitError {
  try {
    return resolveSettings(url, { ...bare, ...env }) as never;
  } catch (error) {
    return error as DbkitError;
  }
}

describe('the order: connection string, service, variables, defaults', () => {
  const variables = {
    PGHOST: 'variable',
    PGPORT: '1111',
    PGUSER: 'variable',
    PGDATABASE: 'variable',
    PGSSLMODE: 'require',
  };

  it('defaults', () => {
    const settings = resolveSettings('postgresql://h', bare);
    const user = userInfo().username;
    expect(settings).toMatchObject({ host: 'h', port: 5432, user, database: user, password: null, role: null });
    expect(settings).toMatchObject({ tls: { mode: 'prefer' }, sessionAttributes: 'any', connectTimeoutMs: null });
  });

  it('variables stand before defaults', () => {
    expect(resolveSettings(null, { ...bare, ...variables })).toMatchObject({
      host: 'variable',
      port: 1111,
      user: 'variable',
      database: 'variable',
      tls: { mode: 'require' },
    });
  });

  it('the service stands before variables, also when PGSERVICE names it', () => {
    const home = folder({
      '.pg_service.conf': '# mine\n[other]\nhost=no\n[orders]\nhost=service\nport=2222\n[last]\nport=1\n',
    });
    const env = { ...bare, ...variables, HOME: home };
    const expected = { host: 'service', port: 2222, user: 'variable' };
    expect(resolveSettings('service=orders', env)).toMatchObject(expected);
    expect(resolveSettings(null, { ...env, PGSERVICE: 'orders' })).toMatchObject(expected);
  });

  it('the connection string stands before everything', () => {
    const home = folder({ '.pg_service.conf': '[orders]\nhost=service\nport=2222\nuser=service\n' });
    const env = { ...bare, ...variables, HOME: home };
    const settings = resolveSettings('postgresql://me@h/db?service=orders&sslmode=disable', env);
    expect(settings).toMatchObject({ host: 'h', port: 2222, user: 'me', database: 'db', tls: { mode: 'disable' } });
  });

  it('a service file by name, and the one of the system', () => {
    const path = folder({ 'mine.conf': '[a]\nhost=named\n', 'pg_service.conf': '[b]\nhost=system\n' });
    const env = { ...bare, PGSYSCONFDIR: path };
    expect(resolveSettings(null, { ...env, PGSERVICE: 'a', PGSERVICEFILE: join(path, 'mine.conf') }).host).toBe(
      'named',
    );
    expect(resolveSettings('service=b', env).host).toBe('system');
  });

  it('a service that is not there, and a line that cannot be read', () => {
    expect(refusal('service=orders')).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'definition of service "orders" not found',
    });
    const file = join(folder({ conf: '[a]\nhost=h\ncolour=red\n' }), 'conf');
    expect(refusal(null, { PGSERVICE: 'a', PGSERVICEFILE: file })).toMatchObject({ location: { file, line: 3 } });
  });
});

describe('every variable that has a parameter', () => {
  it.each<[Readonly<Record<string, string>>, object]>([
    [{ PGHOSTADDR: '127.0.0.1' }, { host: '127.0.0.1', hostAddress: '127.0.0.1' }],
    [{ PGOPTIONS: '-c a=b' }, { options: '-c a=b' }],
    [{ PGAPPNAME: 'mine' }, { applicationName: 'mine' }],
    [{ PGCONNECT_TIMEOUT: '3' }, { connectTimeoutMs: 3000 }],
    [{ PGPASSWORD: 'pw' }, { password: 'pw' }],
    [{ PGTARGETSESSIONATTRS: 'read-write' }, { sessionAttributes: 'read-write' }],
    [{ PGSSLROOTCERT: '/ca' }, { tls: { rootCertificate: '/ca', mode: 'prefer' } }],
    [{ PGSSLROOTCERT: 'system' }, { tls: { rootCertificate: 'system', mode: 'verify-full' } }],
    [{ PGSSLCERT: '/c', PGSSLKEY: '/k' }, { tls: { certificate: '/c', key: '/k' } }],
    [
      { PGHOST: 'a,b', PGPORT: '1,2' },
      { host: 'a', port: 1, alternatives: [{ host: 'b', port: 2 }] },
    ],
    [{ PGHOST: '/run/pg' }, { host: '/run/pg' }],
    [{ PGHOST: '', PGHOSTADDR: '::1' }, { host: '::1' }],
  ])('%o', (env, expected) => {
    expect(resolveSettings(null, { ...bare, ...env })).toMatchObject(expected);
  });
});

describe('several hosts', () => {
  it('one port serves all', () => {
    const { host, port, alternatives } = resolveSettings('postgresql://a,b/db?port=7', bare);
    expect([host, port, alternatives]).toMatchObject(['a', 7, [{ host: 'b', port: 7 }]]);
  });

  it('an address stands for its host, and the host stays for the certificate', () => {
    expect(resolveSettings('host=db.example hostaddr=192.0.2.1 dbname=x', bare)).toMatchObject({
      host: 'db.example',
      hostAddress: '192.0.2.1',
    });
  });

  it('each has its own line in the password file', () => {
    const home = folder({ '.pgpass': 'a:*:*:*:one\nb:*:*:*:two\n' });
    const settings = resolveSettings('postgresql://me@a,b/db', { ...bare, HOME: home });
    expect([settings.password, settings.alternatives?.[0]?.password]).toEqual(['one', 'two']);
  });
});

describe('the password', () => {
  const home = () => folder({ '.pgpass': '*:*:*:*:file\n', other: '*:*:*:*:other\n' });

  it('of the URL, of PGPASSWORD, of the file, in this order', () => {
    const HOME = home();
    expect(resolveSettings('postgresql://u:url@h/d', { ...bare, HOME, PGPASSWORD: 'variable' }).password).toBe('url');
    expect(resolveSettings('postgresql://u@h/d', { ...bare, HOME, PGPASSWORD: 'variable' }).password).toBe('variable');
    expect(resolveSettings('postgresql://u@h/d', { ...bare, HOME }).password).toBe('file');
    expect(resolveSettings('postgresql://u@h/d', { ...bare, HOME, PGPASSFILE: join(HOME, 'other') }).password).toBe(
      'other',
    );
    expect(resolveSettings(`postgresql://u@h/d?passfile=${HOME}/other`, { ...bare, HOME }).password).toBe('other');
  });

  it('is not taken from a file that others may read', () => {
    const HOME = home();
    chmodSync(join(HOME, '.pgpass'), 0o644);
    const warnings: string[] = [];
    const onWarning = (text: string) => warnings.push(text);
    expect(resolveSettings('postgresql://u@h/d', { ...bare, HOME }, { onWarning }).password).toBeNull();
    expect(warnings).toHaveLength(1);
  });

  it('command stands before all but the URL itself', () => {
    const passwordCommand = ['token'];
    const env = { ...bare, PGPASSWORD: 'variable' };
    expect(resolveSettings('postgresql://u@h/d', env, { passwordCommand }).password).toBeTypeOf('function');
    expect(resolveSettings('postgresql://u:url@h/d', env, { passwordCommand }).password).toBe('url');
  });
});

describe('what is refused', () => {
  it.each([
    [
      'postgresql://h/d?sslmode=no-verify',
      'connection parameter sslmode: "no-verify" is not known',
      'sslmode=require encrypts and does not verify',
    ],
    [
      'postgresql://h/d?sslmode=require&sslrootcert=system',
      'sslmode=require is too weak for sslrootcert=system',
      'use sslmode=verify-full',
    ],
    [
      'postgresql://h/d?sslnegotiation=direct',
      'sslmode=prefer is too weak for sslnegotiation=direct',
      'use sslmode=require or stronger',
    ],
    [
      'postgresql://h/d?target_session_attrs=master',
      'connection parameter target_session_attrs: "master" is not known',
      'it is one of any, read-write, read-only, primary, standby, prefer-standby',
    ],
    [
      'postgresql://h/d?gssencmode=require',
      'gssencmode=require: GSSAPI encryption is not supported',
      'use sslmode=verify-full',
    ],
    [
      'postgresql://h/d?client_encoding=latin1',
      'client_encoding=latin1: dbkit speaks UTF8 with every server',
      'leave client_encoding (PGCLIENTENCODING) out',
    ],
    ['postgresql://h/d?connect_timeout=soon', 'connection parameter connect_timeout is not a whole number', null],
    ['postgresql://h:70000/d', 'a port lies between 1 and 65535', null],
    ['postgresql://a,b,c/d?port=1,2', '2 ports do not match 3 hosts', null],
    ['host=a,b hostaddr=192.0.2.1', '2 hosts do not match 1 addresses (hostaddr)', null],
  ])('%s', (url, message, hint) => {
    expect(refusal(url)).toMatchObject({ code: 'CONFIG_INVALID', message, hint });
  });
});
