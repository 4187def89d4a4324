/** The zod schema of a config. Loaded only for a config that `plain-config.ts` does not accept: zod costs as much as Node. */
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { DbkitError } from '../errors.ts';
import { faultsBetweenKeys } from './between-keys.ts';
import { parseDuration } from './duration.ts';
import { nearest } from './nearest.ts';
import { resolveConfig } from './resolve-config.ts';
import type { ResolvedConfig } from './schema.ts';

const text = z.string().min(1, 'is empty');
const duration = z
  .union([z.number(), z.string()], 'is not a duration')
  .refine((value) => parseDuration(value) !== null, "is not a duration: milliseconds, or '500ms', '3s', '10min', '1h'");

const environment = z.strictObject({
  // Empty text is let through: which variable was empty is said where the target is chosen.
  url: z.string().optional(),
  target: z
    .string()
    .regex(/^(embedded|container:\S+)$/, "is neither 'embedded' nor 'container:<image>'")
    .optional(),
  protected: z.boolean().optional(),
  role: text.optional(),
  passwordCommand: z.array(z.string()).min(1, 'is empty: program, then arguments').optional(),
  statementTimeout: duration.optional(),
  seed: z.array(text).optional(),
});

export const configSchema = z.strictObject({
  app: text.optional(),
  migrations: text.optional(),
  seeds: text.optional(),
  checks: text.optional(),
  platform: z.enum(['postgres', 'supabase']).optional(),
  supabase: z.strictObject({ defaultPrivileges: z.enum(['legacy', 'revoked']).optional() }).optional(),
  postgres: z.strictObject({ version: z.literal([15, 16, 17, 18]).optional() }).optional(),
  defaultEnvironment: text.optional(),
  environments: z.record(text, environment).optional(),
  lockTimeout: duration.optional(),
  statementTimeout: duration.optional(),
  journal: z.strictObject({ statements: z.enum(['hashes', 'text']).optional() }).optional(),
  types: z
    .strictObject({
      output: text.optional(),
      schemas: z.array(text).optional(),
      camelCase: z.boolean().optional(),
    })
    .optional(),
  scratch: z
    .strictObject({
      where: text.optional(),
      extensions: z.record(text, z.literal('stub')).optional(),
      superuser: z.boolean().optional(),
    })
    .optional(),
  lint: z
    .strictObject({
      rules: z.record(text, z.enum(['off', 'notice', 'warning', 'error'])).optional(),
      exposedSchemas: z.array(text).optional(),
    })
    .optional(),
  allow: z
    .array(z.strictObject({ rule: text, object: text.optional(), migration: text.optional(), why: text }))
    .optional(),
});

/** Throws one CONFIG_INVALID with every fault of the file. */
export function parseConfig(value: unknown, file: string, root: string): ResolvedConfig {
  const parsed = configSchema.safeParse(value);
  const between = faultsBetweenKeys(value);
  if (parsed.success && between.length === 0) return resolveConfig(parsed.data, file, root);
  const faults = [...(parsed.error?.issues.flatMap(describeIssue) ?? []), ...between];
  const [first] = faults;
  const name = isAbsolute(file) && file.startsWith(join(root, '/')) ? file.slice(root.length + 1) : file;
  throw new DbkitError(
    'CONFIG_INVALID',
    faults.length === 1 ? `${name}: ${first}` : `${name} has ${faults.length} faults`,
    {
      details: faults.length === 1 ? [] : faults,
      hint: 'defineConfig from dbkit lets the editor show what is known',
      location: { file, line: null, column: null },
      cause: parsed.error,
    },
  );
}

function describeIssue(issue: z.core.$ZodIssue): readonly string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearest(key, knownKeys(path));
      return `${[...path, key].join('.')}: unknown key${near === null ? '' : `; did you mean "${near}"?`}`;
    });
  }
  return [`${path.join('.') || 'config'}: ${issue.message}`];
}

/** The keys that the object at a path may have. */
function knownKeys(path: readonly string[]): readonly string[] {
  let schema: unknown = configSchema;
  for (const key of path) {
    schema = unwrap(schema);
    if (schema instanceof z.ZodObject) schema = schema.shape[key];
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else if (schema instanceof z.ZodArray) schema = schema.element;
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}
