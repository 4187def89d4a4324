/**
 * Everything that must hold before a change is merged, one line each; `npm run check -- walls types` runs only those.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Check = () => { readonly ok: boolean; readonly output: string };

const root = import.meta.dirname;

const checks: Readonly<Record<string, Check>> = {
  format: () => run('biome', 'check', '--error-on-warnings', '.'),
  walls: () => run('depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'bin'),
  types: () => run('tsc', '-p', '.'),
  unused: () => run('knip', '--no-progress'),
  package: checkPackage,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in checks) && name !== 'tests');
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}, tests`);
  process.exitCode = 2;
} else {
  process.exitCode = runChecks(asked.length > 0 ? asked : [...Object.keys(checks), 'tests']) ? 0 : 1;
}

function runChecks(names: readonly string[]): boolean {
  const failed: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    if (!names.includes(name)) continue;
    const began = performance.now();
    const { ok, output } = check();
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(8)} ${((performance.now() - began) / 1000).toFixed(1)} s`);
    if (!ok) {
      failed.push(name);
      console.log(output.trim());
    }
  }
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
  if (!names.includes('tests')) return failed.length === 0;
  const tests = spawnSync('npm', ['test', '--silent'], { cwd: root, stdio: 'inherit' });
  return tests.status === 0 && failed.length === 0;
}

/** What a user would install: its manifest, and its types as every way of resolving modules sees them. */
function checkPackage(): ReturnType<Check> {
  const folder = mkdtempSync(join(tmpdir(), 'dbkit-pack-'));
  try {
    const packed = run('npm', 'pack', '--silent', '--pack-destination', folder);
    if (!packed.ok) return packed;
    const tarball = join(folder, readdirSync(folder)[0] ?? '');
    const results = [run('publint', 'run', tarball, '--strict'), run('attw', tarball, '--profile', 'esm-only')];
    return { ok: results.every(({ ok }) => ok), output: results.map(({ output }) => output).join('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, ...args: readonly string[]): ReturnType<Check> {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: path } } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  return { ok: status === 0, output: error === undefined ? `${stdout}${stderr}` : error.message };
}
