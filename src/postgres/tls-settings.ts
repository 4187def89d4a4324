/** The `ssl…` parameters of libpq. */
import { join } from 'node:path';
import { homeFolder } from '../config/libpq/home-folder.ts';
import { oneOf } from '../config/libpq/parameter-values.ts';
import type { ParameterName } from '../config/libpq/parameters.ts';
import { DbkitError } from '../errors.ts';
import type { TlsSettings } from './connection-settings.ts';
import { sslModes, tlsVersions } from './connection-settings.ts';

/** Throws CONFIG_INVALID. */
export function resolveTls(
  said: (name: ParameterName) => string | null,
  env: Readonly<Record<string, string | undefined>>,
): TlsSettings {
  const rootCertificate = said('sslrootcert');
  const system = rootCertificate === 'system';
  const mode = oneOf('sslmode', said('sslmode') ?? (system ? 'verify-full' : 'prefer'), sslModes, {
    'no-verify': 'sslmode=require encrypts and does not verify',
  });
  // Any public authority would do for any host: libpq refuses it as well.
  if (system && mode !== 'verify-full') {
    throw new DbkitError('CONFIG_INVALID', `sslmode=${mode} is too weak for sslrootcert=system`, {
      hint: 'use sslmode=verify-full',
    });
  }
  const negotiation = oneOf('sslnegotiation', said('sslnegotiation') ?? 'postgres', ['postgres', 'direct']);
  if (negotiation === 'direct' && !['require', 'verify-ca', 'verify-full'].includes(mode)) {
    throw new DbkitError('CONFIG_INVALID', `sslmode=${mode} is too weak for sslnegotiation=direct`, {
      hint: 'use sslmode=require or stronger',
    });
  }
  const version = (name: 'ssl_min_protocol_version' | 'ssl_max_protocol_version') => {
    const value = said(name);
    return value === null ? null : oneOf(name, value, tlsVersions);
  };
  return {
    mode,
    negotiation,
    rootCertificate,
    certificate: said('sslcert'),
    key: said('sslkey'),
    keyPassword: said('sslpassword'),
    revocationList: said('sslcrl'),
    folder: certificateFolder(env),
    serverNameIndication: said('sslsni') !== '0',
    minVersion: version('ssl_min_protocol_version'),
    maxVersion: version('ssl_max_protocol_version'),
    channelBinding: oneOf('channel_binding', said('channel_binding') ?? 'prefer', ['disable', 'prefer', 'require']),
  };
}

function certificateFolder(env: Readonly<Record<string, string | undefined>>): string | null {
  if (process.platform === 'win32') return env.APPDATA ? join(env.APPDATA, 'postgresql') : null;
  const home = homeFolder(env);
  return home === null ? null : join(home, '.postgresql');
}
