import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DbkitError } from '../../src/errors.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { connect } from '../../src/postgres/connect.ts';
import { resolveSettings } from '../../src/postgres/settings.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { NetworkServer } from './network-server.ts';
import { certificates, password, startNetworkServer } from './network-server.ts';

const bare = { HOME: '/nonexistent', PGSYSCONFDIR: '/nonexistent' };
const encoded = encodeURIComponent(password);
const ca = join(certificates, 'ca.crt');
const otherCa = join(certificates, 'other-ca.crt');

let server: NetworkServer;

beforeAll(async () => {
  server = await startNetworkServer();
});

afterAll(() => server.stop());

/** The name is never looked up: it only has to fit the certificate. */
const at = (user: string, parameters = '', host = 'db.test') =>
  `postgresql://${user}:${encoded}@${host}:${server.port}/postgres?hostaddr=127.0.0.1${parameters}`;

async function open(url: string, env: Readonly<Record<string, string>> = {}): Promise<Connection> {
  const connection = await connect(resolveSettings(url, { ...bare, ...env }), { applicationName: 'test' });
  onTestFinished(() => connection.close());
  return connection;
}

async function refusal(url: string, env: Readonly<Record<string, string>> = {}): Promise<DbkitError> {
  try {
    await open(url, env);
  } catch (error) {
    return error as DbkitError;
  }
  throw new Error('the connection was opened');
}

async function isEncrypted(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query<{ ssl: boolean }>(
    'select ssl from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()',
  );
  return rows[0]?.ssl === true;
}

describe('sslmode means what it means to psql', () => {
  it.each<[string, string, boolean]>([
    ['disable', 'scram', false],
    ['allow', 'scram', false],
    ['allow', 'encrypted', true],
    ['prefer', 'scram', true],
    ['prefer', 'unencrypted', false],
    ['require', 'scram', true],
  ])('%s, role %s', async (mode, user, encrypted) => {
    expect(await isEncrypted(await open(at(user, `&sslmode=${mode}`)))).toBe(encrypted);
  });

  it('prefer is the default', async () => {
    expect(await isEncrypted(await open(at('scram')))).toBe(true);
  });

  it.each<[string, string, string]>([
    ['disable', 'encrypted', 'no pg_hba.conf entry'],
    ['require', 'unencrypted', 'no pg_hba.conf entry'],
  ])('%s does not change its mind for %s', async (mode, user, why) => {
    const error = await refusal(at(user, `&sslmode=${mode}`));
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', exitCode: 2 });
    expect(error.message).toContain(why);
  });

  it.each<[string, string, string, boolean]>([
    ['verify-ca', ca, 'db.test', true],
    ['verify-ca', ca, 'elsewhere.test', true],
    ['verify-ca', otherCa, 'db.test', false],
    ['verify-full', ca, 'db.test', true],
    ['verify-full', ca, 'elsewhere.test', false],
    ['verify-full', ca, '127.0.0.1', false],
    ['verify-full', otherCa, 'db.test', false],
    // A root certificate is used where there is one, also by require.
    ['require', ca, 'elsewhere.test', true],
    ['require', otherCa, 'db.test', false],
  ])('%s with %s for %s', async (mode, root, host, fine) => {
    const url = at('encrypted', `&sslmode=${mode}&sslrootcert=${encodeURIComponent(root)}`, host);
    if (fine) expect(await isEncrypted(await open(url))).toBe(true);
    else expect(await refusal(url)).toMatchObject({ code: 'AUTHENTICATION_FAILED', exitCode: 2 });
  });

  it('verify-full without a root certificate says which file is missing', async () => {
    const error = await refusal(at('encrypted', '&sslmode=verify-full'));
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'sslmode=verify-full: root certificate file /nonexistent/.postgresql/root.crt does not exist',
    });
  });

  it('sslrootcert=system does not trust an authority of our own', async () => {
    expect(await refusal(at('encrypted', '&sslrootcert=system'))).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('the default files are those of ~/.postgresql', async () => {
    const HOME = temporaryFolder('home');
    mkdirSync(join(HOME, '.postgresql'));
    copyFileSync(otherCa, join(HOME, '.postgresql', 'root.crt'));
    expect(await refusal(at('encrypted', '&sslmode=require'), { HOME })).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    });
    copyFileSync(ca, join(HOME, '.postgresql', 'root.crt'));
    expect(await isEncrypted(await open(at('encrypted', '&sslmode=verify-full'), { HOME }))).toBe(true);
  });

  it('direct negotiation', async () => {
    expect(await isEncrypted(await open(at('encrypted', '&sslmode=require&sslnegotiation=direct')))).toBe(true);
  });

  it('a client certificate, whose key nobody else may read', async () => {
    const folder = temporaryFolder('key');
    const key = join(folder, 'client.key');
    copyFileSync(join(certificates, 'client.key'), key);
    const url = at('bearer', `&sslmode=require&sslcert=${certificates}client.crt&sslkey=${key}`);
    chmodSync(key, 0o644);
    expect(await refusal(url)).toMatchObject({ code: 'CONFIG_INVALID', hint: `run: chmod 0600 ${key}` });
    chmodSync(key, 0o600);
    expect(await isEncrypted(await open(url))).toBe(true);
  });

  it('channel binding', async () => {
    expect(await isEncrypted(await open(at('scram', '&channel_binding=require')))).toBe(true);
    const unbound = 'channel_binding=require, but the server did not bind the session';
    expect(await refusal(at('plaintext', '&channel_binding=require'))).toMatchObject({ message: unbound });
    expect(await refusal(at('encrypted', '&channel_binding=require'))).toMatchObject({ message: unbound });
    expect((await refusal(at('scram', '&channel_binding=require&sslmode=disable'))).message).toMatch(/needs TLS/);
  });
});

