// Says whether dist/ may be run. Read by the launcher and by build.ts.
'use strict';
const { existsSync, readdirSync, statSync } = require('fs');
const { join } = require('path');

/**
 * A build older than the sources beside it must never run in silence; the published package has no sources.
 * `dist/.stamp` carries the moment the build began.
 */
exports.hasFreshBuild = function hasFreshBuild(root) {
  const sources = join(root, 'src');
  if (!existsSync(join(root, 'dist/cli.script.js'))) return false;
  if (!existsSync(sources)) return true;
  const stamp = join(root, 'dist/.stamp');
  return existsSync(stamp) && newestChange(sources) < statSync(stamp).mtimeMs;
};

/** Folders count too: their time tells of a file that was deleted or renamed. */
function newestChange(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const time = entry.isDirectory()
      ? newestChange(join(folder, entry.name))
      : statSync(join(folder, entry.name)).mtimeMs;
    if (time > newest) newest = time;
  }
  return newest;
}
