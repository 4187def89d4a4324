/** Opens the byte stream to a server: TCP or Unix socket, and TLS on top of it. */
import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { isSocketFolder, socketPath } from '../config/libpq/socket-folder.ts';
import type { ServerAddress, TlsSettings } from './connection-settings.ts';
import { tlsOptions } from './tls-options.ts';

/** How TLS went wrong, apart from the network: another attempt in plain text (`prefer`) may do. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** `refused-by-server` is the answer N: the server was not built or not configured for TLS. */
export type TlsAttempt = 'required' | 'preferred' | 'none';

/** SSLRequest: length 8, code 80877103. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** A name with an IPv6 address that leads nowhere: how long until its IPv4 address is tried, in milliseconds. */
const nextAddressAfterMs = 2_000;

/**
 * A connected stream. `preferred` stays in plain text when the server has no TLS, `required` rejects with TlsError.
 * Rejects with the error of the socket otherwise; destroys it when `signal` is aborted.
 */
export async function openSocket(
  address: Pick<ServerAddress, 'host' | 'port' | 'hostAddress'>,
  tls: TlsSettings | null,
  attempt: TlsAttempt,
  signal: AbortSignal,
): Promise<Socket | TLSSocket> {
  signal.throwIfAborted();
  const socket = isSocketFolder(address.host)
    ? createConnection({ path: socketPath(address.host, address.port) })
    : createConnection({
        host: address.hostAddress ?? address.host,
        port: address.port,
        autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
      });
  const abort = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await happened(socket, 'connect');
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    if (attempt === 'none' || tls === null || isSocketFolder(address.host)) return socket;
    if (tls.negotiation !== 'direct' && !(await serverHasTls(socket))) {
      // It was paused for TLS to take over, and a listener alone does not set a paused stream going again.
      if (attempt === 'preferred') return socket.resume();
      throw new TlsError('the server does not support TLS, but sslmode asks for it');
    }
    return await secure(socket, tls, address.host);
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function serverHasTls(socket: Socket): Promise<boolean> {
  socket.write(sslRequest);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const closed = () => reject(new Error('the server closed the connection when asked for TLS'));
    socket.once('error', reject);
    socket.once('close', closed);
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.off('error', reject);
      socket.off('close', closed);
      resolve(chunk);
    });
  });
  if (answer.length === 1 && answer[0] === 0x53) return true;
  if (answer.length === 1 && answer[0] === 0x4e) return false;
  // More than one byte before TLS could be injected by somebody in the middle (CVE-2021-23222).
  throw new TlsError('the server gave an unexpected answer to the request for TLS');
}

async function secure(socket: Socket, tls: TlsSettings, host: string): Promise<TLSSocket> {
  const options = tlsOptions(tls, host);
  let secured: TLSSocket | undefined;
  try {
    // Throws at once for a certificate or key that cannot be read.
    secured = connectTls({ socket, ...options });
    await happened(secured, 'secureConnect');
    return secured;
  } catch (error) {
    secured?.destroy();
    if (['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new TlsError(`TLS with ${host} failed: ${(error as Error).message}`, { cause: error });
  }
}

function happened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error('the connection was closed'));
    socket.once('error', reject);
    socket.once('close', closed);
    socket.once(event, () => {
      socket.off('error', reject);
      socket.off('close', closed);
      resolve();
    });
  });
}
