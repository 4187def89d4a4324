/** The reference application on every major: up, down to exactly what was there, and up again. */
import { expect, test } from 'vitest';
import { migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { openScratch } from '../../src/postgres/scratch.ts';
import { allMajors, projectWithMajors } from '../harness/majors.ts';
import { readCatalog } from '../reference/catalog-snapshot.ts';
import { options } from '../reference/reference-database.ts';

const projectRoot = projectWithMajors(allMajors);
const signal = new AbortController().signal;
const onEvent = () => {};

test.for(allMajors)('PostgreSQL %i', async (major) => {
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
