/** `~/.pgpass`: lines of host:port:database:user:password. */
import { readFileSync, statSync } from 'node:fs';
import { defaultSocketFolders } from './socket-folder.ts';

export interface PasswordQuery {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The lines of a password file. A file that others may read is not used, as in libpq: that, and a path that is no
 * plain file, go to `onWarning`. A missing file has no lines.
 */
export function readPasswordFile(path: string, onWarning: (text: string) => void): readonly string[] {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) {
      onWarning(`password file ${path} is not a plain file and is not used`);
      return [];
    }
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      onWarning(`password file ${path} can be read by others and is not used; run: chmod 0600 ${path}`);
      return [];
    }
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}

const entry = /^((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):(.+)$/;

/** The password of the first line that fits, or null. */
export function findPassword(lines: readonly string[], query: PasswordQuery): string | null {
  // The default socket folder is written as localhost in password files.
  const host = defaultSocketFolders.includes(query.host) ? 'localhost' : query.host;
  const wanted = [host, String(query.port), query.database, query.user];
  for (const line of lines) {
    const fields = line.startsWith('#') ? null : entry.exec(line);
    if (fields === null) continue;
    const fits = wanted.every((value, index) => [value, '*'].includes(withoutBackslashes(fields[index + 1] ?? '')));
    if (fits) return withoutBackslashes(fields[5] ?? '');
  }
  return null;
}

function withoutBackslashes(field: string): string {
  return field.replace(/\\(.)/g, '$1');
}
