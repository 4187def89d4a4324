/** CancelRequest of the wire protocol: asks the server to stop what a session is running. */
import type { ServerAddress, TlsSettings } from './connection-settings.ts';
import { openSocket } from './open-socket.ts';

export interface CancelKey {
  readonly processId: number;
  readonly secret: number;
}

const cancelCode = 80_877_102;

/**
 * Sends the request on a socket of its own, encrypted where the session is, and waits until the server has closed it:
 * a socket closed from our side right after the write was followed by the end of a PgBouncer. Resolves when the server
 * has read the request; whether the statement still runs by then is up to the server.
 */
export async function sendCancelRequest(
  address: Pick<ServerAddress, 'host' | 'port' | 'hostAddress'>,
  tls: TlsSettings | null,
  key: CancelKey,
  signal: AbortSignal,
): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(cancelCode, 4);
  request.writeInt32BE(key.processId, 8);
  request.writeInt32BE(key.secret, 12);
  const socket = await openSocket(address, tls, tls === null ? 'none' : 'required', signal);
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve) => {
      // A reset is one of the ways in which a server ends this connection.
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
      socket.write(request);
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
