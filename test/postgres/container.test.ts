import { expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/events.ts';
import { startContainer } from '../../src/postgres/container.ts';
import { openScratch } from '../../src/postgres/scratch.ts';
import { withSession } from '../harness/sessions.ts';

/** Needs a Docker engine that has, or may pull, this image: `DBKIT_TEST_IMAGE=postgres:18 npm test`. */
const image = process.env.DBKIT_TEST_IMAGE ?? '';
const signal = new AbortController().signal;

test.skipIf(image === '')(
  'a container is a server of its own, gone after release (needs DBKIT_TEST_IMAGE)',
  { timeout: 180_000 },
  async () => {
    const events: ProgressEvent[] = [];
    const server = await startContainer(image, { signal, onEvent: (event) => events.push(event) });
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
  },
);

test.skipIf(image === '')(
  'a scratch database in a container (needs DBKIT_TEST_IMAGE)',
  { timeout: 180_000 },
  async () => {
    const { target } = await openScratch({
      projectRoot: process.cwd(),
      major: 18,
      platform: 'postgres',
      scratch: `container:${image}`,
      environment: {},
      dbkitVersion: '0.0.0-test',
      onEvent: () => {},
      signal,
    });
    try {
      expect(target.description).toMatchObject({ kind: 'scratch', marker: 'scratch', source: '--scratch' });
    } finally {
      await target.close();
    }
  },
);

test.skipIf(image !== '')('an image that cannot be had: the error says what to look at', async () => {
  await expect(startContainer('dbkit-test/no-such-image:0', { signal, onEvent: () => {} })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    hint: expect.stringContaining('Docker'),
  });
});
