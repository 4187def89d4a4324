import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { configSchema } from './parse-config.ts';
import { isPlainConfig } from './plain-config.ts';

/** Values of every kind that some key takes, and of many that none does. */
const values: readonly unknown[] = [
  ...['', ' ', 'shop', 'postgres', 'supabase', 'legacy', 'revoked', 'hashes', 'text', 'embedded', 'container:', 'x'],
  ...['container:postgres:18', 'container:a b', 'embedded\n', 'postgresql://h/d', 'env:URL', '3s', '500ms', '10 min'],
  ...['stub', 'off', 'notice', 'warning', 'error'],
  ...['soon', '-1s', '1e3', '3', ' 3s', '1.5s', '99999999999999999999h', '15', 'true'],
  ...[0, -0, 1, -1, 14, 15, 17, 18, 19, 1.5, 3000, 2 ** 31, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 15n],
  ...[true, false, null, undefined, Symbol('s'), () => 'x', new Date(0), /x/, new Map(), new String('shop')],
  ...[[], [''], ['a'], ['a', 'b'], ['a', ''], ['a', 3], [undefined], [['a']], Array(2)],
  ...[{}, { url: 'x' }, { '': {} }, { a: {} }, { a: undefined }, { a: null }, { length: 1, 0: 'a' }],
  ...[[{}], [{ rule: 'r', why: 'w' }], [{ rule: 'r' }, { why: 'w' }], [{ rule: 'r', why: 'w', object: undefined }]],
  ...[{ rule: 'r', why: 'w' }, [{ rule: 'r', why: undefined }], [{ rule: 'r', why: 'w', reason: 'x' }]],
  ...[Object.create(null), Object.create({ app: 'x' }), new (class Config {})(), new Proxy({}, {})],
];

/** Every place where a value can stand: the keys of each object in the schema, and one that is unknown. */
function placesOf(schema: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (inner instanceof z.ZodObject) {
    const below = Object.entries(inner.shape).flatMap(([key, one]) => placesOf(one, [...path, key]));
    return [path, [...path, 'unknown'], [...path, 'constructor'], ...below];
  }
  if (inner instanceof z.ZodRecord) return [path, ...placesOf(inner.valueType, [...path, 'staging'])];
  if (inner instanceof z.ZodArray) return [path, ...placesOf(inner.element, [...path, '[]'])];
  return [path];
}

function place(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((below, key) => (key === '[]' ? [below] : { [key]: below }), value);
}

const places = placesOf(configSchema);

describe('the check by hand', () => {
  it('stands at every key of the schema', () => {
    expect(places.map((path) => path.join('.'))).toEqual(
      expect.arrayContaining([
        '',
        'app',
        'unknown',
        'environments.staging.url',
        'types.schemas',
        'supabase.unknown',
        'allow.[].why',
      ]),
    );
    expect(places.length).toBeGreaterThan(35);
  });

  it.each(places.map((path) => [path.join('.') || 'the config', path] as const))(
    'accepts nothing at %s that zod refuses, and asks zod about little that it accepts',
    (_name, path) => {
      const accepted = (config: unknown) => configSchema.safeParse(config).success;
      const configs = values.map((value) => place(path, value));
      const loose = configs.filter((config) => isPlainConfig(config) && !accepted(config));
      expect(loose).toEqual([]);
      // Odd prototypes are left to zod; what people write is not.
      const plain = (value: unknown) =>
        typeof value !== 'object' ||
        value === null ||
        Array.isArray(value) ||
        Object.getPrototypeOf(value) === Object.prototype;
      const asked = values.filter((value, at) => plain(value) && accepted(configs[at]) && !isPlainConfig(configs[at]));
      expect(asked).toEqual([]);
    },
  );

  it('gives zod what is not written as an object', () => {
    for (const config of [null, undefined, 3, 'x', [], new Map(), () => ({})])
      expect(isPlainConfig(config)).toBe(false);
    expect(isPlainConfig(JSON.parse('{"__proto__": {"app": 3}}'))).toBe(false);
    expect(isPlainConfig({ allow: [Object.create({ rule: 'r', why: 'w' })] })).toBe(false);
    expect(isPlainConfig({ [Symbol('app')]: 'x' })).toBe(false);
  });
});
