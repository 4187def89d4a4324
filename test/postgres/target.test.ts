import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseTarget } from '../../src/config/choose-target.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import type { DbkitConfig } from '../../src/config/schema.ts';
import type { TargetFlags } from '../../src/config/target-sources.ts';
import type { ProgressEvent } from '../../src/events.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { OpenTargetOptions } from '../../src/postgres/open-target.ts';
import { openTarget, supportedVersion } from '../../src/postgres/open-target.ts';
import { ensureOwnSchema, writeMarker } from '../../src/postgres/own-schema.ts';
import type { Target } from '../../src/postgres/target.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';

interface Said {
  readonly flags: TargetFlags;
  readonly config?: DbkitConfig;
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: Partial<OpenTargetOptions>;
  readonly events?: ProgressEvent[];
}

async function open({ flags, config = {}, environment = {}, options = {}, events = [] }: Said): Promise<Target> {
  const resolved = resolveConfig(config, null, '/project');
  const choice = chooseTarget({ flags, environment, envFile: {}, config: resolved, writes: false });
  const target = await openTarget(choice, {
    config: resolved,
    environment,
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => target.close());
  return target;
}

async function mark(db: TestDatabase, environment: string): Promise<void> {
  const session = await db.connect();
  await ensureOwnSchema(session, '0.0.0');
  await writeMarker(session, environment);
}

async function sessionsOf(db: TestDatabase): Promise<readonly string[]> {
  const observer = await connect({ ...db.adminSettings, database: 'postgres' }, { applicationName: 'observer' });
  const { rows } = await observer.query<{ name: string }>(
    'select application_name as name from pg_catalog.pg_stat_activity where datname = $1 order by backend_start',
    [db.name],
  );
  await observer.close();
  return rows.map(({ name }) => name);
}

describe('a URL', () => {
  it('is described as it is, without its password', async () => {
    const db = await testDatabase();
    const url = db.url.replace('@', ':hunter2@');
    const { description } = await open({ flags: { databaseUrl: url } });
    expect(description).toEqual({
      kind: 'url',
      environment: null,
      protected: false,
      host: db.settings.host,
      port: db.settings.port,
      database: db.name,
      role: 'postgres',
      marker: null,
      source: '--database-url',
      serverVersion: expect.stringMatching(/^\d\d\.\d+$/),
      platform: 'postgres',
    });
    expect(JSON.stringify(description)).not.toContain('hunter2');
  });

  it('needs one session, which the first connect hands out', async () => {
    const db = await testDatabase();
    const target = await open({ flags: { databaseUrl: db.url } });
    expect(await sessionsOf(db)).toEqual(['dbkit']);
    const first = await target.connect('dbkit migrate up');
    await first.query('select 1');
    expect(await sessionsOf(db)).toEqual(['dbkit migrate up']);
    const second = await target.connect('dbkit migrate up: lock');
    expect(await sessionsOf(db)).toEqual(['dbkit migrate up', 'dbkit migrate up: lock']);
    expect(second.processId).not.toBe(first.processId);
    await Promise.all([first.close(), second.close()]);
  });

  it('does not hand out a session that was lost', async () => {
    const db = await testDatabase();
    const target = await open({ flags: { databaseUrl: db.url } });
    const admin = await db.connectAsAdmin();
    await admin.query(
      `select pg_catalog.pg_terminate_backend(pid, 10000) from pg_catalog.pg_stat_activity where datname = $1 and application_name = 'dbkit'`,
      [db.name],
    );
    const session = await target.connect('next');
    // The end of the old session may not have been read yet: then the statement says it, and the next connect is new.
    const answer = await session.query('select 1').catch((error: unknown) => error);
    const again = answer instanceof Error ? await target.connect('next') : session;
    expect((await again.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await Promise.all([session.close(), again.close()]);
  });

  it('closes the session that nobody took', async () => {
    const db = await testDatabase();
    const target = await open({ flags: { databaseUrl: db.url } });
    await target.close();
    await expect.poll(() => sessionsOf(db)).toEqual([]);
  });

  it('works as the role of its environment', async () => {
    const db = await testDatabase();
    const role = `test_${randomBytes(6).toString('hex')}`;
    const admin = await db.connectAsAdmin();
    await admin.run(`create role ${role}; grant ${role} to postgres`);
    onTestFinished(async () => {
      const last = await connect({ ...db.adminSettings, database: 'postgres' }, { applicationName: 'test' });
      await last.run(`drop role ${role}`);
      await last.close();
    });
    const target = await open({
      flags: { env: 'staging' },
      config: { environments: { staging: { url: db.url, role } } },
    });
    expect(target.description).toMatchObject({ role, environment: 'staging', source: '--env staging' });
    const session = await target.connect('second');
    expect((await session.query('select current_user::text as who')).rows).toEqual([{ who: role }]);
    await session.close();
  });
});

describe('the marker', () => {
  it('is read', async () => {
    const db = await testDatabase();
    await mark(db, 'staging');
    const { description } = await open({ flags: { databaseUrl: db.url } });
    expect(description).toMatchObject({ marker: 'staging', environment: null, protected: false });
  });

  it('of a protected environment protects, however the database was named', async () => {
    const db = await testDatabase();
    await mark(db, 'production');
    const config: DbkitConfig = {
      environments: { production: { protected: true, url: 'postgresql://other.example/app' } },
    };
    const { description } = await open({ flags: { databaseUrl: db.url }, config });
    expect(description).toMatchObject({ marker: 'production', protected: true });
  });

  it('that the role may not read is no empty marker', async () => {
    const db = await testDatabase();
    await mark(db, 'production');
    const role = `test_${randomBytes(6).toString('hex')}`;
    const admin = await db.connectAsAdmin();
    await admin.run(`create role ${role} login`);
    onTestFinished(async () => {
      const last = await connect({ ...db.adminSettings, database: 'postgres' }, { applicationName: 'test' });
      await last.run(`drop role ${role}`);
      await last.close();
    });
    await expect(open({ flags: { databaseUrl: db.url.replace('postgres@', `${role}@`) } })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      hint: expect.stringContaining('dbkit db grants'),
    });
    // Nothing of the attempt stays open.
    await expect.poll(async () => (await sessionsOf(db)).filter((name) => name === 'dbkit')).toEqual([]);
  });
});

describe('the platform', () => {
  it('is recognised from the catalog', async () => {
    const db = await testDatabase({ platform: 'supabase' });
    expect((await open({ flags: { databaseUrl: db.url } })).description.platform).toBe('supabase');
  });

  it('is what the config says, where it says it', async () => {
    const db = await testDatabase();
    const target = await open({ flags: { databaseUrl: db.url }, config: { platform: 'supabase' } });
    expect(target.description.platform).toBe('supabase');
  });
});

describe('a server that dbkit starts', () => {
  it('is asked for with what the config says, and given back', async () => {
    const db = await testDatabase();
    const calls: unknown[] = [];
    const target = await open({
      flags: { target: 'embedded' },
      config: { postgres: { version: 17 }, platform: 'postgres' },
      options: {
        embedded: async ({ projectRoot, major, platform, defaultPrivileges }) => {
          calls.push({ projectRoot, major, platform, defaultPrivileges });
          return { settings: () => db.settings, release: async () => void calls.push('released') };
        },
      },
    });
    expect(target.description).toMatchObject({ kind: 'embedded', source: '--target' });
    expect(calls).toEqual([{ projectRoot: '/project', major: 17, platform: 'postgres', defaultPrivileges: 'revoked' }]);
    await target.close();
    expect(calls.at(-1)).toBe('released');
  });

  it('is given back when it cannot be used', async () => {
    const db = await testDatabase();
    const calls: string[] = [];
    const opening = open({
      flags: { target: 'embedded' },
      options: {
        embedded: async () => ({
          settings: () => ({ ...db.settings, database: 'absent' }),
          release: async () => void calls.push('released'),
        }),
      },
    });
    await expect(opening).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
    expect(calls).toEqual(['released']);
  });

  it('is the container of the image that was named, given back at the end', async () => {
    const db = await testDatabase();
    const calls: string[] = [];
    const target = await open({
      flags: { target: 'container:postgres:17' },
      options: {
        container: async (image) => {
          calls.push(image);
          return { settings: () => db.settings, release: async () => void calls.push('released') };
        },
      },
    });
    expect(target.description).toMatchObject({ kind: 'container', source: '--target' });
    await target.close();
    expect(calls).toEqual(['postgres:17', 'released']);
  });
});

it('tells what was passed over', async () => {
  const db = await testDatabase();
  const events: ProgressEvent[] = [];
  const environment = { DATABASE_URL: 'postgresql://me:hunter2@other.example/app' };
  await open({ flags: { databaseUrl: db.url }, environment, events });
  expect(events).toEqual([
    {
      kind: 'warn',
      text: '--database-url decides; DATABASE_URL names another server: postgresql://me:***@other.example/app',
    },
  ]);
});

it.each<[number, string | null]>([
  [180004, '18.4'],
  [150000, '15.0'],
  [190000, '19.0'],
  [140022, null],
  [90624, null],
])('a server of version %i', (reported, version) => {
  if (version !== null) expect(supportedVersion(reported, 'db.example:5432')).toBe(version);
  else {
    expect(() => supportedVersion(reported, 'db.example:5432')).toThrow(
      /^db\.example:5432 runs PostgreSQL [\d.]+; dbkit works on 15 and later$/,
    );
  }
});
