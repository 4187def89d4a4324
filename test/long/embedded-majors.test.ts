/** Every major that dbkit promises, with the binaries that the hint of EMBEDDED_UNAVAILABLE says to install. */
import { describe, expect, test } from 'vitest';
import { openScratch } from '../../src/postgres/scratch.ts';
import { allMajors, projectWithMajors } from '../harness/majors.ts';

const projectRoot = projectWithMajors(allMajors);

describe.for(allMajors)('PostgreSQL %i', (major) => {
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
