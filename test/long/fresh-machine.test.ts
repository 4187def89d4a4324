/** The README's demo on a bare Debian root; needs root, debootstrap and the network. `test/fresh-machine/run` explains. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const canMakeMachines = process.getuid?.() === 0 && existsSync('/usr/sbin/debootstrap');

test.skipIf(!canMakeMachines)('npm ci && npx dbkit demo: as root, as a user, with and without install scripts', () => {
  const script = join(import.meta.dirname, '../fresh-machine/run');
  const { status, stdout, stderr } = spawnSync(script, ['--demo'], { encoding: 'utf8' });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
});
