// Says whether dist/ may be run. Read by the launcher and by build.ts.
import { existsSync, readdirSync, statSync } from 'fs';

/**
 * A build older than the sources beside it must never run in silence; the published package has no sources.
 * `dist/.stamp` carries the moment the build began.
 */
export function hasFreshBuild(root) {
  const sources = new URL('src/', root);
  if (!existsSync(new URL('dist/cli/main.js', root))) return false;
  if (!existsSync(sources)) return true;
  const stamp = new URL('dist/.stamp', root);
  return existsSync(stamp) && newestChange(sources) < statSync(stamp).mtimeMs;
}

/** Folders count too: their time tells of a file that was deleted or renamed. */
function newestChange(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const time = entry.isDirectory()
      ? newestChange(new URL(`${entry.name}/`, folder))
      : statSync(new URL(entry.name, folder)).mtimeMs;
    if (time > newest) newest = time;
  }
  return newest;
}
