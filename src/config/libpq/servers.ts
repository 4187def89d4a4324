import { DbkitError } from '../../errors.ts';
import { wholeNumber } from './parameter-values.ts';
import type { ParameterValues } from './parameters.ts';
import { defaultHost } from './socket-folder.ts';

export interface NamedServer {
  readonly host: string;
  readonly port: number;
  readonly hostAddress: string | null;
}

/** Host, port and address of each server; one port serves all hosts. */
export function resolveServers(values: ParameterValues): readonly NamedServer[] {
  const hosts = values.host ?? [];
  const hostAddresses = values.hostaddr ?? [];
  const ports = values.port ?? [];
  const count = Math.max(hosts.length, hostAddresses.length, 1);
  if (hosts.length > 0 && hostAddresses.length > 0 && hosts.length !== hostAddresses.length) {
    throw new DbkitError(
      'CONFIG_INVALID',
      `${hosts.length} hosts do not match ${hostAddresses.length} addresses (hostaddr)`,
    );
  }
  if (ports.length > 1 && ports.length !== count) {
    throw new DbkitError('CONFIG_INVALID', `${ports.length} ports do not match ${count} hosts`);
  }
  return Array.from({ length: count }, (_, index) => {
    const port = wholeNumber('port', (ports.length === 1 ? ports[0] : ports[index]) || '5432');
    if (port < 1 || port > 65_535) throw new DbkitError('CONFIG_INVALID', 'a port lies between 1 and 65535');
    const hostAddress = hostAddresses[index] || null;
    return { host: hosts[index] || hostAddress || defaultHost(port), port, hostAddress };
  });
}
