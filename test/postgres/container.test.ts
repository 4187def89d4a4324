import { expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/events.ts';
import { startContainer } from '../../src/postgres/container.ts';
import { openScratch } from '../../src/postgres/scratch.ts';
import { withSession } from '../harness/sessions.ts';

/** Needs a Docker engine that has, or may pull, this image: `DBKIT_TEST_IMAGE=postgres:18 npm test`. */
const image = process.env.DBKIT_TEST_IMAGE ?? '';
const signal = new AbortController().signal;
const timeout = 180_000;

test.skipIf(image === '')('a container is gone after release (needs DBKIT_TEST_IMAGE)', { timeout }, async () => {
  const events: ProgressEvent[] = [];
  const onEvent = (event: ProgressEvent): void => void events.push(event);
  const server = await startContainer(image, { platform: 'postgres', signal, onEvent });
  const settings = server.settings('postgres');
  try {
    const { rows } = await withSession(settings, (session) => session.query('select current_user::text as me'));
    expect(rows).toEqual([{ me: 'postgres' }]);
  } finally {
    await server.release();
  }
  expect(events.map((event) => event.kind)).toEqual(['start', 'end']);
  await expect(withSession(settings, (session) => session.query('select 1'))).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
});

test.skipIf(image === '')(
  'a scratch database in a container, as on Supabase (needs DBKIT_TEST_IMAGE)',
  { timeout },
  async () => {
    const { target } = await openScratch({
      projectRoot: process.cwd(),
      major: 18,
      platform: 'supabase',
      scratch: `container:${image}`,
      environment: {},
      dbkitVersion: '0.0.0-test',
      onEvent: () => {},
      signal,
    });
    try {
      expect(target.description).toMatchObject({
        kind: 'scratch',
        marker: 'scratch',
        source: '--scratch',
        role: 'postgres',
      });
      const session = await target.connect('dbkit test');
      const { rows } = await session.query(
        `select to_regclass('auth.users') is not null as users, rolsuper from pg_catalog.pg_roles where rolname = current_user`,
      );
      expect(rows).toEqual([{ users: true, rolsuper: false }]);
    } finally {
      await target.close();
    }
  },
);

test.skipIf(image !== '')('an image that cannot be had: the error says what to look at', async () => {
  const started = startContainer('dbkit-test/no-such-image:0', { platform: 'postgres', signal, onEvent: () => {} });
  await expect(started).rejects.toMatchObject({ code: 'UNREACHABLE', hint: expect.stringContaining('Docker') });
});