describe('the password', () => {
  it.each(['scram', 'md5', 'plaintext'])('with special characters, %s', async (user) => {
    const { rows } = await (await open(at(user))).query('select current_user::text as who');
    expect(rows).toEqual([{ who: user }]);
  });

  it.each(['scram', 'md5', 'plaintext'])('wrong: shows nowhere, %s', async (user) => {
    const wrong = `${password}!`;
    const url = at(user).replace(encoded, encodeURIComponent(wrong));
    const error = await refusal(url);
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', exitCode: 2 });
    expect(error.message).toBe(
      `cannot connect to db.test:${server.port}/postgres as ${user}: password authentication failed for user "${user}"`,
    );
    const everything = inspect(error, { depth: 20, showHidden: true });
    expect(everything).not.toContain(wrong);
    expect(everything).not.toContain(encodeURIComponent(wrong));
    expect(everything).not.toContain('p@ss');
  });

  it('missing: says where one can be put', async () => {
    const error = await refusal(at('scram').replace(`:${encoded}`, ''));
    expect(error).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: `db.test:${server.port} asks scram for a password, and there is none`,
    });
    expect(error.hint).toContain('PGPASSWORD');
  });

  it('of a command is asked for each connection', async () => {
    const folder = temporaryFolder('command');
    const script = `require('node:fs').appendFileSync('${folder}/calls', 'x'); process.stdout.write(process.env.PW + '\\n')`;
    const settings = resolveSettings(
      at('scram').replace(`:${encoded}`, ''),
      { ...bare, PW: password },
      {
        passwordCommand: [process.execPath, '-e', script],
      },
    );
    for (const calls of ['x', 'xx']) {
      const connection = await connect(settings, { applicationName: 'test' });
      await connection.close();
      const { readFileSync } = await import('node:fs');
      expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe(calls);
    }
  });

  it('a command that is slower than the time limit of the connection is waited for', async () => {
    const script = `setTimeout(() => process.stdout.write(process.env.PW), 1500)`;
    const settings = resolveSettings(
      at('scram', '&connect_timeout=1').replace(`:${encoded}`, ''),
      { ...bare, PW: password },
      {
        passwordCommand: [process.execPath, '-e', script],
      },
    );
    const connection = await connect(settings, { applicationName: 'test' });
    await connection.close();
    expect(connection.processId).toBeGreaterThan(0);
  });
});

