/** A project folder with an embedded server for one test, and the processes that use it. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ProjectCluster } from '../../src/postgres/embedded/data-directory.ts';
import { findPostmaster } from '../../src/postgres/embedded/pid-file.ts';
import type { EmbeddedServerOptions } from '../../src/postgres/server.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const holderProgram = fileURLToPath(new URL('embedded-holder.ts', import.meta.url));

export interface Holder {
  readonly pid: number;
  /** The next line that it prints; rejects when it ends before. */
  next(): Promise<HolderLine>;
  /** Ends its input: it gives the server back. */
  finish(): void;
  kill(): Promise<void>;
  readonly exited: Promise<number | null>;
}

export interface HolderLine {
  readonly dataDirectory?: string;
  readonly postmaster?: number;
  readonly released?: boolean;
  readonly failed?: string;
  readonly code?: string | null;
  readonly hint?: string | null;
  readonly details?: readonly string[];
}

export interface HolderOptions {
  readonly platform?: string;
  readonly holdMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A new folder; at the end of the test its server is killed, should the test have left one. */
export function embeddedProject(name = 'orders'): EmbeddedServerOptions {
  const projectRoot = temporaryFolder(name);
  onTestFinished(() => killServersBelow(join(projectRoot, '.dbkit', 'postgres')));
  return optionsFor(projectRoot);
}

export function optionsFor(projectRoot: string): EmbeddedServerOptions {
  return { projectRoot, major: 18, platform: 'postgres', onEvent: () => {}, signal: new AbortController().signal };
}

export function killServersBelow(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const postmaster = findPostmaster(join(folder, name));
    if (postmaster !== null) process.kill(postmaster, 'SIGQUIT');
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** Names in the folder that holds the data: half made ones would show here. */
export function clustersOf(cluster: ProjectCluster): readonly string[] {
  return readdirSync(join(cluster.projectRoot, '.dbkit', 'postgres'));
}

export function dataDirectoryOf(cluster: ProjectCluster): string {
  return join(cluster.projectRoot, '.dbkit', 'postgres', `${cluster.major}-${cluster.platform}`);
}

export function startHolder(cluster: ProjectCluster, options: HolderOptions = {}): Holder {
  const { platform = cluster.platform, holdMs, env = {}, user } = options;
  const args = [holderProgram, cluster.projectRoot, platform, holdMs === undefined ? 'eof' : String(holdMs)];
  const child = spawn(process.execPath, args, {
    cwd: dirname(holderProgram),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    ...user,
  });
  child.stdin.on('error', () => {});
  const exited = exitOf(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    pid: child.pid ?? 0,
    async next() {
      const line = await lines.next();
      if (line.done) throw new Error(`the holder ended with ${await exited}`);
      return JSON.parse(line.value) as HolderLine;
    },
    finish: () => void child.stdin.end(),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    exited,
  };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status));
  });
}
