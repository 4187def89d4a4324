/** `pg_service.conf`: named sets of connection parameters. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DbkitError } from '../../errors.ts';
import { homeFolder } from './home-folder.ts';
import type { ParameterName, ParameterValues } from './parameters.ts';
import { isListParameter, isParameterName } from './parameters.ts';

/** Where packagers put the system-wide file when PGSYSCONFDIR says nothing. */
const systemFolders = ['/etc/postgresql-common', '/usr/local/pgsql/etc'];

/**
 * Parameters of a service: from `file` (or PGSERVICEFILE), else `~/.pg_service.conf`, then the system-wide file.
 * Throws CONFIG_INVALID when no file has it or a line cannot be read.
 */
export function readService(
  service: string,
  file: string | null,
  env: Readonly<Record<string, string | undefined>>,
): ParameterValues {
  const home = homeFolder(env);
  const candidates = [
    ...(file !== null ? [file] : home === null ? [] : [join(home, '.pg_service.conf')]),
    ...(env.PGSYSCONFDIR ? [env.PGSYSCONFDIR] : systemFolders).map((folder) => join(folder, 'pg_service.conf')),
  ];
  for (const candidate of candidates) {
    const text = readIfThere(candidate, candidate === file);
    const found = text === null ? null : findService(text, service, candidate);
    if (found !== null) return found;
  }
  throw new DbkitError('CONFIG_INVALID', `definition of service "${service}" not found`, {
    hint: `looked in ${candidates.join(', ')}`,
  });
}

function readIfThere(path: string, required: boolean): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new DbkitError('CONFIG_INVALID', `cannot read the service file ${path}`, { cause: error });
  }
}

function findService(text: string, service: string, path: string): ParameterValues | null {
  const values: { -readonly [Name in ParameterName]?: readonly string[] } = {};
  let found = false;
  let inside = false;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found) break;
      inside = line === `[${service}]`;
      found ||= inside;
      continue;
    }
    if (!inside) continue;
    const equals = line.indexOf('=');
    const name = line.slice(0, Math.max(equals, 0)).trim();
    if (equals < 1 || !isParameterName(name) || name === 'service' || name === 'servicefile') {
      throw new DbkitError('CONFIG_INVALID', `cannot read line ${index + 1} of the service file ${path}`, {
        hint: 'each line is name=value with a connection parameter of libpq',
        location: { file: path, line: index + 1, column: null },
      });
    }
    const value = line.slice(equals + 1);
    values[name] ??= isListParameter(name) ? value.split(',') : [value];
  }
  return found ? values : null;
}
