/** Whether two connection strings lead to the same database. */
import type { Environment } from './environment.ts';
import { collectParameters } from './libpq/collect-parameters.ts';
import { parseConninfo } from './libpq/conninfo.ts';
import { resolveServers } from './libpq/servers.ts';

/**
 * A text that is equal for two connection strings when they name the same host, port and database; the user does not
 * count. Names and addresses of the loopback are one host. A Unix socket and the loopback may be one server or two: they
 * count as different. Nothing is looked up in the network.
 *
 * Supabase's pooler serves every project of a region under one host name and tells them apart by the user
 * (`postgres.<ref>`): there, and for a project's direct host, the project takes the place of host and port.
 * Throws CONFIG_INVALID.
 */
export function serverIdentity(connectionString: string, env: Environment): string {
  const values = collectParameters(parseConninfo(connectionString), env);
  const user = values.user?.[0] ?? '';
  const database = values.dbname?.[0] || user;
  const servers = resolveServers(values).map(({ host, port }) => {
    const name = host.startsWith('/') ? host.replace(/\/+$/, '') : host.toLowerCase().replace(/\.$/, '');
    const project = supabaseProject(name, user);
    if (project !== null) return `supabase project ${project}`;
    return `${isLoopback(name) ? 'localhost' : name}:${port}`;
  });
  return `${[...new Set(servers)].sort().join(',')}/${database}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function supabaseProject(host: string, user: string): string | null {
  const direct = /^db\.([a-z0-9]+)\.supabase\.(?:co|in|red|com)$/.exec(host)?.[1];
  if (direct !== undefined) return direct;
  return /\.pooler\.supabase\.com$/.test(host) ? (/\.([a-z0-9]+)$/.exec(user)?.[1] ?? null) : null;
}
