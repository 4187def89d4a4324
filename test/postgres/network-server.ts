/** A server that listens on TCP with TLS and asks for passwords: the shared ones have a Unix socket only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../src/postgres/connect.ts';
import { runInitdb } from '../../src/postgres/embedded/initdb.ts';
import { serverEnvironment } from '../../src/postgres/embedded/run-tool.ts';
import { runnableBinaries } from '../../src/postgres/embedded/runnable-binaries.ts';
import { identityOf, serverUser } from '../../src/postgres/embedded/server-user.ts';

/** Password of every role that has one: all that a URL must encode. */
export const password = `p@ss/w:rd%?#[] &="'ü`;

/** Each role comes in by one way only. */
const access = `local   all  all                    trust
hostssl   all  scram      127.0.0.1/32 scram-sha-256
hostnossl all  scram      127.0.0.1/32 scram-sha-256
host      all  plaintext  127.0.0.1/32 password
host      all  md5        127.0.0.1/32 md5
hostssl   all  encrypted  127.0.0.1/32 trust
hostnossl all  unencrypted 127.0.0.1/32 trust
hostssl   all  bearer     127.0.0.1/32 cert
`;

export const certificates = new URL('./certificates/', import.meta.url).pathname;

export interface NetworkServer {
  readonly port: number;
  /** Folder of the Unix socket; `postgres` needs no password there. */
  readonly folder: string;
  /** Ends all sessions and the server, as `pg_ctl stop -m immediate`. */
  stop(): Promise<void>;
}

/** Starts it with the roles of `access`, all with `password`. To be stopped by the caller. */
export async function startNetworkServer(): Promise<NetworkServer> {
  const user = serverUser();
  const binaries = await runnableBinaries(import.meta.dirname, 18, user);
  const folder = mkdtempSync(join(tmpdir(), 'dbkit-test-network-'));
  const own = (path: string) => {
    if (user !== null) chownSync(path, user.uid, user.gid);
  };
  chmodSync(folder, 0o755);
  own(folder);
  const data = join(folder, 'data');
  mkdirSync(data, 0o700);
  own(data);
  await runInitdb(data, 'postgres', { binaries, user, signal: new AbortController().signal });
  for (const name of ['server.crt', 'server.key', 'ca.crt']) {
    copyFileSync(join(certificates, name), join(data, name));
    chmodSync(join(data, name), 0o600);
    own(join(data, name));
  }
  writeFileSync(join(data, 'pg_hba.conf'), access);
  // Somebody else may take the free port before the server does.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = spawn(binaries.postgres, ['-D', data, ...settings(folder, port)], {
      cwd: '/',
      env: serverEnvironment,
      stdio: 'ignore',
      ...identityOf(user),
    });
    const ended = once(child, 'exit');
    const stop = async () => {
      child.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    // The server would outlive a test runner that is killed.
    process.once('exit', () => child.kill('SIGQUIT'));
    while (child.exitCode === null) {
      try {
        await createRoles(folder, port);
        return { port, folder, stop };
      } catch {
        await sleep(20);
      }
    }
    if (attempt === 3) throw new Error(`the server did not start: ${readFileSync(join(data, 'log'), 'utf8')}`);
  }
}

function settings(folder: string, port: number): readonly string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    ssl: 'on',
    ssl_cert_file: 'server.crt',
    ssl_key_file: 'server.key',
    ssl_ca_file: 'ca.crt',
    fsync: 'off',
    dynamic_shared_memory_type: 'mmap',
    max_connections: '20',
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function createRoles(folder: string, port: number): Promise<void> {
  const admin = await connect(
    { host: folder, port, user: 'postgres', database: 'postgres', password: null, role: null },
    { applicationName: 'test' },
  );
  const literal = `'${password.replaceAll("'", "''")}'`;
  const roles = ['scram', 'plaintext', 'encrypted', 'unencrypted', 'bearer'];
  await admin.run(roles.map((role) => `create role ${role} login password ${literal};`).join('\n'));
  await admin.run(`set password_encryption = 'md5'; create role md5 login password ${literal}`);
  await admin.close();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
