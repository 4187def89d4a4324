/** From the `ssl…` parameters to what node:tls wants: reads the files, decides what is verified. */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { checkServerIdentity, getCACertificates, rootCertificates } from 'node:tls';
import { DbkitError } from '../errors.ts';
import type { TlsSettings } from './connection-settings.ts';

/**
 * Options for a TLS session with `host`. The chain is verified where there is a root certificate (so `require` verifies
 * as soon as `~/.postgresql/root.crt` exists, as in libpq), the host name by `verify-full` only.
 * Throws CONFIG_INVALID for a file that is missing or a key that others may read.
 */
export function tlsOptions(settings: TlsSettings, host: string): ConnectionOptions {
  const ca = trustedCertificates(settings);
  if (ca === null && (settings.mode === 'verify-ca' || settings.mode === 'verify-full')) {
    const missing =
      settings.rootCertificate ?? (settings.folder === null ? 'root.crt' : join(settings.folder, 'root.crt'));
    throw new DbkitError(
      'CONFIG_INVALID',
      `sslmode=${settings.mode}: root certificate file ${missing} does not exist`,
      {
        hint: 'provide the file, name another with sslrootcert=, or use sslrootcert=system',
      },
    );
  }
  const certificate = fileOrDefault(settings.certificate, settings, 'postgresql.crt');
  const key = certificate === null ? null : fileOrDefault(settings.key, settings, 'postgresql.key');
  if (certificate !== null && key === null) {
    throw new DbkitError('CONFIG_INVALID', 'the client certificate has no private key', {
      hint: 'name it with sslkey=',
    });
  }
  if (key !== null) refuseReadableKey(key.path);
  const revoked = fileOrDefault(settings.revocationList, settings, 'root.crl');
  return {
    rejectUnauthorized: ca !== null,
    ...(ca === null ? {} : { ca: [...ca] }),
    ...(certificate === null ? {} : { cert: certificate.content }),
    ...(key === null ? {} : { key: key.content }),
    ...(settings.keyPassword === null ? {} : { passphrase: settings.keyPassword }),
    ...(revoked === null || ca === null ? {} : { crl: revoked.content }),
    ...(settings.minVersion === null ? {} : { minVersion: settings.minVersion }),
    ...(settings.maxVersion === null ? {} : { maxVersion: settings.maxVersion }),
    ...(settings.negotiation === 'direct' ? { ALPNProtocols: ['postgresql'] } : {}),
    // An address must not be sent as a server name: RFC 6066, section 3.
    ...(settings.serverNameIndication && isIP(host) === 0 ? { servername: host } : {}),
    checkServerIdentity: (_name, peer) =>
      settings.mode === 'verify-full' ? checkServerIdentity(host, peer) : undefined,
  };
}

function trustedCertificates(settings: TlsSettings): readonly (string | Buffer)[] | null {
  if (settings.rootCertificate === 'system') {
    const system = getCACertificates('system');
    // A bare container has no store of its own; Node carries Mozilla's, which is what one would install.
    return system.length > 0 ? system : rootCertificates;
  }
  const file = fileOrDefault(settings.rootCertificate, settings, 'root.crt', true);
  return file === null ? null : [file.content];
}

/** A named file must exist, except a root certificate where nothing has to be verified; a default one may be absent. */
function fileOrDefault(
  named: string | null,
  settings: TlsSettings,
  defaultName: string,
  mayBeMissing = false,
): { readonly path: string; readonly content: Buffer } | null {
  const path = named ?? (settings.folder === null ? null : join(settings.folder, defaultName));
  if (path === null) return null;
  try {
    return { path, content: readFileSync(path) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const absent = code === 'ENOENT' || code === 'ENOTDIR';
    if (absent && (named === null || mayBeMissing)) return null;
    throw new DbkitError('CONFIG_INVALID', `cannot read ${path}`, { cause: error });
  }
}

function refuseReadableKey(path: string): void {
  if (process.platform === 'win32') return;
  const { mode, uid } = statSync(path);
  // A key of root may be read by its group: that is how packagers share one with the server's user.
  const forbidden = uid === 0 && process.getuid?.() !== 0 ? 0o037 : 0o077;
  if ((mode & forbidden) !== 0) {
    throw new DbkitError('CONFIG_INVALID', `private key file ${path} can be read by others`, {
      hint: `run: chmod 0600 ${path}`,
    });
  }
}
