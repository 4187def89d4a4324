import { describe, expect, it } from 'vitest';
import type { DbkitError } from '../errors.ts';
import type { TargetChoice } from './choose-target.ts';
import { chooseTarget } from './choose-target.ts';
import { resolveConfig } from './resolve-config.ts';
import type { DbkitConfig } from './schema.ts';
import type { ChooseTargetInput } from './target-sources.ts';

const dev = 'postgresql://me:se%2Fcret@dev.example/app';
const staging = 'postgresql://me:se%2Fcret@staging.example/app';
const production = 'postgresql://me:se%2Fcret@production.example/app';

const environments: NonNullable<DbkitConfig['environments']> = {
  dev: { url: dev },
  staging: { url: staging, role: 'app_owner', passwordCommand: ['token'] },
  production: { url: 'env:PRODUCTION_URL', protected: true },
  open: { protected: true },
  local: { target: 'embedded' },
};

interface Said {
  readonly flags?: ChooseTargetInput['flags'];
  readonly env?: ChooseTargetInput['environment'];
  readonly file?: ChooseTargetInput['envFile'];
  readonly config?: DbkitConfig;
  readonly writes?: boolean;
}

function choose(said: Said): TargetChoice {
  return chooseTarget({
    flags: said.flags ?? {},
    environment: said.env ?? {},
    envFile: said.file ?? {},
    config: resolveConfig({ environments, ...said.config }, null, '/project'),
    writes: said.writes ?? true,
  });
}

function refusal(said: Said): DbkitError {
  try {
    return choose(said) as never;
  } catch (error) {
    return error as DbkitError;
  }
}

const defaultDev = { defaultEnvironment: 'dev' } as const;

describe('the order of sources, for a verb that reads', () => {
  const everything: Said = {
    flags: { databaseUrl: 'postgresql://flag.example/app', env: 'staging' },
    env: { DATABASE_URL: 'postgresql://variable.example/app', DBKIT_ENV: 'dev' },
    file: { DATABASE_URL: 'postgresql://file.example/app' },
    config: defaultDev,
    writes: false,
  };
  const { DATABASE_URL: _, ...onlyDbkitEnv } = everything.env ?? {};

  it.each([
    ['--database-url', everything, 'postgresql://flag.example/app', null],
    ['--env staging', { ...everything, flags: { env: 'staging' } }, staging, 'staging'],
    ['DATABASE_URL', { ...everything, flags: {} }, 'postgresql://variable.example/app', null],
    ['.env', { ...everything, flags: {}, env: onlyDbkitEnv }, 'postgresql://file.example/app', null],
    ['DBKIT_ENV', { ...everything, flags: {}, env: onlyDbkitEnv, file: {} }, dev, 'dev'],
    ['default environment', { config: defaultDev, writes: false }, dev, 'dev'],
  ])('%s', (source, said: Said, url, environment) => {
    expect(choose(said)).toMatchObject({ kind: 'url', source, url, environment });
  });

  it('embedded when nothing is said', () => {
    expect(choose({})).toMatchObject({ kind: 'embedded', source: 'embedded', environment: null, protected: false });
  });

  it('tells which other server was passed over, without its password', () => {
    const { warnings } = choose({ env: { DATABASE_URL: staging }, file: { DATABASE_URL: production }, writes: false });
    expect(warnings).toEqual([
      'DATABASE_URL decides; .env names another server: postgresql://me:***@production.example/app',
    ]);
  });
});

