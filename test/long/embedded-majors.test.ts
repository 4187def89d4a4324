/** Every major that dbkit promises, with the binaries that the hint of EMBEDDED_UNAVAILABLE says to install. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostgresMajor } from '../../src/config/schema.ts';
import { installCommand } from '../../src/postgres/embedded/binaries.ts';
import { openScratch } from '../../src/postgres/scratch.ts';

const majors: readonly PostgresMajor[] = [15, 16, 17, 18];
const projectRoot = mkdtempSync(join(realpathSync(tmpdir()), 'dbkit-test-majors-'));

beforeAll(() => {
  writeFileSync(join(projectRoot, 'package.json'), '{ "private": true }');
  for (const major of majors) {
    const [program = '', ...args] = installCommand(major).split(' ');
    execFileSync(program, [...args, '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: projectRoot,
      stdio: 'pipe',
    });
  }
}, 300_000);
afterAll(() => rmSync(projectRoot, { recursive: true, force: true }));

describe.for(majors)('PostgreSQL %i', (major) => {
  test.for(['postgres', 'supabase'] as const)('a scratch database on the platform %s', async (platform) => {
    const { target } = await openScratch({
      projectRoot,
      major,
      platform,
      environment: {},
      dbkitVersion: '0.0.0-test',
      onEvent: () => {},
      signal: new AbortController().signal,
    });
    try {
      expect(target.description.serverVersion).toMatch(new RegExp(`^${major}\\.\\d+$`));
      const session = await target.connect('dbkit test');
      const { rows } = await session.query(
        `select pg_catalog.upper('é') as upper, to_regclass('auth.users') is not null as users`,
      );
      // Locale C knows ASCII only; the builtin provider came with 17.
      expect(rows).toEqual([{ upper: major >= 17 ? 'É' : 'é', users: platform === 'supabase' }]);
    } finally {
      await target.close();
    }
  });
});
