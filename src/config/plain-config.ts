/**
 * Says by hand that a config is as it should be, because loading zod costs as much as starting Node.
 *
 * It may be wrong in one way only: what it does not accept goes to zod, which decides and words the faults. A test holds
 * it to the schema of `parse-config.ts`, key by key.
 */
import { parseDuration } from './duration.ts';
import type { Loose } from './resolve-config.ts';
import type { DbkitConfig } from './schema.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value !== '';
const string: Check = (value) => typeof value === 'string';
const boolean: Check = (value) => typeof value === 'boolean';
const oneOf = (...allowed: readonly unknown[]): Check => {
  return (value) => allowed.includes(value);
};
const list = (check: Check, least = 0): Check => {
  return (value) =>
    Array.isArray(value) && value.length >= least && Object.keys(value).length === value.length && value.every(check);
};
const duration: Check = (value) => {
  return (
    (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) &&
    parseDuration(value) !== null
  );
};

/** Every key may be absent, or there without a value; but for those that are `needed`. */
const object = (shape: Readonly<Record<string, Check>>, needed: readonly string[] = []): Check => {
  return (value) =>
    isPlain(value) &&
    needed.every((key) => value[key] !== undefined) &&
    Object.entries(value).every(
      ([key, one]) => Object.hasOwn(shape, key) && (one === undefined || shape[key]?.(one) === true),
    );
};
const record = (check: Check): Check => {
  return (value) => isPlain(value) && Object.entries(value).every(([key, one]) => key !== '' && check(one));
};

/** Written as `{ … }`, without tricks. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    Object.getOwnPropertySymbols(value).length === 0 &&
    !Object.hasOwn(value, '__proto__')
  );
}

const environment = object({
  url: string,
  target: (value) => typeof value === 'string' && /^(embedded|container:\S+)$/.test(value),
  protected: boolean,
  role: text,
  passwordCommand: list(string, 1),
  statementTimeout: duration,
  seed: list(text),
});

const config = object({
  app: text,
  migrations: text,
  seeds: text,
  checks: text,
  platform: oneOf('postgres', 'supabase'),
  supabase: object({ defaultPrivileges: oneOf('legacy', 'revoked') }),
  postgres: object({ version: oneOf(15, 16, 17, 18) }),
  defaultEnvironment: text,
  environments: record(environment),
  lockTimeout: duration,
  statementTimeout: duration,
  journal: object({ statements: oneOf('hashes', 'text') }),
  types: object({ output: text, schemas: list(text), camelCase: boolean }),
  scratch: object({ where: text, extensions: record(oneOf('stub')), superuser: boolean }),
  lint: object({ rules: record(oneOf('off', 'notice', 'warning', 'error')), exposedSchemas: list(text) }),
  allow: list(object({ rule: text, object: text, migration: text, why: text }, ['rule', 'why'])),
});

/** True: zod would accept it. False: zod has to be asked. */
export function isPlainConfig(value: unknown): value is Loose<DbkitConfig> {
  return config(value);
}
