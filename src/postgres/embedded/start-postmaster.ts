/** Starts the server of a data directory, after any kind of crash, and waits until it answers. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import type { OnEvent } from '../../events.ts';
import { connect } from '../connect.ts';
import { diskFullHint, isDiskFull } from './initdb.ts';
import { findPostmaster } from './pid-file.ts';
import { adminSettingsFor, isPassing } from './reach.ts';
import { serverEnvironment } from './run-tool.ts';
import type { RunnableBinaries } from './runnable-binaries.ts';
import type { ServerUser } from './server-user.ts';
import { identityOf } from './server-user.ts';

export interface PostmasterToStart {
  readonly dataDirectory: string;
  readonly platform: Platform;
  readonly user: ServerUser | null;
  readonly binaries: RunnableBinaries;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/** A server that neither answers nor says that it is starting, for this long, is stuck. */
const patienceMs = 30_000;
const largestLog = 4 << 20;

/**
 * Returns when the server answers, whoever started it. Throws EMBEDDED_UNAVAILABLE with the last lines of the server's log,
 * IO_FAILED when the disk is full, or the reason of `signal`.
 */
export async function ensurePostmaster(options: PostmasterToStart): Promise<void> {
  const { dataDirectory, signal } = options;
  let until = performance.now() + patienceMs;
  let started: StartedServer | null = null;
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
    signal.throwIfAborted();
    const answer = await ask(options);
    if (answer === 'ready') return;
    // It replays its log or shuts down: it says so, hence it is not stuck.
    if (answer === 'busy') until = performance.now() + patienceMs;
    if (performance.now() > until) throw stuck(dataDirectory);
    if (started?.ended()) {
      const said = started.said();
      if (!mayPass(said)) throw startFailure(dataDirectory, said);
      // Below a process 1 that does not reap, a hundred tries a second would fill the log.
      pause = 100;
      started = null;
    } else if (started === null && answer === 'absent' && findPostmaster(dataDirectory) === null) {
      started = startPostmaster(options);
    }
    await sleep(pause);
  }
}

type Answer = 'ready' | 'busy' | 'absent';

async function ask(options: PostmasterToStart): Promise<Answer> {
  try {
    const settings = adminSettingsFor(options.dataDirectory, options.platform, 'postgres');
    await (await connect(settings, { applicationName: 'dbkit start', signal: options.signal })).close();
    return 'ready';
  } catch (error) {
    if (!isPassing(error)) throw error;
    return isAbsent(error) ? 'absent' : 'busy';
  }
}

function isAbsent(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (['ENOENT', 'ECONNREFUSED'].includes(String((at as { code?: unknown }).code))) return true;
  }
  return false;
}

interface StartedServer {
  ended(): boolean;
  said(): string;
}

function startPostmaster({ dataDirectory, user, binaries }: PostmasterToStart): StartedServer {
  clearLeftovers(dataDirectory);
  const log = join(dataDirectory, 'server.log');
  if (existsSync(log) && statSync(log).size > largestLog) renameSync(log, `${log}.1`);
  const file = openSync(log, 'a', 0o600);
  const from = fstatSync(file).size;
  if (user !== null) chownSync(log, user.uid, user.gid);
  let ended = false;
  let reason = '';
  const child = spawn(binaries.postgres, ['-D', dataDirectory], {
    cwd: '/',
    // A session of its own: neither the terminal's Ctrl-C nor its end reaches the server.
    detached: true,
    stdio: ['ignore', file, file],
    env: serverEnvironment,
    ...identityOf(user),
  });
  child.once('error', (error) => {
    ended = true;
    reason = error.message;
  });
  child.once('exit', () => {
    ended = true;
  });
  child.unref();
  closeSync(file);
  return { ended: () => ended, said: () => reason + readFileSync(log).subarray(from).toString('utf8') };
}

/**
 * Called only when nobody listens and no server works there. A pid file whose number now belongs to another program of the
 * same user, or an empty one, makes postgres refuse to start; a restored or copied folder has the wrong mode.
 */
function clearLeftovers(dataDirectory: string): void {
  rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
  if ((statSync(dataDirectory).mode & 0o077) !== 0) chmodSync(dataDirectory, 0o700);
}

/** Another command started it first, or the backends of a killed server are still going. */
function mayPass(said: string): boolean {
  return /postmaster\.pid" already exists|pre-existing shared memory block|lock file .* already exists/.test(said);
}

function startFailure(dataDirectory: string, said: string): DbkitError {
  const full = isDiskFull(said);
  return new DbkitError(
    full ? 'IO_FAILED' : 'EMBEDDED_UNAVAILABLE',
    `The embedded server in ${dataDirectory} did not start`,
    {
      hint: full ? diskFullHint : `see ${join(dataDirectory, 'server.log')}`,
      details: said.trim().split('\n').slice(-5),
    },
  );
}

function stuck(dataDirectory: string): DbkitError {
  const pid = findPostmaster(dataDirectory);
  return new DbkitError('EMBEDDED_UNAVAILABLE', `The embedded server in ${dataDirectory} does not answer`, {
    hint: pid === null ? `see ${join(dataDirectory, 'server.log')}` : 'type: dbkit db stop --force',
    details: pid === null ? [] : [`its process is ${pid}`],
  });
}
