/**
 * Runs vitest on a fresh build and ends with the plain line `N passed, M failed`.
 *
 * `node test/run.ts <unit|database|long>… [-- arguments of vitest]`. With DBKIT_TEST_TALLY=<file> the counts of this
 * run are also added to that file, one JSON document a line, for whoever sums up several runs.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dirname, '..');
const projects = new Set(['unit', 'database', 'long']);
const chosen = process.argv.slice(2).filter((argument) => projects.has(argument));
const passedOn = process.argv.slice(2).filter((argument) => !projects.has(argument));

const build = spawnSync(process.execPath, ['build.ts', '--if-needed'], { cwd: root, stdio: 'inherit' });
process.exitCode = build.status === 0 ? runTests() : 1;

function runTests(): number {
  const folder = mkdtempSync(join(tmpdir(), 'dbkit-report-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const selection = chosen.flatMap((project) => ['--project', project]);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const { status } = spawnSync(process.execPath, [vitest, 'run', ...selection, ...reporters, ...passedOn], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...(chosen.includes('long') ? { DBKIT_LONG: '1' } : {}) },
    });
    const counts = countTests(report, status === 0);
    if (process.env.DBKIT_TEST_TALLY) appendFileSync(process.env.DBKIT_TEST_TALLY, `${JSON.stringify(counts)}\n`);
    if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    return status === 0 && counts.failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that failed outside its tests (a file that does not load, an error after the last test) is one failure more. */
function countTests(report: string, succeeded: boolean): Counts {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = numFailedTests === 0 && !succeeded ? 1 : numFailedTests;
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}