describe('several servers', () => {
  it('the next one is tried, and the one that answered is known', async () => {
    const url = `postgresql://unencrypted@127.0.0.1:1,127.0.0.1:${server.port}/postgres?sslmode=disable`;
    expect((await open(url)).server).toEqual({ host: '127.0.0.1', port: server.port });
  });

  it('one that refuses the user is not passed over', async () => {
    const url = `postgresql://scram:wrong@127.0.0.1:${server.port},127.0.0.1:1/postgres`;
    expect(await refusal(url)).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('none answers: each is named', async () => {
    const error = await refusal('postgresql://u@127.0.0.1:1,127.0.0.1:2/postgres');
    expect(error).toMatchObject({
      code: 'UNREACHABLE',
      exitCode: 3,
      message: 'cannot connect to any of 127.0.0.1:1, 127.0.0.1:2',
      details: [
        'cannot connect to 127.0.0.1:1/postgres: connection refused',
        'cannot connect to 127.0.0.1:2/postgres: connection refused',
      ],
    });
  });

  it.each([
    ['primary', true],
    ['read-write', true],
    ['prefer-standby', true],
    ['standby', false],
    ['read-only', false],
  ])('target_session_attrs=%s', async (wanted, fine) => {
    const url = at('unencrypted', `&sslmode=disable&target_session_attrs=${wanted}`);
    if (fine) expect((await open(url)).lost).toBeNull();
    else expect((await refusal(url)).message).toContain(`is not what target_session_attrs=${wanted} asks for`);
  });
});

describe('servers that do not answer as they should', () => {
  /** Takes connections and does with them what the test says. */
  async function listener(onSocket: (socket: import('node:net').Socket) => void): Promise<number> {
    const silent = createServer((socket) => {
      socket.on('error', () => {});
      onSocket(socket);
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    return (silent.address() as AddressInfo).port;
  }

  it('silence ends with the time limit', async () => {
    const sockets: import('node:net').Socket[] = [];
    const port = await listener((socket) => sockets.push(socket));
    onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
    const error = await refusal(`postgresql://u@127.0.0.1:${port}/d?connect_timeout=1`);
    expect(error).toMatchObject({
      code: 'UNREACHABLE',
      message: `cannot connect to 127.0.0.1:${port}/d: no answer after 1 s`,
    });
  });

  it('silence ends with the signal', async () => {
    const controller = new AbortController();
    const port = await listener((socket) => {
      onTestFinished(() => void socket.destroy());
      controller.abort();
    });
    const settings = resolveSettings(`postgresql://u@127.0.0.1:${port}/d`, bare);
    await expect(connect(settings, { applicationName: 'test', signal: controller.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
      exitCode: 130,
    });
  });

  it('something that is no PostgreSQL', async () => {
    const port = await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const error = await refusal(`postgresql://u@127.0.0.1:${port}/d?sslmode=require`);
    expect(error.message).toContain('unexpected answer');
  });

  it('a host name that does not exist', async () => {
    const error = await refusal('postgresql://u@db.invalid/d');
    expect(error).toMatchObject({ code: 'UNREACHABLE', exitCode: 3 });
    expect(error.message).toMatch(
      /^cannot connect to db\.invalid:5432\/d: the host name (is not known|cannot be looked up now)$/,
    );
  });
});

it('cancels over TLS', async () => {
  const connection = await open(at('encrypted', '&sslmode=require'));
  const observer = await open(`postgresql://postgres@/postgres?host=${server.folder}&port=${server.port}`);
  const sleeping = connection.query('select pg_catalog.pg_sleep(600)').catch((error: unknown) => error);
  await untilActive(observer, connection.processId);
  await connection.cancel();
  expect(await sleeping).toMatchObject({ code: '57014' });
  expect((await connection.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

async function untilActive(observer: Connection, processId: number): Promise<void> {
  for (;;) {
    const { rows } = await observer.query(
      `select from pg_catalog.pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`,
      [processId],
    );
    if (rows.length === 1) return;
  }
}
