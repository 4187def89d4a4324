/** A server for one command: in a temporary folder, without durability, gone with the process that asked for it. */
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform, PostgresMajor } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import type { OnEvent } from '../../events.ts';
import { connect } from '../connect.ts';
import type { EmbeddedServer } from '../server.ts';
import { clusterSettings, initdbArguments } from './cluster.ts';
import type { ClusterMaking } from './cluster-template.ts';
import { clusterCopyCommand } from './cluster-template.ts';
import { isDiskFull } from './initdb.ts';
import { adminSettingsFor, isPassing, settingsFor, socketName } from './reach.ts';
import { serverEnvironment } from './run-tool.ts';
import type { RunnableBinaries } from './runnable-binaries.ts';
import { runnableBinaries } from './runnable-binaries.ts';
import type { ServerUser } from './server-user.ts';
import { identityOf, serverUser } from './server-user.ts';
import {
  makeThrowawayFolder,
  noFolder,
  removeThrowawayFolder,
  sweepThrowawayFolders,
  throwawayFolders,
  writeReadable,
} from './throwaway-folder.ts';
import { supervisor } from './throwaway-supervisor.ts';

export interface ThrowawayOptions {
  /** Where the binaries of another major than dbkit's own are looked for; default: dbkit's own only. */
  readonly projectRoot?: string;
  readonly major: PostgresMajor;
  readonly platform: Platform;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

export interface ThrowawayServer extends EmbeddedServer {
  /** Holds the data directory and the server's log; it goes with the server. */
  readonly directory: string;
}

/**
 * Starts an empty server that lives as long as this process, at most: nothing is left after any end of it, kill -9
 * included. `release` stops it and removes its folder. On the platform `supabase` the superuser is `supabase_admin` and
 * nothing else exists yet. Throws EMBEDDED_UNAVAILABLE, IO_FAILED, or the reason of `signal`.
 */
export async function startThrowawayServer(options: ThrowawayOptions): Promise<ThrowawayServer> {
  const { major, platform, signal } = options;
  const user = serverUser();
  const binaries = await runnableBinaries(options.projectRoot ?? import.meta.dirname, major, user);
  const prepare = await prepareCommand(platform, { binaries, user, signal });
  sweepThrowawayFolders(user);
  const { child, directory } = supervise({ binaries, prepare, platform, user });
  const dataDirectory = join(directory, 'data');
  child.stdin.write('begin\n');
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  const release = releaseOnce(child, directory);
  try {
    await waitUntilReady(directory, platform, child, signal);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    major,
    platform,
    directory,
    dataDirectory,
    settings: (database) => settingsFor(dataDirectory, database),
    adminSettings: (database) => adminSettingsFor(dataDirectory, platform, database),
    release,
  };
}

interface Supervised {
  readonly binaries: RunnableBinaries;
  readonly prepare: readonly string[];
  readonly platform: Platform;
  readonly user: ServerUser | null;
}

/** The supervisor, and then the folder, in the first place where one can be made. */
function supervise({ binaries, prepare, platform, user }: Supervised): {
  readonly child: ChildProcessByStdio<Writable, null, null>;
  readonly directory: string;
} {
  const tried: string[] = [];
  for (const directory of throwawayFolders(user)) {
    const child = spawn('/bin/sh', ['-c', supervisor, 'dbkit-throwaway', ...prepare], {
      cwd: '/',
      // A session of its own: the terminal's Ctrl-C is dbkit's affair.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...serverEnvironment, folder: directory, postgres: binaries.postgres },
      ...identityOf(user),
    });
    child.once('error', () => {});
    // When it is gone before us, it is its exit that tells.
    child.stdin.once('error', () => {});
    try {
      makeThrowawayFolder(directory, user);
      writeReadable(join(directory, 'settings'), clusterSettings(platform, false));
      return { child, directory };
    } catch (error) {
      child.stdin.end();
      tried.push((error as Error).message);
    }
  }
  throw noFolder(tried);
}

/** What makes the data: the copy of a template, or initdb. Both take the folder as their last argument. */
async function prepareCommand(platform: Platform, making: ClusterMaking): Promise<readonly string[]> {
  const copy = await clusterCopyCommand(platform, making);
  return copy ?? [making.binaries.initdb, ...initdbArguments(making.binaries.major, platform)];
}

async function waitUntilReady(
  directory: string,
  platform: Platform,
  child: ChildProcess,
  signal: AbortSignal,
): Promise<void> {
  const dataDirectory = join(directory, 'data');
  for (;;) {
    signal.throwIfAborted();
    if (existsSync(join(directory, 'ended')) || child.exitCode !== null || child.signalCode !== null) {
      throw startFailure(readLog(directory));
    }
    if (existsSync(join(dataDirectory, socketName))) {
      try {
        const settings = adminSettingsFor(dataDirectory, platform, 'postgres');
        return await (await connect(settings, { applicationName: 'dbkit start', signal })).close();
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    }
    await sleep(10);
  }
}

function startFailure(log: string): DbkitError {
  const lines = log.trim().split('\n').slice(-5);
  const full = isDiskFull(log);
  return new DbkitError(full ? 'IO_FAILED' : 'EMBEDDED_UNAVAILABLE', 'The throw-away server did not start', {
    hint: full ? 'the disk is full: make room, or set TMPDIR to another folder' : undefined,
    details: lines,
  });
}

function readLog(directory: string): string {
  try {
    return readFileSync(join(directory, 'log'), 'utf8');
  } catch {
    return 'no log was written';
  }
}

/** Closes the pipe and waits for the folder to go. */
function releaseOnce(child: ChildProcess, directory: string): () => Promise<void> {
  let released: Promise<void> | null = null;
  const release = async (): Promise<void> => {
    child.ref();
    const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    const exit = ended ? null : once(child, 'exit');
    child.stdin?.end();
    await exit;
    // When the first watcher was killed, the second one is at work; when both were, it is left to us.
    for (let tries = 0; existsSync(directory); tries += 1) {
      await sleep(20);
      if (tries >= 250) removeThrowawayFolder(directory);
    }
  };
  return () => (released ??= release());
}
