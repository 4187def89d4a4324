/** initdb, made into one step: the data directory is there and complete, or not there at all. */
import { appendFileSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Platform, PostgresMajor } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import { clusterSettings, initdbArguments } from './cluster.ts';
import { isAlive } from './pid-file.ts';
import { identityOfProcess } from './process-identity.ts';
import type { ToolResult } from './run-tool.ts';
import { runTool } from './run-tool.ts';
import type { RunnableBinaries } from './runnable-binaries.ts';
import type { ServerUser } from './server-user.ts';

export interface ClusterToCreate {
  /** Does not exist yet; its parent does. */
  readonly path: string;
  readonly major: PostgresMajor;
  readonly platform: Platform;
  readonly user: ServerUser | null;
  readonly durable: boolean;
  readonly binaries: RunnableBinaries;
  readonly signal: AbortSignal;
}

/** Throws EMBEDDED_UNAVAILABLE with what initdb said, IO_FAILED when the disk is full, or the reason of `signal`. */
export async function createCluster(cluster: ClusterToCreate): Promise<void> {
  const { path, user, signal } = cluster;
  sweepHalfMade(path);
  const half = join(dirname(path), `${halfPrefix(path)}${process.pid}`);
  rmSync(half, { recursive: true, force: true });
  try {
    mkdirSync(half, { mode: 0o700 });
    if (user !== null) chownSync(half, user.uid, user.gid);
    const args = initdbArguments(cluster.major, cluster.platform, half, cluster.durable);
    const result = await initdb(cluster.binaries.initdb, args, user, signal);
    if (result.status !== 0) throw initdbFailure(path, result);
    appendFileSync(join(half, 'postgresql.conf'), clusterSettings(cluster.platform, cluster.durable));
    renameSync(half, path);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    // Where there is no mutex another command may have been faster; its cluster is as good.
    if (!existsSync(join(path, 'PG_VERSION'))) throw asDbkitError(path, error);
  }
}

/** A number that passwd does not know, as containers give: initdb wants a name, and a user namespace without a map has one. */
async function initdb(
  program: string,
  args: readonly string[],
  user: ServerUser | null,
  signal: AbortSignal,
): Promise<ToolResult> {
  const result = await runTool(program, args, { user, signal });
  if (result.status === 0 || !result.stderr.includes('could not look up effective user ID')) return result;
  const again = await runTool('unshare', ['--user', program, ...args], { user, signal });
  return again.status === 0 ? again : result;
}

function initdbFailure(path: string, result: ToolResult): DbkitError {
  const lines = result.stderr
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  const said = [...lines, ...(result.spawnError === null ? [] : [result.spawnError])].slice(-5);
  if (/No space left on device|Disk quota exceeded/.test(result.stderr)) return diskFull(path, said);
  const nameless = result.stderr.includes('could not look up effective user ID');
  return new DbkitError('EMBEDDED_UNAVAILABLE', `initdb could not make the embedded server's data in ${path}`, {
    hint: nameless
      ? `uid ${process.geteuid?.()} has no name on this machine: add a line for it to /etc/passwd, or name a server: --database-url postgresql://…`
      : undefined,
    details: said,
  });
}

function diskFull(path: string, details: readonly string[], cause?: unknown): DbkitError {
  return new DbkitError('IO_FAILED', `The disk is full: the embedded server's data could not be made in ${path}`, {
    hint: 'Make room (about 40 MB) and try again; nothing was left behind',
    details,
    cause,
  });
}

function asDbkitError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, [], error);
  if (error instanceof DbkitError || code === undefined || !(error instanceof Error)) return error;
  return new DbkitError('IO_FAILED', `The embedded server's data could not be made in ${path}: ${error.message}`, {
    cause: error,
  });
}

/** Pids mean something within their namespace only, and containers may share a project. */
function halfPrefix(path: string): string {
  const namespace = identityOfProcess(process.pid).namespace?.replace(/\D/g, '') ?? '0';
  return `.${basename(path)}.${namespace}-`;
}

/** What a killed command left. The name ends in its pid. */
function sweepHalfMade(path: string): void {
  const prefix = halfPrefix(path);
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
}
