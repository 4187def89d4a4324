/** The reference application on every major: up, down to exactly what was there, and up again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresMajor } from '../../src/config/schema.ts';
import { migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { installCommand } from '../../src/postgres/embedded/binaries.ts';
import { openScratch } from '../../src/postgres/scratch.ts';
import { readCatalog } from '../reference/catalog-snapshot.ts';
import { options } from '../reference/reference-database.ts';

const majors: readonly PostgresMajor[] = [15, 16, 17, 18];
const projectRoot = mkdtempSync(join(realpathSync(tmpdir()), 'dbkit-test-reference-'));
const signal = new AbortController().signal;
const onEvent = () => {};

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

test.for(majors)('PostgreSQL %i', async (major) => {
  const given = { projectRoot, major, environment: {}, dbkitVersion: '0.0.0-test', onEvent, signal };
  const { target } = await openScratch({ ...given, platform: 'supabase' });
  try {
    const context = { db: target, signal, onEvent, now: () => new Date(0) };
    const session = await target.connect('dbkit test');
    const bootstrapped = await readCatalog(session);
    await migrateUp(options, context);
    const full = await readCatalog(session);
    await migrateTo({ ...options, name: 'zero' }, context);
    expect(await readCatalog(session)).toEqual(bootstrapped);
    await migrateUp(options, context);
    expect(await readCatalog(session)).toEqual(full);
  } finally {
    await target.close();
  }
});
