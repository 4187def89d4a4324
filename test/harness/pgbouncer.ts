/** A PgBouncer in front of a server of ours, for the time of a test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import { identityOf, serverUser } from '../../src/postgres/embedded/server-user.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { urlOf } from './test-database.ts';

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
const program = folders
  .map((folder) => join(folder, 'pgbouncer'))
  .find((path) => spawnSync(path, ['--version']).status === 0);

/**
 * The pipe ends with the test, and also when somebody kills vitest. TERM ends at once: a client that a failed test left
 * open must not keep it.
 */
const untilTheEnd = 'exec 3<&0; "$0" -q "$1" & pooler=$!; { read -r _ <&3; kill -TERM $pooler; } & wait $pooler';

/** False on a machine without PgBouncer, where such tests are skipped; in CI they fail instead. */
export const hasPgbouncer = program !== undefined || process.env.CI !== undefined;

export interface Pgbouncer {
  /** Of the database of the settings that it was started with, through it. */
  readonly settings: ConnectionSettings;
  readonly url: string;
}

export interface PgbouncerOptions {
  readonly mode: 'transaction' | 'session';
  /** Server connections for each database and user. Default 5. */
  readonly poolSize?: number;
}

/** Starts one on a Unix socket, for all databases of the server; stopped when the test ends. */
export async function startPgbouncer(
  server: ConnectionSettings,
  { mode, poolSize = 5 }: PgbouncerOptions,
): Promise<Pgbouncer> {
  if (program === undefined) throw new Error('pgbouncer is not installed: apt-get install pgbouncer');
  const folder = temporaryFolder('pgbouncer');
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, 'users'), `"${server.user}" ""\n`);
  writeFileSync(
    join(folder, 'settings'),
    `[databases]
* = host=${server.host} port=${server.port}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = ${folder}
auth_type = trust
auth_file = ${join(folder, 'users')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 200
`,
  );
  const child = spawn('/bin/sh', ['-c', untilTheEnd, program, join(folder, 'settings')], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'ignore', 'inherit'],
    ...identityOf(serverUser()),
  });
  const exit = once(child, 'exit');
  onTestFinished(async () => {
    child.stdin.end();
    await exit;
  });
  // The socket is there a moment before anybody listens on it.
  while (!(await listens(join(folder, '.s.PGSQL.6432')))) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with status ${child.exitCode}`);
    await sleep(10);
  }
  const settings = { ...server, host: folder, port: 6432 };
  return { settings, url: urlOf(settings) };
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
