/** A PgBouncer in front of a server of ours, for the time of a test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { ConnectionSettings } from '../../src/postgres/connection-settings.ts';
import { identityOf, serverUser } from '../../src/postgres/embedded/server-user.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
const program = folders
  .map((folder) => join(folder, 'pgbouncer'))
  .find((path) => spawnSync(path, ['--version']).status === 0);

/**
 * The pipe ends with the test, and also when somebody kills vitest. TERM ends at once: a client that a failed test left
 * open must not keep it.
 */
const untilTheEnd = '"$0" "$1" & pooler=$!; read -r _; kill -TERM $pooler; wait $pooler';

/** False on a machine without PgBouncer, where such tests are skipped; in CI they fail instead. */
export const hasPgbouncer = program !== undefined || process.env.CI !== undefined;

export interface Pgbouncer {
  /** Of a database behind it, as `postgres`. */
  url(database: string): string;
}

export interface PgbouncerOptions {
  readonly mode: 'transaction' | 'session';
  /** Server connections for each database. */
  readonly poolSize: number;
}

/** Starts one on a free port of 127.0.0.1; stopped when the test ends. */
export async function startPgbouncer(server: ConnectionSettings, options: PgbouncerOptions): Promise<Pgbouncer> {
  if (program === undefined) throw new Error('pgbouncer is not installed: apt-get install pgbouncer');
  const folder = temporaryFolder('pgbouncer');
  chmodSync(folder, 0o777);
  const port = await freePort();
  writeFileSync(join(folder, 'users'), '"postgres" ""\n');
  writeFileSync(
    join(folder, 'settings'),
    `[databases]
* = host=${server.host} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users')}
pool_mode = ${options.mode}
default_pool_size = ${options.poolSize}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
logfile = ${join(folder, 'log')}
`,
  );
  const child = spawn('/bin/sh', ['-c', untilTheEnd, program, join(folder, 'settings')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    ...identityOf(serverUser()),
  });
  const exit = once(child, 'exit');
  onTestFinished(async () => {
    child.stdin.end();
    await exit;
  });
  while (!readLog(folder).includes('process up')) {
    if (child.exitCode !== null || readLog(folder).includes('FATAL')) {
      throw new Error(`pgbouncer ended: ${readLog(folder)}`);
    }
    await sleep(20);
  }
  return { url: (database) => `postgresql://postgres@127.0.0.1:${port}/${database}` };
}

function readLog(folder: string): string {
  try {
    return readFileSync(join(folder, 'log'), 'utf8');
  } catch {
    return '';
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  await once(listener, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