describe('sources that disagree stop a verb that writes', () => {
  it.each<[string, Said, string, string]>([
    [
      '.env points at production, --env staging',
      { flags: { env: 'staging' }, file: { DATABASE_URL: production } },
      '--env staging',
      '.env',
    ],
    [
      '--database-url and .env',
      { flags: { databaseUrl: staging }, file: { DATABASE_URL: production } },
      '--database-url',
      '.env',
    ],
    [
      '--database-url and DATABASE_URL',
      { flags: { databaseUrl: staging }, env: { DATABASE_URL: production } },
      '--database-url',
      'DATABASE_URL',
    ],
    [
      '--database-url and --env',
      { flags: { databaseUrl: production, env: 'staging' } },
      '--database-url',
      '--env staging',
    ],
    [
      'DATABASE_URL and .env',
      { env: { DATABASE_URL: staging }, file: { DATABASE_URL: production } },
      'DATABASE_URL',
      '.env',
    ],
    ['--env and DBKIT_ENV', { flags: { env: 'staging' }, env: { DBKIT_ENV: 'dev' } }, '--env staging', 'DBKIT_ENV'],
    [
      'DATABASE_URL and DBKIT_ENV',
      { env: { DATABASE_URL: production, DBKIT_ENV: 'staging' } },
      'DATABASE_URL',
      'DBKIT_ENV',
    ],
    [
      'DATABASE_URL and the default',
      { env: { DATABASE_URL: production }, config: defaultDev },
      'DATABASE_URL',
      'default environment',
    ],
    [
      '--env local (embedded) and .env',
      { flags: { env: 'local' }, file: { DATABASE_URL: dev } },
      '--env local',
      '.env',
    ],
    [
      'another port',
      { env: { DATABASE_URL: 'postgresql://a/app' }, file: { DATABASE_URL: 'postgresql://a:5433/app' } },
      'DATABASE_URL',
      '.env',
    ],
    [
      'another database',
      { env: { DATABASE_URL: 'postgresql://a/app' }, file: { DATABASE_URL: 'postgresql://a/other' } },
      'DATABASE_URL',
      '.env',
    ],
    [
      "two projects behind one host of Supabase's pooler",
      {
        env: { DATABASE_URL: 'postgresql://postgres.one@aws-0-eu.pooler.supabase.com/postgres' },
        file: { DATABASE_URL: 'postgresql://postgres.two@aws-0-eu.pooler.supabase.com/postgres' },
      },
      'DATABASE_URL',
      '.env',
    ],
  ])('%s', (_name, said, first, second) => {
    const error = refusal(said);
    expect(error).toMatchObject({ code: 'TARGET_AMBIGUOUS', exitCode: 2 });
    expect(error.message).toMatch(`${first} and ${second} name different servers: `);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/se(%2F|\/)cret/);
  });

  it('names both servers and how to choose', () => {
    const error = refusal({ flags: { env: 'staging' }, file: { DATABASE_URL: production } });
    expect(error.message).toContain(
      'postgresql://me:***@staging.example/app and postgresql://me:***@production.example/app',
    );
    expect(error.hint).toBe('for the first: take DATABASE_URL out of .env; for the second: leave out --env staging');
  });

  it('an environment without a target of its own is not completed with the server of another one', () => {
    const error = refusal({ flags: { env: 'open' }, env: { DATABASE_URL: staging } });
    expect(error).toMatchObject({
      code: 'TARGET_AMBIGUOUS',
      message: 'DATABASE_URL names the server of environment "staging", but --env says "open"',
    });
  });
});

describe('sources that agree', () => {
  it.each<[string, Said, string, string | null]>([
    [
      'the same URL twice',
      { env: { DATABASE_URL: staging }, file: { DATABASE_URL: staging } },
      'DATABASE_URL',
      'staging',
    ],
    [
      'another user',
      { env: { DATABASE_URL: 'postgresql://a@h/app' }, file: { DATABASE_URL: 'postgresql://b@h/app' } },
      'DATABASE_URL',
      null,
    ],
    [
      'the default port, capitals',
      { env: { DATABASE_URL: 'postgresql://H/app' }, file: { DATABASE_URL: 'postgres://h:5432/app' } },
      'DATABASE_URL',
      null,
    ],
    [
      'names of the loopback',
      { env: { DATABASE_URL: 'postgresql://localhost/app' }, file: { DATABASE_URL: 'postgresql://127.0.0.1/app' } },
      'DATABASE_URL',
      null,
    ],
    [
      'pairs and a URL',
      { env: { DATABASE_URL: 'host=h dbname=app' }, file: { DATABASE_URL: 'postgresql://h/app' } },
      'DATABASE_URL',
      null,
    ],
    [
      '--env and DATABASE_URL',
      { flags: { env: 'staging' }, env: { DATABASE_URL: staging } },
      '--env staging',
      'staging',
    ],
    [
      'env:NAME and DATABASE_URL',
      { flags: { env: 'production' }, env: { DATABASE_URL: production, PRODUCTION_URL: production } },
      '--env production',
      'production',
    ],
    [
      "a Supabase project's direct host and its pooler",
      {
        env: { DATABASE_URL: 'postgresql://postgres@db.abc.supabase.co/postgres' },
        file: { DATABASE_URL: 'postgresql://postgres.abc@aws-0-eu.pooler.supabase.com:6543/postgres' },
      },
      'DATABASE_URL',
      null,
    ],
  ])('%s', (_name, said, source, environment) => {
    expect(choose(said)).toMatchObject({ kind: 'url', source, environment, warnings: [] });
  });
});

