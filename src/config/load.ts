/** Finds and reads dbkit.config. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DbkitError } from '../errors.ts';
import { faultsBetweenKeys } from './between-keys.ts';
import { isPlainConfig } from './plain-config.ts';
import { resolveConfig } from './resolve-config.ts';
import type { ResolvedConfig } from './schema.ts';
import { importUserModule } from './user-module.ts';

const configNames = ['dbkit.config.ts', 'dbkit.config.js', 'dbkit.config.mjs', 'dbkit.config.json'] as const;

export interface LoadConfigOptions {
  readonly cwd: string;
  /** `--config`: relative to `cwd`. */
  readonly configPath?: string | undefined;
}

/**
 * The config of a folder, with every default filled in; no file is a valid config. Throws CONFIG_NOT_FOUND for a
 * `configPath` that is no file, CONFIG_INVALID with all faults, or with the place of a syntax error.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<ResolvedConfig> {
  const file = findConfig(options);
  if (file === null) return resolveConfig({}, null, options.cwd);
  const value = file.endsWith('.json') ? readJson(file) : await importDefault(file);
  if (isPlainConfig(value) && faultsBetweenKeys(value).length === 0) return resolveConfig(value, file, dirname(file));
  const { parseConfig } = await import('./parse-config.ts');
  return parseConfig(value, file, dirname(file));
}

function findConfig({ cwd, configPath }: LoadConfigOptions): string | null {
  if (configPath !== undefined) {
    const file = resolve(cwd, configPath);
    if (existsSync(file)) {
      if (!statSync(file).isDirectory()) return file;
      throw new DbkitError('CONFIG_NOT_FOUND', `--config ${configPath} is a folder`, {
        hint: `name the file in it: --config ${join(configPath, configNames[0])}`,
      });
    }
    throw new DbkitError('CONFIG_NOT_FOUND', `there is no config file ${configPath}`, {
      hint: `looked at ${file}`,
    });
  }
  const found = configNames.filter((name) => existsSync(join(cwd, name)));
  if (found.length > 1) {
    throw new DbkitError('CONFIG_INVALID', `more than one config: ${found.join(', ')}`, {
      hint: 'keep one of them, or name one with --config',
    });
  }
  return found[0] === undefined ? null : join(cwd, found[0]);
}

async function importDefault(file: string): Promise<unknown> {
  let exports: Record<string, unknown>;
  try {
    exports = await importUserModule(file);
  } catch (error) {
    if (!(error instanceof DbkitError) || error.code !== 'FILE_INVALID') throw error;
    throw new DbkitError('CONFIG_INVALID', error.message, {
      hint: error.hint ?? undefined,
      location: error.location,
      cause: error.cause,
    });
  }
  if (exports.default !== undefined) return exports.default;
  throw new DbkitError('CONFIG_INVALID', `${relative(dirname(file), file)} has no default export`, {
    hint: 'export default defineConfig({ … })',
    location: { file, line: null, column: null },
  });
}

function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    const before = position === undefined ? null : text.slice(0, Number(position)).split('\n');
    throw new DbkitError('CONFIG_INVALID', `cannot load ${file}: ${message.split('\n')[0]}`, {
      location: {
        file,
        line: before?.length ?? null,
        column: before === null ? null : (before.at(-1)?.length ?? 0) + 1,
      },
      cause: error,
    });
  }
}
