/** The reference database moves to a newer major by dump and restore, journal and all: `drift` has nothing to say. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PostgresMajor } from '../../src/config/schema.ts';
import { detectDrift } from '../../src/migrate/drift/drift.ts';
import { migrateUp } from '../../src/migrate/migrate.ts';
import { dumpSchema, findPgDump } from '../../src/postgres/pg-dump.ts';
import { openScratch } from '../../src/postgres/scratch.ts';
import type { Target, VerbContext } from '../../src/postgres/target.ts';
import { projectWithMajors } from '../harness/majors.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { inputFor } from '../migrate/verb-input.ts';
import { folder, options } from '../reference/reference-database.ts';

const environment = { PATH: process.env.PATH, DBKIT_PG_BIN: process.env.DBKIT_PG_BIN };
const projectRoot = projectWithMajors([15, 18]);
const { signal } = new AbortController();

async function supabase(major: PostgresMajor): Promise<VerbContext> {
  const { target } = await openScratch({
    projectRoot,
    major,
    platform: 'supabase',
    environment: {},
    dbkitVersion: '0.0.0-test',
    onEvent: () => {},
    signal,
  });
  onTestFinished(() => target.close());
  return { db: target, signal, onEvent: () => {}, now: () => new Date(0) };
}

/** What dbkit knows of the database, as pg_dump writes it. */
async function dumpJournal({ settings }: Target): Promise<string> {
  const { path } = await findPgDump(15, environment);
  const at = ['--host', settings.host, '--port', String(settings.port), '--username', settings.user];
  const dump = execFileSync(path, ['--inserts', '--schema=dbkit', ...at, settings.database], {
    encoding: 'utf8',
    env: { ...environment, ...(typeof settings.password === 'string' ? { PGPASSWORD: settings.password } : {}) },
  });
  return dump.replaceAll(/^\\.*$/gmu, '');
}

test('the reference database moves from 15 to 18, and drift finds what was changed there and nothing else', async () => {
  const from = await supabase(15);
  await migrateUp(options, from);
  const to = await supabase(18);
  // As a migration of another application: it may do on the platform's tables what the project's own migrations may.
  const restore = temporaryFolder('restore');
  await writeFile(join(restore, '01_restore.up.sql'), await dumpSchema(from.db, environment, signal));
  await writeFile(join(restore, '01_restore.down.sql'), 'select 1');
  await migrateUp({ ...options, folder: restore, app: 'restore' }, to);
  const session = await to.db.connect('dbkit test');
  await session.run('drop schema dbkit cascade');
  await session.run(await dumpJournal(from.db));
  await session.close();

  const drift = () => detectDrift({ ignore: [], write: null }, inputFor(folder, { platform: 'supabase' }), to);
  const moved = await drift();
  expect(moved.differences.map(({ words }) => words)).toEqual([]);
  expect(moved).toMatchObject({ notAsApplied: [], inconclusive: [] });
  expect(moved.applied).toBeGreaterThan(10);

  const hand = await to.db.connect('dbkit test');
  await hand.run('create index by_hand on public.users (created_at)');
  await hand.close();
  expect((await drift()).differences.map(({ object }) => object)).toEqual(['index public.by_hand on public.users']);
});