describe('a default that nobody asked for', () => {
  it('does not contradict --env', () => {
    expect(choose({ flags: { env: 'staging' }, config: defaultDev })).toMatchObject({
      url: staging,
      environment: 'staging',
    });
  });

  it('does not contradict --database-url, and does not lend it its name', () => {
    const choice = choose({ flags: { databaseUrl: 'postgresql://x.example/app' }, config: defaultDev });
    expect(choice).toMatchObject({ url: 'postgresql://x.example/app', environment: null, warnings: [] });
  });

  it('need not have its variable when something else decides', () => {
    const config = { defaultEnvironment: 'production' };
    expect(choose({ env: { DATABASE_URL: dev }, config })).toMatchObject({ url: dev, environment: 'dev' });
    expect(refusal({ config })).toMatchObject({ code: 'TARGET_MISSING' });
  });
});

describe('the environment that applies', () => {
  it('follows the server, however it was named', () => {
    const env = { PRODUCTION_URL: production };
    const choice = choose({ flags: { databaseUrl: 'postgresql://root@PRODUCTION.example:5432/app' }, env });
    expect(choice).toMatchObject({ environment: 'production', protected: true, source: '--database-url' });
  });

  it('is completed by DATABASE_URL when it has no target', () => {
    const choice = choose({ flags: { env: 'open' }, env: { DATABASE_URL: 'postgresql://x.example/app' } });
    expect(choice).toMatchObject({ environment: 'open', protected: true, source: 'DATABASE_URL' });
  });

  it('brings its role and password command', () => {
    expect(choose({ flags: { env: 'staging' } })).toMatchObject({ role: 'app_owner', passwordCommand: ['token'] });
  });
});

describe('variables', () => {
  it.each<[string, Said, string]>([
    ['DATABASE_URL', { env: { DATABASE_URL: '' } }, 'DATABASE_URL is set but empty'],
    ['.env', { file: { DATABASE_URL: '' } }, 'DATABASE_URL of .env is set but empty'],
    ['DBKIT_ENV', { env: { DBKIT_ENV: '' } }, 'DBKIT_ENV is set but empty'],
    ['--database-url', { flags: { databaseUrl: '' } }, '--database-url is set but empty'],
    ['--env', { flags: { env: '' } }, '--env is set but empty'],
    [
      'env:NAME',
      { flags: { env: 'production' }, env: { PRODUCTION_URL: '' } },
      'PRODUCTION_URL is set but empty (environments.production.url)',
    ],
    [
      'an empty one beside a flag',
      { flags: { databaseUrl: dev }, env: { DATABASE_URL: '' } },
      'DATABASE_URL is set but empty',
    ],
  ])('%s: empty is an error, also where CI is not set', (_name, said, message) => {
    expect(refusal(said)).toMatchObject({ code: 'TARGET_MISSING', message });
  });

  it('a fork without secrets is told what is wrong', () => {
    const error = refusal({ env: { CI: 'true', DATABASE_URL: '' } });
    expect(error.hint).toMatch(/secret that this run may not read/);
  });

  it('env:NAME without NAME names it', () => {
    expect(refusal({ flags: { databaseUrl: 'env:ABSENT' } })).toMatchObject({
      code: 'TARGET_MISSING',
      message: '--database-url is env:ABSENT, and ABSENT is not set',
    });
  });

  it('env:NAME looks into .env after the environment', () => {
    const said: Said = { flags: { env: 'production' }, file: { PRODUCTION_URL: production } };
    expect(choose(said)).toMatchObject({ url: production });
    expect(choose({ ...said, env: { PRODUCTION_URL: dev } })).toMatchObject({ url: dev });
  });

  it('a URL that cannot be read is told by the name of its source, without its text', () => {
    const error = refusal({ env: { DATABASE_URL: 'postgresql://me:se/cret@h/app' } });
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error.message).toMatch(/^DATABASE_URL: cannot read the connection string/);
    expect(`${error.message} ${error.hint}`).not.toMatch(/cret/);
  });
});

