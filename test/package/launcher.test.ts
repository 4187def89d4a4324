/** The launcher with a made-up entry behind it: exit status, output through pipes, stale builds, an older Node. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const repository = join(import.meta.dirname, '../..');
const version = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).version;

/** Makes this Node believe that it is 20: in the launcher only, not in what it starts. */
const onNode20 = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } });`)}`,
];

interface House {
  readonly folder: string;
  run(
    args: readonly string[],
    options?: RunOptions,
  ): { status: number | null; signal: string | null; stdout: string; stderr: string };
}

interface RunOptions {
  readonly node?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdout?: number;
}

/** As the build writes it. */
function asScript(text: string): string {
  return `(function (exports, require, module, __filename, __dirname, importModule) { ${text} })`;
}

/** A package whose built entry has the given body; it sees `argv` and `io`. `header` is what the build writes first. */
function house(body: string, source?: string, header = ''): House {
  const folder = temporaryFolder('launcher');
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  cpSync(join(repository, 'bin'), join(folder, 'bin'), { recursive: true });
  write('package.json', JSON.stringify({ name: 'dbkit', version, type: 'module' }));
  write('dist/cli.script.js', `${header}${asScript(`exports.main = async function main(argv, io) { ${body} };`)}`);
  if (source !== undefined)
    write('src/cli/main.ts', `export async function main(argv: string[], io: any) { ${source} }`);
  return {
    folder,
    run: (args, { node = [], cwd = folder, env = {}, stdout } = {}) => {
      const { status, signal, ...text } = spawnSync(
        process.execPath,
        [...node, join(folder, 'bin/dbkit.js'), ...args],
        {
          cwd,
          env: { PATH: process.env.PATH, HOME: folder, ...env },
          stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
          encoding: 'utf8',
          maxBuffer: 1 << 28,
          timeout: 20_000,
        },
      );
      return { status, signal, stdout: text.stdout ?? '', stderr: text.stderr };
    },
  };
}

test('the exit status is what main returns', () => {
  const { run } = house('io.stdout.write("out"); io.stderr.write("err"); return Number(argv[0]);');
  for (const status of [0, 1, 2, 3, 130]) {
    expect(run([String(status)])).toEqual({ status, signal: null, stdout: 'out', stderr: 'err' });
  }
});

test('--version is answered without an entry at all, also on an older Node', () => {
  const { folder, run } = house('');
  rmSync(join(folder, 'dist'), { recursive: true });
  for (const node of [[], onNode20]) {
    for (const flag of ['--version', '-V']) {
      expect(run([flag], { node })).toEqual({ status: 0, signal: null, stdout: `${version}\n`, stderr: '' });
    }
  }
});

test('a document of 20 MB arrives whole through a pipe', () => {
  const { stdout, status } = house('io.stdout.write("x".repeat(20_000_000)); return 1;').run([]);
  expect({ length: stdout.length, status }).toEqual({ length: 20_000_000, status: 1 });
});

test('a reader that goes away is no crash', async () => {
  const { folder } = house(
    'for (let i = 0; i < 50; i++) { io.stdout.write("x".repeat(100_000)); await null; } return 0;',
  );
  const child = spawn(process.execPath, [join(folder, 'bin/dbkit.js')], {
    env: { HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdout.once('data', () => child.stdout.destroy());
  const status = await new Promise((resolve) => child.once('close', resolve));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.runIf(process.platform === 'linux')('output that does not fit on the disk is not success', () => {
  const { status, stderr } = house('io.stdout.write("x"); return 0;').run([], { stdout: openSync('/dev/full', 'w') });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: the output could not be written: ENOSPC/);
});

test('an error that nobody caught is our bug: stack, version, exit 2', () => {
  const early = house('throw new Error("no such luck");').run([]);
  const late = house(
    'setTimeout(() => { throw new Error("no such luck"); }); await new Promise(() => setInterval(() => {}, 1e6));',
  ).run([]);
  for (const { status, stdout, stderr } of [early, late]) {
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/Error: no such luck\n {4}at /);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `error: no such luck. This is a bug in dbkit ${version} on Node ${process.versions.node}`,
    );
  }
});

test('--json prints one document, also for a crash', () => {
  const { status, stdout } = house('throw new Error("no such luck");').run(['migrate', 'up', '--json']);
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    dbkit: version,
    schema: 1,
    ok: false,
    exitCode: 2,
    error: { code: 'INTERNAL', message: 'no such luck' },
  });
});

test('a build older than any source is not run', () => {
  const { folder, run } = house('io.stdout.write("built"); return 0;', 'io.stdout.write("sources"); return 0;');
  const stampAt = (seconds: number) => {
    writeFileSync(join(folder, 'dist/.stamp'), '');
    utimesSync(join(folder, 'dist/.stamp'), seconds, seconds);
  };
  const now = Date.now() / 1000;
  expect(run([]).stdout, 'no stamp').toBe('sources');
  stampAt(now - 60);
  expect(run([]).stdout, 'stamp before the sources').toBe('sources');
  stampAt(now + 60);
  expect(run([]).stdout, 'stamp after the sources').toBe('built');
  utimesSync(join(folder, 'src/cli'), now + 120, now + 120);
  expect(run([]).stdout, 'a file was deleted or renamed').toBe('sources');
  rmSync(join(folder, 'src'), { recursive: true });
  rmSync(join(folder, 'dist/.stamp'));
  expect(run([]).stdout, 'published: no sources').toBe('built');
});

