/** A PgBouncer in front of a server, on a Unix socket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import { identityOf, serverUser } from '../../src/postgres/embedded/server-user.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const program = '/usr/sbin/pgbouncer';

/** Why the tests of a pooler cannot run here, or null. */
export const missingPgBouncer = existsSync(program) ? null : `${program} is not installed (Debian package pgbouncer)`;

export interface PgBouncerOptions {
  readonly mode: 'session' | 'transaction';
  /** Servers for each database and user. Default 5. */
  readonly poolSize?: number;
}

/** Starts one for all databases of the server; ended with the test. Returns how its databases are reached. */
export async function startPgBouncer(
  server: ConnectionSettings,
  { mode, poolSize = 5 }: PgBouncerOptions,
): Promise<ConnectionSettings> {
  const user = serverUser();
  const folder = temporaryFolder('pgbouncer');
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const config = `[databases]
* = host=${server.host} port=${server.port}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = ${folder}
auth_type = trust
auth_file = ${join(folder, 'users')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
`;
  writeFileSync(join(folder, 'users'), `"${server.user}" ""\n`);
  writeFileSync(join(folder, 'pgbouncer.ini'), config);
  const child = spawn(program, ['-q', join(folder, 'pgbouncer.ini')], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'inherit'],
    ...identityOf(user),
  });
  const ended = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  onTestFinished(async () => {
    process.off('exit', kill);
    kill();
    await ended;
  });
  // The socket is there a moment before anybody listens on it.
  while (!(await listens(join(folder, '.s.PGSQL.6432')))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with status ${child.exitCode}`);
    await sleep(10);
  }
  return { ...server, host: folder, port: 6432 };
}

async function listens(path: string): Promise<boolean> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
