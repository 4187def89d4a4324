import { describe, expect, it } from 'vitest';
import type { DbkitError } from '../errors.ts';
import type { TargetChoice } from './choose-target.ts';
import { chooseTarget } from './choose-target.ts';
import { resolveConfig } from './resolve-config.ts';
import type { DbkitConfig } from './schema.ts';
import type { ChooseTargetInput } from './target-sources.ts';

const dev = 'postgresql://me:se%2Fcret@dev.example/app';
const staging = 'postgresql://me:se%2Fcret@staging.example/app';
const other = 'postgresql://other.example/app';
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

const flag = (databaseUrl: string): Said => ({ flags: { databaseUrl } });
const env = (name: string): Said => ({ flags: { env: name } });
const variable = (DATABASE_URL: string): Said => ({ env: { DATABASE_URL } });
const file = (DATABASE_URL: string): Said => ({ file: { DATABASE_URL } });
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
    const { warnings } = choose({ ...variable(staging), ...file(production), writes: false });
    expect(warnings).toEqual([
      'DATABASE_URL decides; .env names another server: postgresql://me:***@production.example/app',
    ]);
  });
});

function expectDisagreement(said: Said, first: string, second: string): void {
  const error = refusal(said);
  expect(error).toMatchObject({ code: 'TARGET_AMBIGUOUS', exitCode: 2 });
  expect(error.message).toMatch(`${first} and ${second} name different servers: `);
  expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/se(%2F|\/)cret/);
}

describe('sources that disagree stop a verb that writes', () => {
  it.each<[string, string, Said]>([
    ['--env staging', '.env', { ...env('staging'), ...file(production) }],
    ['--env local', '.env', { ...env('local'), ...file(dev) }],
    ['--env staging', 'DBKIT_ENV', { ...env('staging'), env: { DBKIT_ENV: 'dev' } }],
    ['--database-url', '.env', { ...flag(staging), ...file(production) }],
    ['--database-url', 'DATABASE_URL', { ...flag(staging), ...variable(production) }],
    ['--database-url', '--env staging', { flags: { databaseUrl: production, env: 'staging' } }],
    ['DATABASE_URL', '.env', { ...variable(staging), ...file(production) }],
    ['DATABASE_URL', 'DBKIT_ENV', { env: { DATABASE_URL: production, DBKIT_ENV: 'staging' } }],
    ['DATABASE_URL', 'default environment', { ...variable(production), config: defaultDev }],
  ])('%s and %s', (first, second, said) => expectDisagreement(said, first, second));

  it.each([
    ['another port', 'postgresql://a/app', 'postgresql://a:5433/app'],
    ['another database', 'postgresql://a/app', 'postgresql://a/other'],
    [
      "two projects behind one host of Supabase's pooler",
      'postgresql://postgres.one@aws-0-eu.pooler.supabase.com/postgres',
      'postgresql://postgres.two@aws-0-eu.pooler.supabase.com/postgres',
    ],
  ])('%s', (_name, one, other) => expectDisagreement({ ...variable(one), ...file(other) }, 'DATABASE_URL', '.env'));

  it('names both servers and how to choose', () => {
    const error = refusal({ ...env('staging'), ...file(production) });
    expect(error.message).toContain(
      'postgresql://me:***@staging.example/app and postgresql://me:***@production.example/app',
    );
    expect(error.hint).toBe('for the first: take DATABASE_URL out of .env; for the second: leave out --env staging');
  });

  it('an environment without a target of its own is not completed with the server of another one', () => {
    const error = refusal({ ...env('open'), ...variable(staging) });
    expect(error).toMatchObject({
      code: 'TARGET_AMBIGUOUS',
      message: 'DATABASE_URL names the server of environment "staging", but --env says "open"',
    });
  });
});

describe('sources that agree', () => {
  it.each([
    ['the same URL twice', staging, staging, 'staging'],
    ['another user', 'postgresql://a@h/app', 'postgresql://b@h/app', null],
    ['the default port, capitals', 'postgresql://H/app', 'postgres://h:5432/app', null],
    ['names of the loopback', 'postgresql://localhost/app', 'postgresql://127.0.0.1/app', null],
    ['pairs and a URL', 'host=h dbname=app', 'postgresql://h/app', null],
    [
      "a Supabase project's direct host and its pooler",
      'postgresql://postgres@db.abc.supabase.co/postgres',
      'postgresql://postgres.abc@aws-0-eu.pooler.supabase.com:6543/postgres',
      null,
    ],
  ])('%s', (_name, one, other, environment) => {
    const choice = choose({ ...variable(one), ...file(other) });
    expect(choice).toMatchObject({ kind: 'url', source: 'DATABASE_URL', environment, warnings: [] });
  });

  it.each<[string, NonNullable<Said['env']>]>([
    ['staging', { DATABASE_URL: staging }],
    ['production', { DATABASE_URL: production, PRODUCTION_URL: production }],
  ])('--env %s and DATABASE_URL', (environment, variables) => {
    const choice = choose({ ...env(environment), env: variables });
    expect(choice).toMatchObject({ kind: 'url', source: `--env ${environment}`, environment, warnings: [] });
  });
});

