/** Paths as reports tell them: from the root, with slashes on every system. */
import { isAbsolute, relative, sep } from 'node:path';

/** What lies outside of the root keeps its absolute path. */
export function pathFrom(root: string, file: string): string {
  const path = relative(root, file);
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return file;
  return path.split(sep).join('/');
}
