/** The file `.env` in the project's folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { DbkitError } from '../errors.ts';
import type { Environment } from './environment.ts';

/** Variables of `<folder>/.env`; none when there is no such file. Throws CONFIG_INVALID when it cannot be read. */
export function readEnvFile(folder: string): Environment {
  const path = join(folder, '.env');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return {};
    // Passing over it in silence could change which database is chosen.
    throw new DbkitError('CONFIG_INVALID', `cannot read ${path} (${code})`, { cause: error });
  }
  return parseEnv(text.replace(/^\uFEFF/, ''));
}
