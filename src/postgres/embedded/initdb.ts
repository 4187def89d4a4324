/** Runs initdb, and says in our words why it could not. */
import type { Platform } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import { initdbArguments } from './cluster.ts';
import type { ToolResult } from './run-tool.ts';
import { runTool } from './run-tool.ts';
import type { RunnableBinaries } from './runnable-binaries.ts';
import type { ServerUser } from './server-user.ts';

const nameless = 'could not look up effective user ID';

/**
 * Fills an empty `folder` of `user`, without waiting for the disk. Throws EMBEDDED_UNAVAILABLE with what initdb said,
 * IO_FAILED when the disk is full, or the reason of `signal`.
 */
export async function runInitdb(
  folder: string,
  platform: Platform,
  { binaries, user, signal }: { binaries: RunnableBinaries; user: ServerUser | null; signal: AbortSignal },
): Promise<void> {
  const args = [...initdbArguments(binaries.major, platform), folder];
  let result = await runTool(binaries.initdb, args, { user, signal });
  if (result.stderr.includes(nameless)) {
    // A number that passwd does not know, as containers give: in a user namespace without a map it has the name `nobody`.
    const inside = await runTool('unshare', ['--user', binaries.initdb, ...args], { user, signal });
    if (inside.status === 0) result = inside;
  }
  if (result.status !== 0) throw toolFailure(`initdb could not make a cluster in ${folder}`, result);
}

/** Makes what was written last through a crash of the machine. */
export async function syncCluster(
  folder: string,
  { binaries, user }: { binaries: RunnableBinaries; user: ServerUser | null },
): Promise<void> {
  const result = await runTool(binaries.initdb, ['--sync-only', '--pgdata', folder], { user });
  if (result.status !== 0) throw toolFailure(`${folder} could not be written to the disk`, result);
}

/** EMBEDDED_UNAVAILABLE or IO_FAILED, with the last lines that the program said. */
export function toolFailure(message: string, { stderr, spawnError, status }: ToolResult): DbkitError {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const details = lines.length > 0 ? lines.slice(-5) : [spawnError ?? `it ended with status ${status}`];
  const full = isDiskFull(stderr);
  return new DbkitError(full ? 'IO_FAILED' : 'EMBEDDED_UNAVAILABLE', message, {
    hint: full ? diskFullHint : stderr.includes(nameless) ? namelessHint() : undefined,
    details,
  });
}

export const diskFullHint = 'the disk is full: make room (a cluster takes about 40 MB) and try again';

export function isDiskFull(text: string): boolean {
  return /No space left on device|Disk quota exceeded/.test(text);
}

function namelessHint(): string {
  const uid = process.geteuid?.();
  return `uid ${uid} has no name here: add "dbkit:x:${uid}:${process.getegid?.()}::/tmp:/bin/false" to /etc/passwd, or name a server with --database-url`;
}
