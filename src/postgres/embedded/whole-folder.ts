/** A folder of the server's user that is there whole, or not at all. */
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive } from './pid-file.ts';
import { identityOfProcess } from './process-identity.ts';
import type { ServerUser } from './server-user.ts';

/**
 * Lets `fill` work in a new folder beside `path`, then gives it that name. What `fill` throws comes out, and nothing stays;
 * when another process was faster, its folder is as good. The parent of `path` exists.
 */
export async function makeWholeFolder(
  path: string,
  user: ServerUser | null,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  sweepHalfMade(path);
  const half = join(dirname(path), `${halfPrefix(path)}${process.pid}`);
  rmSync(half, { recursive: true, force: true });
  try {
    mkdirSync(half, { mode: 0o700 });
    if (user !== null) chownSync(half, user.uid, user.gid);
    await fill(half);
    renameSync(half, path);
  } catch (error) {
    rmSync(half, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    if (!existsSync(join(path, 'PG_VERSION'))) throw error;
  }
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
    rmSync(join(dirname(path), name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
