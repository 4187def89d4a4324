import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where PostgreSQL puts its Unix socket: as packaged by Debian and Red Hat, and as built from source. */
export const defaultSocketFolders: readonly string[] = ['/var/run/postgresql', '/tmp'];

/** A host that is a folder with a Unix socket: an absolute path, or `@` for Linux's abstract namespace. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/') || host.startsWith('@') || /^[a-z]:\\/i.test(host);
}

/** The path of the socket inside its folder; Node writes the abstract namespace with a leading NUL. */
export function socketPath(folder: string, port: number): string {
  const path = join(folder, `.s.PGSQL.${port}`);
  return folder.startsWith('@') ? `\0${path.slice(1)}` : path;
}

/** The host when nobody named one: the default socket folder, on Windows localhost. */
export function defaultHost(port: number): string {
  if (process.platform === 'win32') return 'localhost';
  const live = defaultSocketFolders.find((folder) => existsSync(socketPath(folder, port)));
  return live ?? defaultSocketFolders.find((folder) => existsSync(folder)) ?? '/tmp';
}
