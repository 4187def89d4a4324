/** Copies files into a folder that somebody else may have to remove. */
import { chown, cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Copies a folder to `to`, which lies in `owner`, and gives it to the owner of that folder: what supervises a
 * throw-away server removes it all, and is not root where root started it.
 */
export async function copyInto(owner: string, from: URL, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const { uid, gid } = await stat(owner);
  if (process.getuid?.() !== 0 || uid === 0) return;
  const below = await readdir(to, { recursive: true });
  for (const path of [to, ...below.map((name) => join(to, name))]) await chown(path, uid, gid);
}
