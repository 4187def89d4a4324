// Loads dist/cli.script.js with the compiled code that an earlier run kept. Why this way: docs/decisions/bundle.md.
'use strict';
const fs = require('fs');
const { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeSync } = fs;
const { dirname, join } = require('path');

const keptForMs = 30 * 24 * 3600 * 1000;
/** About half a megabyte each. */
const keptFiles = 40;

/**
 * The exports of the entry, and `keep`, to be called at the end: what V8 compiled by then is all that this verb needs,
 * and is written to `folder` (null: nowhere) for the next run of it.
 */
exports.loadBuild = function loadBuild(dist, argv, folder) {
  const loaded = new Map();
  const load = (name) => {
    if (!loaded.has(name)) loaded.set(name, runScript(join(dist, name), verbOf(argv), folder, load));
    return loaded.get(name).exports;
  };
  return {
    exports: load('cli.script.js'),
    keep() {
      for (const script of loaded.values()) script.keep();
    },
  };
};

function runScript(file, verb, folder, load) {
  const vm = require('vm');
  // esbuild writes ASCII only, so bytes are characters: reading it as UTF-8 takes several times as long.
  const source = readFileSync(file, 'latin1');
  const kept = keptFile(source, verb, folder);
  const cachedData = kept === null ? undefined : readKept(kept);
  const script = new vm.Script(source, { filename: file, cachedData });
  const nodeRequire = require('module').createRequire(file);
  const require_ = (name) => (name.startsWith('./') ? load(name.slice(2)) : nodeRequire(name));
  const module = { exports: {} };
  // The script is a function: it has no `import()` of its own.
  const importModule = (specifier) => import(specifier);
  script.runInThisContext()(module.exports, require_, module, file, dirname(file), importModule);
  const complete = cachedData !== undefined && script.cachedDataRejected === false;
  return {
    exports: module.exports,
    keep() {
      if (kept !== null && !complete) writeKept(kept, script.createCachedData());
    },
  };
}

/** One or two plain words. */
function verbOf(argv) {
  return argv
    .slice(0, 2)
    .filter((word) => /^[a-z][a-z-]{0,19}$/.test(word))
    .join('-');
}

/** Of this script, this Node and this verb; null when it is to be kept nowhere. */
function keptFile(source, verb, folder) {
  const build = /^\/\/ build ([0-9a-f]+)\n/.exec(source);
  if (build === null || folder === null) return null;
  return join(folder, `${build[1]}-${process.version}-${process.arch}-${verb}.code`);
}

function readKept(kept) {
  try {
    return readFileSync(kept);
  } catch (_) {
    return undefined;
  }
}

/**
 * Whole or not at all, also when the power goes: V8 checks the length of what it is given and for which version and
 * source it is, and believes the rest. Without room or rights the next run compiles again.
 */
function writeKept(kept, data) {
  const unfinished = `${kept}.${process.pid}`;
  try {
    removeOld(dirname(kept));
    const descriptor = openSync(unfinished, 'wx', 0o600);
    try {
      if (writeSync(descriptor, data) !== data.length) throw new Error('no room');
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, kept);
  } catch (_) {
    try {
      unlinkSync(unfinished);
    } catch (__) {
      // It was not there.
    }
  }
}

/** Of builds that nobody runs any more: what is a month old, and what is not among the newest. */
function removeOld(folder) {
  const files = readdirSync(folder)
    .filter((name) => name.includes('.code'))
    .map((name) => ({ file: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const [index, { file, time }] of files.entries())
    if (index >= keptFiles || Date.now() - time > keptForMs) unlinkSync(file);
}
