import { describe, expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod';
import type { DbkitError } from '../errors.ts';
import { parseDuration } from './duration.ts';
import type { configSchema } from './parse-config.ts';
import { parseConfig } from './parse-config.ts';
import { statementTimeoutOf } from './resolve-config.ts';
import type { DbkitConfig } from './schema.ts';

const parse = (config: unknown) => parseConfig(config, '/project/dbkit.config.ts', '/project');

function refusal(config: unknown): DbkitError {
  try {
    return parse(config) as never;
  } catch (error) {
    return error as DbkitError;
  }
}

/** Every key there, nothing read-only, no undefined: what is left must be the same on both sides. */
type Plain<T> = T extends readonly (infer Element)[]
  ? Plain<Element>[]
  : T extends object
    ? { -readonly [Key in keyof T]-?: Plain<Exclude<T[Key], undefined>> }
    : T;

it('the schema and the written types are in step', () => {
  expectTypeOf<Plain<z.input<typeof configSchema>>>().toEqualTypeOf<Plain<DbkitConfig>>();
});

it('an empty config has every default', () => {
  expect(parse({})).toEqual({
    root: '/project',
    file: '/project/dbkit.config.ts',
    app: 'default',
    migrations: '/project/migrations',
    seeds: '/project/seeds',
    checks: '/project/checks',
    platform: null,
    supabase: { defaultPrivileges: 'revoked' },
    postgres: { version: null },
    defaultEnvironment: null,
    environments: {},
    lockTimeoutMs: 3000,
    statementTimeoutMs: null,
    journal: { statements: 'hashes' },
    types: { output: '/project/database.types.ts', schemas: null, camelCase: false },
    scratch: { where: null, extensions: {}, superuser: false },
    lint: { rules: {}, exposedSchemas: null },
    allow: [],
  });
});

it('what is said is kept, absolute and in milliseconds', () => {
  const config: DbkitConfig = {
    app: 'orders',
    migrations: 'db/migrations',
    seeds: '/elsewhere/seeds',
    platform: 'supabase',
    supabase: { defaultPrivileges: 'legacy' },
    postgres: { version: 17 },
    defaultEnvironment: 'dev',
    environments: { dev: { url: 'env:DEV_URL', statementTimeout: '1min' }, own: { target: 'embedded' } },
    lockTimeout: '500ms',
    statementTimeout: 90_000,
    journal: { statements: 'text' },
    types: { output: 'types.ts', schemas: ['public'], camelCase: true },
    scratch: { where: 'container:postgres:17.5', extensions: { pg_cron: 'stub' }, superuser: true },
    lint: { rules: { 'drop-column': 'notice' }, exposedSchemas: ['api'] },
    allow: [
      { rule: 'drop-column', object: 'public.orders.note', why: 'never filled' },
      { rule: 'x', why: 'y' },
    ],
  };
  const resolved = parse(config);
  expect(resolved).toMatchObject({
    migrations: '/project/db/migrations',
    seeds: '/elsewhere/seeds',
    platform: 'supabase',
    postgres: { version: 17 },
    lockTimeoutMs: 500,
    statementTimeoutMs: 90_000,
    types: { output: '/project/types.ts', schemas: ['public'], camelCase: true },
    scratch: config.scratch,
    lint: config.lint,
    allow: config.allow,
  });
  expect([null, 'dev', 'own'].map((name) => statementTimeoutOf(resolved, name))).toEqual([90_000, 60_000, 90_000]);
});

it('a key without a value is a key that is not there', () => {
  expect(parse({ environments: { dev: { url: undefined } } }).environments).toEqual({ dev: {} });
});

describe('faults', () => {
  it('all come in one error, with their keys', () => {
    const error = refusal({
      migratoins: 'x',
      lockTimeout: 'soon',
      postgres: { version: 12 },
      environments: { staging: { urll: 'x', seed: 'all' }, both: { url: 'x', target: 'embedded' } },
      defaultEnvironment: 'stagin',
    });
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      exitCode: 2,
      location: { file: '/project/dbkit.config.ts' },
    });
    expect(error.message).toBe(`dbkit.config.ts has ${error.details.length} faults`);
    expect(error.details).toEqual(
      expect.arrayContaining([
        'migratoins: unknown key; did you mean "migrations"?',
        "lockTimeout: is not a duration: milliseconds, or '500ms', '3s', '10min', '1h'",
        expect.stringMatching(/^postgres\.version: /),
        'environments.staging.urll: unknown key; did you mean "url"?',
        expect.stringMatching(/^environments\.staging\.seed: /),
        'environments.both: has both url and target: one of them',
        'defaultEnvironment: "stagin" is not among environments; did you mean "staging"?',
      ]),
    );
    expect(error.details).toHaveLength(7);
  });

  it('are told of what stands in a list or under a free name too', () => {
    const { details } = refusal({
      scratch: { were: 'x', extensions: { pg_cron: 'yes' } },
      lint: { rules: { 'drop-column': 'fatal' }, exposedSchema: [] },
      allow: [
        { rule: 'x', wy: 'y' },
        { rule: '', why: 'z', objects: 'public.a' },
      ],
    });
    expect(details).toEqual([
      expect.stringMatching(/^scratch\.extensions\.pg_cron: /),
      'scratch.were: unknown key; did you mean "where"?',
      expect.stringMatching(/^lint\.rules\.drop-column: /),
      'lint.exposedSchema: unknown key; did you mean "exposedSchemas"?',
      expect.stringMatching(/^allow\.0\.why: /),
      'allow.0.wy: unknown key; did you mean "why"?',
      'allow.1.rule: is empty',
      'allow.1.objects: unknown key; did you mean "object"?',
    ]);
  });

  it('one alone stands in the message', () => {
    expect(refusal({ platform: 'oracle' }).message).toMatch(/^dbkit\.config\.ts: platform: /);
    expect(refusal({ colour: 1 }).message).toBe('dbkit.config.ts: colour: unknown key');
  });

  it.each([[null], ['text'], [[]], [() => ({})]])('%o is no config', (value) => {
    expect(refusal(value).message).toMatch(/^dbkit\.config\.ts: config: /);
  });
});

it.each<[string | number, number | null]>([
  [250, 250],
  ['250', 250],
  ['500ms', 500],
  ['3s', 3000],
  ['1.5 s', 1500],
  ['10min', 600_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['0', 0],
  [-1, null],
  [Number.NaN, null],
  ['', null],
  ['3 weeks', null],
  ['s', null],
])('the duration %o is %o ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
