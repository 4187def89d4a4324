/** All tests of the reference application on the majors that Supabase hosts; `npm test` runs them on the newest. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { projectWithMajors } from '../harness/majors.ts';

const majors = [15, 17] as const;
const projectRoot = projectWithMajors(majors);

test.for(majors)('PostgreSQL %i', (major) => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|DBKIT_LONG|TEST$|NODE_ENV$)/.test(name));
  const { status, stdout, stderr } = spawnSync('npx', ['vitest', 'run', '--project', 'database', 'test/reference/'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), DBKIT_TEST_MAJOR: String(major), DBKIT_TEST_MAJOR_ROOT: projectRoot },
  });
  expect(status, `${stdout}${stderr}`.slice(-20_000)).toBe(0);
});