test('an older Node hands over to the Node of the project, with its arguments, streams and exit status', () => {
  const { folder, run } = house(
    'io.stdout.write(JSON.stringify([argv, process.versions.node])); io.stderr.write("err"); return 3;',
  );
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
  const { status, stdout, stderr } = run(['migrate', 'up', '--json', 'a b'], { node: onNode20, cwd: '/' });
  expect({ status, stderr }).toEqual({ status: 3, stderr: 'err' });
  expect(JSON.parse(stdout)).toEqual([['migrate', 'up', '--json', 'a b'], process.versions.node]);
});

test('an older Node without another one says in one line what is needed', () => {
  const { folder, run } = house('return 0;');
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/.bin/node'), '#!/bin/sh\necho v20.1.0\n', { mode: 0o755 });
  const { status, stdout, stderr } = run(['migrate', 'up'], { node: onNode20 });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^error: dbkit needs Node 22\.18 or newer, this is 20\.19\.0\. .*\n$/);
  const json = run(['migrate', 'up', '--json'], { node: onNode20 });
  expect(JSON.parse(json.stdout)).toMatchObject({ exitCode: 2, error: { code: 'NODE_TOO_OLD' } });
});

test('signals reach the Node that was handed over to, and its end is the end', async () => {
  const { folder } =
    house(`process.on('SIGTERM', () => io.stdout.write('term', () => process.kill(process.pid, 'SIGKILL')));
    io.stdout.write('ready'); await new Promise(() => setInterval(() => {}, 1e6));`);
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
  const child = spawn(process.execPath, [...onNode20, join(folder, 'bin/dbkit.js')], {
    env: { HOME: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    if (stdout === 'ready') child.kill('SIGTERM');
  });
  const end = await new Promise((resolve) => child.once('close', (status, signal) => resolve({ status, signal })));
  expect({ end, stdout }).toEqual({ end: { status: null, signal: 'SIGKILL' }, stdout: 'readyterm' });
});

test('a home that cannot be written to, or is not there, changes nothing', () => {
  const { run } = house('io.stdout.write("ran"); return 0;');
  for (const HOME of ['/proc', '/nonexistent', '']) {
    expect(run([], { env: { HOME } })).toEqual({ status: 0, signal: null, stdout: 'ran', stderr: '' });
  }
});

test('compiled code is kept for the next run of a verb, and made anew when it does not fit', () => {
  const answer =
    'const doubled = (n) => n * 2; io.stdout.write(String(doubled(21))); return argv.includes("fail") ? 1 : 0;';
  const { folder, run } = house(answer, undefined, '// build 0123456789abcdef\n');
  const cache = join(folder, '.cache/dbkit/compiled');
  const kept = () => readdirSync(cache).filter((name) => name.endsWith('.code'));
  expect(run(['migrate', 'fail']).status).toBe(1);
  expect(kept(), 'a run that failed is no model').toEqual([]);
  expect(run(['migrate', 'status', 'secret']).stdout).toBe('42');
  expect(run(['migrate', 'up']).stdout).toBe('42');
  expect(
    kept()
      .map((name) => name.split('-').slice(-2).join('-'))
      .sort(),
  ).toEqual(['migrate-status.code', 'migrate-up.code']);
  const [first = ''] = kept();
  const file = join(cache, first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const whole = readFileSync(file);
  const ofAnotherSource = Buffer.from(whole);
  ofAnotherSource.writeInt32LE(1, 8);
  for (const content of [ofAnotherSource, whole.subarray(0, whole.length - 10), Buffer.alloc(0)]) {
    writeFileSync(file, content);
    expect(run(['migrate', 'status'])).toEqual({ status: 0, signal: null, stdout: '42', stderr: '' });
    expect(readFileSync(file).equals(content), 'it was written anew').toBe(false);
  }
});

test('compiled code of old builds is removed: what is a month old, and more than the newest forty', () => {
  const { folder, run } = house('io.stdout.write("ran"); return 0;', undefined, '// build 0123456789abcdef\n');
  const cache = join(folder, '.cache/dbkit/compiled');
  mkdirSync(cache, { recursive: true });
  const now = Date.now() / 1000;
  for (let index = 0; index < 60; index += 1) {
    const file = join(cache, `other-${index}.code`);
    writeFileSync(file, 'x');
    utimesSync(file, now - index * 24 * 3600, now - index * 24 * 3600);
  }
  writeFileSync(join(cache, 'somebody-else'), 'x');
  expect(run(['migrate', 'up']).stdout).toBe('ran');
  const left = readdirSync(cache);
  expect(left).toContain('somebody-else');
  expect(left).toContain('other-29.code');
  expect(left).not.toContain('other-31.code');
  for (let index = 0; index < 30; index += 1) writeFileSync(join(cache, `more-${index}.code`), 'x');
  expect(run(['migrate', 'status']).stdout).toBe('ran');
  // The forty newest that were there, and the new one.
  expect(readdirSync(cache).filter((name) => name.endsWith('.code'))).toHaveLength(41);
});

test('a script may import modules and load its parts', () => {
  const { folder, run } = house(
    "const { join } = await importModule('node:path'); io.stdout.write(join(require('./part.script.js').part, 'x')); return 0;",
  );
  writeFileSync(join(folder, 'dist/part.script.js'), asScript("exports.part = 'part';"));
  expect(run([])).toEqual({ status: 0, signal: null, stdout: 'part/x', stderr: '' });
});
