/** A proof that is killed leaves no server, no folder and no proof that does not hold. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runCli, startCli } from '../../harness/run-cli.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const count = 12;

function project() {
  const cwd = temporaryFolder('prove-kill');
  const TMPDIR = temporaryFolder('prove-kill-tmp');
  chmodSync(TMPDIR, 0o1777);
  mkdirSync(join(cwd, 'migrations'));
  for (let number = 10; number < 10 + count; number += 1) {
    const name = `${number}_table`;
    writeFileSync(
      join(cwd, 'migrations', `${name}.up.sql`),
      `create table t_${number} (id int primary key, name text);`,
    );
    writeFileSync(join(cwd, 'migrations', `${name}.down.sql`), `-- dbkit:lossy all\ndrop table t_${number};`);
  }
  return { cwd, env: { TMPDIR } };
}

/** Folders below it, and processes that name them. */
function leftovers(folder: string): readonly string[] {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
  return [...readdirSync(folder), ...lines.filter((line) => line.includes(folder))];
}

it.each(['10_table', '14_table', '20_table'])('kill -9 after the proof of %s', async (name) => {
  const { cwd, env } = project();
  const running = startCli(['migrate', 'prove'], { cwd, env });
  await running.untilStderr(`✓ prove ${name}`);
  running.kill('SIGKILL');
  await running.result;
  while (leftovers(env.TMPDIR).length > 0) await sleep(50);
  const { status, stdout } = await runCli(['migrate', 'prove', '--json'], { cwd, env });
  const { migrations } = JSON.parse(stdout).result as { migrations: { status: string; stored: boolean }[] };
  expect(status).toBe(0);
  expect(migrations.map((one) => one.status)).toEqual(Array.from({ length: count }, () => 'lossy'));
  expect(migrations.filter(({ stored }) => stored).length).toBeGreaterThanOrEqual(Number(name.slice(0, 2)) - 10);
  expect(leftovers(env.TMPDIR)).toEqual([]);
});

it('Ctrl-C ends it with 130, and nothing is left', async () => {
  const { cwd, env } = project();
  const running = startCli(['migrate', 'prove'], { cwd, env });
  await running.untilStderr('✓ prove 12_table');
  running.kill('SIGINT');
  expect((await running.result).status).toBe(130);
  while (leftovers(env.TMPDIR).length > 0) await sleep(50);
});