describe('the embedded server', () => {
  it.each<[string, Said, string]>([
    ['is not chosen in CI', { env: { CI: 'true' } }, 'no target was named, and CI is set'],
    [
      'is not chosen for --env without a target',
      { flags: { env: 'open' } },
      'environment "open" (--env) has no target',
    ],
    [
      'is not chosen for DBKIT_ENV without a target',
      { env: { DBKIT_ENV: 'open' } },
      'environment "open" (DBKIT_ENV) has no target',
    ],
    [
      'is not chosen for a default without a target',
      { config: { defaultEnvironment: 'open' } },
      'environment "open" (default environment) has no target',
    ],
    [
      'is not chosen where psql would go elsewhere',
      { env: { PGHOST: 'db.example' } },
      'PGHOST names a server, but no URL asks for it',
    ],
  ])('%s', (_name, said, message) => {
    const error = refusal(said);
    expect(error).toMatchObject({ code: 'TARGET_MISSING', message });
    expect(error.hint).toContain('--target embedded');
  });

  it.each(['false', '0', ''])('CI=%s is no pipeline', (CI) => {
    expect(choose({ env: { CI } })).toMatchObject({ kind: 'embedded' });
  });

  it('is chosen by --target embedded, whatever else is set', () => {
    const said: Said = {
      flags: { target: 'embedded' },
      env: { CI: 'true', DATABASE_URL: '', PGHOST: 'x' },
      file: { DATABASE_URL: dev },
    };
    expect(choose(said)).toMatchObject({ kind: 'embedded', source: '--target' });
  });

  it('is chosen by an environment whose target it is', () => {
    expect(choose({ flags: { env: 'local' }, env: { CI: 'true' } })).toMatchObject({
      kind: 'embedded',
      environment: 'local',
    });
  });

  it('keeps its own login: no role, no password command', () => {
    const choice = choose({ flags: { env: 'staging', target: 'embedded' } });
    expect(choice).toMatchObject({ kind: 'embedded', environment: 'staging', role: null, passwordCommand: null });
  });
});

describe('--target', () => {
  it('container:<image>', () => {
    expect(choose({ flags: { target: 'container:postgres:17' } })).toMatchObject({
      kind: 'container',
      image: 'postgres:17',
    });
  });

  it('and --database-url are two targets', () => {
    expect(refusal({ flags: { target: 'embedded', databaseUrl: dev } })).toMatchObject({ code: 'USAGE' });
  });

  it('takes no URL, and does not print the password of one', () => {
    const error = refusal({ flags: { target: 'postgresql://me:secret@h/app' } });
    expect(error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--database-url') });
    expect(error.message).not.toContain('secret');
  });
});

it.each(['--env', 'DBKIT_ENV'])('%s: an unknown name is answered with the nearest', (by) => {
  const said: Said = by === '--env' ? { flags: { env: 'stagin' } } : { env: { DBKIT_ENV: 'stagin' } };
  expect(refusal(said)).toMatchObject({ code: 'USAGE', hint: 'did you mean "staging"?' });
});
