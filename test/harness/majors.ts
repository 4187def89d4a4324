import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { PostgresMajor } from '../../src/config/schema.ts';
import { installCommand } from '../../src/postgres/embedded/binaries.ts';

/** All that dbkit promises. */
export const allMajors: readonly PostgresMajor[] = [15, 16, 17, 18];

/**
 * The root of a project with the binaries of these majors, installed as the hint of EMBEDDED_UNAVAILABLE says. To be called
 * outside of tests: they are there for the tests of the file, and removed after them.
 */
export function projectWithMajors(majors: readonly PostgresMajor[]): string {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'dbkit-test-majors-'));
  beforeAll(() => {
    writeFileSync(join(root, 'package.json'), '{ "private": true }');
    for (const major of majors) {
      const [program = '', ...args] = installCommand(major).split(' ');
      execFileSync(program, [...args, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root, stdio: 'pipe' });
    }
  }, 300_000);
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return root;
}
