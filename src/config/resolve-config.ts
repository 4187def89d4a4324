/** Defaults, absolute paths, milliseconds. */
import { resolve } from 'node:path';
import { parseDuration } from './duration.ts';
import type { Allowance, DbkitConfig, EnvironmentConfig, ResolvedConfig } from './schema.ts';

/** A config whose keys may also be there without a value, as in `url: process.env.STAGING_URL`. */
export type Loose<T> = T extends readonly (infer Element)[]
  ? readonly LooseElement<Element>[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
    : T;

/** In a list what must be there must have a value. */
type LooseElement<T> = T extends object
  ? { readonly [K in keyof T]: T[K] | (Record<never, never> extends Pick<T, K> ? undefined : never) }
  : T;

/** Fills in what a config leaves open. Relative paths belong to `root`. */
export function resolveConfig(config: Loose<DbkitConfig>, file: string | null, root: string): ResolvedConfig {
  const environments = Object.entries(config.environments ?? {}).map(([name, one]) => [
    name,
    withoutUndefined(one ?? {}),
  ]);
  return {
    root,
    file,
    app: config.app ?? 'default',
    migrations: resolve(root, config.migrations ?? 'migrations'),
    seeds: resolve(root, config.seeds ?? 'seeds'),
    checks: resolve(root, config.checks ?? 'checks'),
    platform: config.platform ?? null,
    supabase: { defaultPrivileges: config.supabase?.defaultPrivileges ?? 'revoked' },
    postgres: { version: config.postgres?.version ?? null },
    defaultEnvironment: config.defaultEnvironment ?? null,
    environments: Object.fromEntries(environments) as Readonly<Record<string, EnvironmentConfig>>,
    lockTimeoutMs: parseDuration(config.lockTimeout ?? 3_000) ?? 3_000,
    statementTimeoutMs: config.statementTimeout === undefined ? null : parseDuration(config.statementTimeout),
    journal: { statements: config.journal?.statements ?? 'hashes' },
    types: {
      output: resolve(root, config.types?.output ?? 'database.types.ts'),
      schemas: config.types?.schemas ?? null,
      camelCase: config.types?.camelCase ?? false,
    },
    scratch: {
      where: config.scratch?.where ?? null,
      extensions: withoutUndefined(config.scratch?.extensions ?? {}),
      superuser: config.scratch?.superuser ?? false,
    },
    lint: {
      rules: withoutUndefined(config.lint?.rules ?? {}),
      exposedSchemas: config.lint?.exposedSchemas ?? null,
    },
    allow: (config.allow ?? []).map((one) => withoutUndefined(one) as Allowance),
  };
}

/** The time limit of one statement in an environment, in milliseconds: its own, else the config's; null for none. */
export function statementTimeoutOf(config: ResolvedConfig, environment: string | null): number | null {
  const own = environment === null ? undefined : config.environments[environment]?.statementTimeout;
  return own === undefined ? config.statementTimeoutMs : parseDuration(own);
}

function withoutUndefined<T extends object>(value: T): { readonly [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { readonly [Key in keyof T]: Exclude<T[Key], undefined> };
}
