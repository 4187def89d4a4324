/** URLs for messages: where they lead, never a secret. */

import { parseConninfo } from './libpq/conninfo.ts';
import type { ParameterValues } from './libpq/parameters.ts';

/** Parameters that may be shown; anything else could hold a secret. */
const shownParameters = ['sslmode', 'service', 'target_session_attrs'] as const;

/**
 * A connection string with user, hosts, ports and database only, as a URL; a password shows as `***`.
 * One that cannot be read becomes `postgresql://…`, since any part of it might be the password.
 */
export function redactUrl(url: string): string {
  if (/^env:\w+$/.test(url)) return url;
  let values: ParameterValues;
  try {
    values = parseConninfo(url);
  } catch {
    return 'postgresql://…';
  }
  const hosts = values.host ?? values.hostaddr ?? [''];
  const ports = values.port ?? [];
  const servers = hosts.map((host, index) => {
    const port = ports.length === 1 ? ports[0] : ports[index];
    const name = host.includes(':') ? `[${host}]` : host.startsWith('/') ? encodeURIComponent(host) : host;
    return port ? `${name}:${port}` : name;
  });
  const user = values.user?.[0] ?? '';
  const userInfo = values.password === undefined ? user : `${encodeURIComponent(user)}:***`;
  const database = values.dbname?.[0];
  const shown = shownParameters.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${values[name][0]}`]));
  return [
    'postgresql://',
    userInfo === '' ? '' : `${userInfo}@`,
    servers.join(','),
    database === undefined ? '' : `/${encodeURIComponent(database)}`,
    shown.length === 0 ? '' : `?${shown.join('&')}`,
  ].join('');
}
