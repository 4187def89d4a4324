import type { ConnectionSettings } from '../postgres/connection-settings.ts';

/** The URL of a server on a Unix socket, as psql takes it. Holds no password. */
export function socketUrl({ host, port, user, database }: ConnectionSettings): string {
  return `postgresql://${encodeURIComponent(user)}@/${encodeURIComponent(database)}?host=${encodeURIComponent(host)}&port=${port}`;
}