describe('a default that nobody asked for', () => {
  it.each<[string, Said, Partial<TargetChoice>]>([
    ['does not contradict --env', env('staging'), { url: staging, environment: 'staging' }],
    ['does not contradict --database-url, nor lend it its name', flag(other), { url: other, environment: null }],
  ])('%s', (_name, said, expected) => {
    expect(choose({ ...said, config: defaultDev })).toMatchObject({ ...expected, warnings: [] });
  });

  it('need not have its variable when something else decides', () => {
    const config = { defaultEnvironment: 'production' };
    expect(choose({ ...variable(dev), config })).toMatchObject({ url: dev, environment: 'dev' });
    expect(refusal({ config })).toMatchObject({ code: 'TARGET_MISSING' });
  });
});

describe('the environment that applies', () => {
  it.each<[string, Said, Partial<TargetChoice>]>([
    [
      'follows the server, however it was named',
      { ...flag('postgresql://root@PRODUCTION.example:5432/app'), env: { PRODUCTION_URL: production } },
      { environment: 'production', protected: true, source: '--database-url' },
    ],
    [
      'is completed by DATABASE_URL when it has no target',
      { ...env('open'), ...variable(other) },
      { environment: 'open', protected: true, source: 'DATABASE_URL' },
    ],
    ['brings its role and password command', env('staging'), { role: 'app_owner', passwordCommand: ['token'] }],
  ])('%s', (_name, said, expected) => {
    expect(choose(said)).toMatchObject(expected);
  });
});

describe('variables', () => {
  it.each<[string, Said, string]>([
    ['DATABASE_URL', variable(''), 'DATABASE_URL is set but empty'],
    ['.env', file(''), 'DATABASE_URL of .env is set but empty'],
    ['DBKIT_ENV', { env: { DBKIT_ENV: '' } }, 'DBKIT_ENV is set but empty'],
    ['--database-url', flag(''), '--database-url is set but empty'],
    ['--env', env(''), '--env is set but empty'],
    [
      'env:NAME',
      { ...env('production'), env: { PRODUCTION_URL: '' } },
      'PRODUCTION_URL is set but empty (environments.production.url)',
    ],
    ['an empty one beside a flag', { ...flag(dev), ...variable('') }, 'DATABASE_URL is set but empty'],
  ])('%s: empty is an error, also where CI is not set', (_name, said, message) => {
    expect(refusal(said)).toMatchObject({ code: 'TARGET_MISSING', message });
  });

  it('a fork without secrets is told what is wrong', () => {
    const error = refusal({ env: { CI: 'true', DATABASE_URL: '' } });
    expect(error.hint).toMatch(/secret that this run may not read/);
  });

  it('env:NAME without NAME names it', () => {
    expect(refusal(flag('env:ABSENT'))).toMatchObject({
      code: 'TARGET_MISSING',
      message: '--database-url is env:ABSENT, and ABSENT is not set',
    });
  });

  it('env:NAME looks into .env after the environment', () => {
    const said: Said = { ...env('production'), file: { PRODUCTION_URL: production } };
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
    ['in CI', { env: { CI: 'true' } }, 'no target was named, and CI is set'],
    ['for --env without a target', env('open'), 'environment "open" (--env) has no target'],
    ['for DBKIT_ENV', { env: { DBKIT_ENV: 'open' } }, 'environment "open" (DBKIT_ENV) has no target'],
    [
      'for a default',
      { config: { defaultEnvironment: 'open' } },
      'environment "open" (default environment) has no target',
    ],
    [
      'where psql would go elsewhere',
      { env: { PGHOST: 'db.example' } },
      'PGHOST names a server, but no URL asks for it',
    ],
  ])('is not chosen %s', (_name, said, message) => {
    const error = refusal(said);
    expect(error).toMatchObject({ code: 'TARGET_MISSING', message });
    expect(error.hint).toContain('--target embedded');
  });

  it.each(['false', '0', ''])('CI=%s is no pipeline', (CI) => {
    expect(choose({ env: { CI } })).toMatchObject({ kind: 'embedded' });
  });

  it.each<[string, Said, Partial<TargetChoice>]>([
    [
      'is chosen by --target embedded, whatever else is set',
      { flags: { target: 'embedded' }, env: { CI: 'true', DATABASE_URL: '', PGHOST: 'x' }, ...file(dev) },
      { source: '--target' },
    ],
    [
      'is chosen by an environment whose target it is',
      { ...env('local'), env: { CI: 'true' } },
      { environment: 'local' },
    ],
    [
      'keeps its own login: no role, no password command',
      { flags: { env: 'staging', target: 'embedded' } },
      { environment: 'staging', role: null, passwordCommand: null },
    ],
  ])('%s', (_name, said, expected) => {
    expect(choose(said)).toMatchObject({ kind: 'embedded', ...expected });
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
  const said = by === '--env' ? env('stagin') : { env: { DBKIT_ENV: 'stagin' } };
  expect(refusal(said)).toMatchObject({ code: 'USAGE', hint: 'did you mean "staging"?' });
});
