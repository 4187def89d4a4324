#!/usr/bin/env node
// The launcher, and the only file that sets the exit status. It must parse on old Nodes, because its first task is to
// find the right one: no new syntax. CommonJS, as importing `fs` as a module loads all that it offers and costs a sixth
// of an empty Node.
'use strict';
const { existsSync, mkdirSync, readFileSync, statSync, writeSync } = require('fs');
const { join } = require('path');

const root = join(__dirname, '..');
const argv = process.argv.slice(2);
const couldNotRun = 2;
const interrupted = 130;
let outputFault = null;
/** What is done once the output is out. */
let afterwards = () => {};
let ended = false;
let printOut = (text) => process.stdout.write(text);

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  printVersion();
} else if (isTooOld(process.versions.node)) {
  Promise.resolve()
    .then(() => require('./older-node.js').handOver(argv, isTooOld, refuse))
    .then(finish)
    .catch(crash);
} else {
  process.on('uncaughtException', crash);
  run().then(finish).catch(crash);
}

/** The sources and the files of a project run on Node's own type stripping, on without a flag since 22.18. */
function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < 22 || (major === 22 && minor < 18);
}

function ownVersion() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}

/** Straight to the descriptor: making the stream of process.stdout would cost more than all the rest. */
function printVersion() {
  try {
    writeSync(1, `${ownVersion()}\n`);
  } catch (error) {
    if (error.code === 'EAGAIN') process.stdout.write(`${ownVersion()}\n`);
    else if (error.code !== 'EPIPE') throw error;
  }
}

async function run() {
  const { hasFreshBuild } = require('./fresh-build.js');
  const cache = compileCacheFolder();
  if (cache !== null) require('module').enableCompileCache(cache);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onOutputError);
  // While a verb runs, what user files print to stdout goes elsewhere: this is the way that stays.
  printOut = process.stdout.write.bind(process.stdout);
  process.on('exit', onExit);
  if (!hasFreshBuild(root)) return (await import('../src/cli/main.ts')).main(argv, process);
  const { loadBuild } = require('./load-build.js');
  const build = loadBuild(join(root, 'dist'), argv, cache);
  const status = await build.exports.main(argv, process);
  if (status === 0) afterwards = build.keep;
  return status;
}

/**
 * Compiled code is only trusted from a folder of this very user; null when there is none. Made level by level: where
 * mkdir answers ENOENT below a folder that is there (/proc, automounted homes), Node's recursive one never ends.
 */
function compileCacheFolder() {
  const { homedir } = require('os');
  try {
    const home = homedir();
    if (process.getuid && statSync(home).uid !== process.getuid()) return null;
    const named = process.env.XDG_CACHE_HOME;
    const cache = named && named.startsWith('/') ? named : `${home}/.cache`;
    const levels = [cache, `${cache}/dbkit`, `${cache}/dbkit/compiled`];
    for (const level of levels) if (!existsSync(level)) mkdirSync(level, 0o700);
    return levels[2];
  } catch (_) {
    return null;
  }
}

/** A reader that went away (`dbkit … | head`) has what it wanted; anything else, such as a full disk, lost output. */
function onOutputError(error) {
  if (error.code !== 'EPIPE' && outputFault === null) outputFault = error;
}

/** Waits until both streams are written out: on a pipe that may be long after the last write. */
async function finish(status) {
  ended = true;
  process.exitCode = status;
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
  if (outputFault !== null) {
    process.exitCode = couldNotRun;
    process.stderr.write(`error: the output could not be written: ${outputFault.message}\n`);
  }
  afterwards();
  process.exit();
}

/** A migration or a config that calls process.exit would else end everything in silence, and with success. */
function onExit(status) {
  if (ended || status === interrupted) return;
  ended = true;
  process.exitCode = refuse(
    'ENDED_EARLY',
    'the process was ended from inside before the command was done',
    'Look for process.exit in what it ran, then see what stands with: dbkit migrate status',
  );
}

/** One line for a person, one document for `--json`. */
function refuse(code, message, hint) {
  process.stderr.write(`error: ${message}. ${hint}\n`);
  if (argv.indexOf('--json') !== -1) {
    const error = { code, message, hint, location: null, details: [], sqlstate: null };
    const head = { dbkit: ownVersion(), schema: 1, command: null, ok: false, exitCode: couldNotRun };
    printOut(`${JSON.stringify(Object.assign(head, { result: null, error }), null, 2)}\n`);
  }
  return couldNotRun;
}

/** What reaches this point was caught nowhere: it is a fault of dbkit, and 1 would mean "the answer is no". */
function crash(error) {
  process.stderr.write(`${error && error.stack ? error.stack : error}\n`);
  const message = String(error && error.message ? error.message : error).split('\n')[0];
  finish(refuse('INTERNAL', message, `This is a bug in dbkit ${ownVersion()} on Node ${process.versions.node}`));
}
