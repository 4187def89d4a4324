import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ownPackageRoot } from '../../src/config/own-package.ts';
import { runDemo } from '../../src/demo/demo.ts';
import type { DemoReport } from '../../src/demo/report.ts';
import { DbkitError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/events.ts';
import { runCli, startCli } from '../harness/run-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const steps = ['start a PostgreSQL server', 'make it look like Supabase', 'migrate up', 'migrate status'];
const more = ['migrate prove', 'migrate to zero', 'migrate up again', 'migrate lint'];

/** What the demo left below a folder for temporary files: folders, and processes that name them. */
function leftovers(folder: string): readonly string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => commandLine(name))
    .filter((line) => line.includes(folder));
  return [...readdirSync(folder), ...processes];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** As /tmp is: whoever the server runs as may make and remove what is theirs. */
function folderForTemporaryFiles(): string {
  const folder = temporaryFolder('demo');
  chmodSync(folder, 0o1777);
  return folder;
}

/** Removal goes on for a moment after a kill; the test's own time limit is the end of patience. */
async function untilNothingIsLeft(folder: string): Promise<void> {
  while (leftovers(folder).length > 0) await sleep(50);
}

describe('dbkit demo', () => {
  it('narrates each step, ends with what was shown and what to type next, and leaves nothing', async () => {
    const TMPDIR = folderForTemporaryFiles();
    const { status, stdout, stderr } = await runCli(['demo'], { env: { TMPDIR } });
    expect({ status, left: leftovers(TMPDIR) }).toEqual({ status: 0, left: [] });
    const told = [...stderr.matchAll(/^✓ (.+?)(?:: .+)? {2}[\d.]+ m?s$/gm)].map(([, title]) => title);
    expect(told).toEqual([...steps, ...more, 'remove the server and its folder']);
    for (const title of [...steps, ...more])
      expect(stdout).toMatch(new RegExp(`^  ${title} +\\d+\\.\\d\\d s  .+$`, 'm'));
    expect(stdout).toContain('next\n  npx dbkit migrate new');
    expect(stdout).toMatch(/the schema is the same, fingerprint [0-9a-f]{8}/);
  });

  it('shows the same schema each time', async () => {
    const fingerprint = async () => {
      const { stdout } = await runCli(['demo', '--json']);
      const report = JSON.parse(stdout).result as DemoReport;
      return report.steps.find(({ title }) => title === 'migrate up again')?.shown;
    };
    expect(await fingerprint()).toBe(await fingerprint());
    // Two whole demos, beside other tests.
  }, 120_000);

  it.each([
    ['without HOME', { HOME: '' }],
    ['with a HOME that cannot be written', { HOME: '/proc/nowhere' }],
    ['in a pipeline, whatever DATABASE_URL says', { CI: 'true', DATABASE_URL: 'postgresql://production.example/shop' }],
  ])('runs %s', async (_name, env) => {
    const { status, stderr } = await runCli(['demo', '--quiet'], { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['--database-url', 'postgresql://production.example/shop'],
    ['--target', 'embedded'],
    ['--env', 'staging'],
  ])('refuses %s, which it would not use', async (flag, value) => {
    const { status, stdout, stderr } = await runCli(['demo', flag, value]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`USAGE the demo takes no ${flag}: it always runs on a throw-away server of its own`);
  });

  it('runs in a folder that only its owner may read', async () => {
    const cwd = join(temporaryFolder('demo'), 'closed');
    mkdirSync(cwd);
    chmodSync(cwd, 0o700);
    expect((await runCli(['demo', '--quiet'], { cwd })).status).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('nothing is left', () => {
  it.each(['start a PostgreSQL server', 'migrate up'])('after Ctrl-C once it has shown: %s', async (title) => {
    const TMPDIR = folderForTemporaryFiles();
    const running = startCli(['demo'], { env: { TMPDIR } });
    await running.untilStderr(`✓ ${title}:`);
    running.kill('SIGINT');
    const { status, stdout } = await running.result;
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    await untilNothingIsLeft(TMPDIR);
  });

  it.each(['start a PostgreSQL server', 'make it look like Supabase', 'migrate to zero'])(
    'after kill -9 once it has shown: %s',
    async (title) => {
      const TMPDIR = folderForTemporaryFiles();
      const running = startCli(['demo'], { env: { TMPDIR } });
      await running.untilStderr(`✓ ${title}:`);
      running.kill('SIGKILL');
      await running.result;
      await untilNothingIsLeft(TMPDIR);
    },
  );

  it.each([200, 400])('after kill -9 %d ms after its start, wherever that is', async (ms) => {
    const TMPDIR = folderForTemporaryFiles();
    const running = startCli(['demo'], { env: { TMPDIR } });
    await sleep(ms);
    running.kill('SIGKILL');
    await running.result;
    await untilNothingIsLeft(TMPDIR);
  });
});

it('a step that fails ends the demo with its own error, said to have failed', async () => {
  const events: ProgressEvent[] = [];
  let directory = '';
  const broken = {
    title: 'break',
    run: async ({ migrations }: { migrations: string }) => {
      directory = migrations;
      throw new DbkitError('SQL_FAILED', 'it broke');
    },
  };
  const never = { title: 'never', run: async () => 'shown' };
  await expect(
    runDemo({
      steps: [broken, never],
      packageRoot: ownPackageRoot(),
      dbkitVersion: '0.0.0',
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
      now: () => new Date(),
    }),
  ).rejects.toThrow('it broke');
  expect(events.filter(({ kind }) => kind === 'warn').map(({ text }) => text)).toEqual([
    'break: did not succeed; the server and its folder are removed',
  ]);
  expect(events.some(({ text }) => text.startsWith('never'))).toBe(false);
  expect(() => readdirSync(directory)).toThrow('ENOENT');
});
