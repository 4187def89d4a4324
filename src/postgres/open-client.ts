/** One attempt on one server: a pg client on a stream of ours, so that TLS means what libpq means by it. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import pg from 'pg';
import { isSocketFolder } from '../config/libpq/socket-folder.ts';
import { DbkitError } from '../errors.ts';
import { describeAddress } from './connect-error.ts';
import type { ConnectionSettings, ServerAddress } from './connection-settings.ts';
import type { TlsAttempt } from './open-socket.ts';
import { openSocket } from './open-socket.ts';

/** What pg knows of a session and its types do not say. */
export interface ClientInternals {
  readonly connection: EventEmitter;
  readonly connectionParameters: { options?: string | undefined; replication?: string | undefined };
  readonly processID: number | null;
  readonly secretKey: number | null;
}

export type QueryResult = pg.QueryResult;

export interface OpenedClient {
  readonly client: pg.Client;
  readonly socket: Socket;
  readonly encrypted: boolean;
  /** What the server reports by itself: `server_version`, `in_hot_standby`, `default_transaction_read_only`… */
  readonly parameters: ReadonlyMap<string, string>;
}

export interface AttemptOptions {
  readonly applicationName: string;
  /** 0 waits without end. The time that a password command takes does not count. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
  readonly pipeline: boolean;
  /** Called when the server asks for the password. */
  readonly password: () => Promise<string | null>;
  readonly onLost: (error: Error) => void;
}

/** Rejects with the error of the socket, of TLS or of the server as it is; INTERRUPTED when the signal is aborted. */
export async function openClient(
  address: ServerAddress,
  settings: ConnectionSettings,
  attempt: TlsAttempt,
  options: AttemptOptions,
): Promise<OpenedClient> {
  const limit = startTimeLimit(options.timeoutMs);
  const signal = options.signal === null ? limit.signal : AbortSignal.any([limit.signal, options.signal]);
  try {
    const socket = await openSocket(address, settings.tls ?? null, attempt, signal);
    // True on every TLSSocket, absent elsewhere; to name the class would load node:tls for each session.
    const encrypted = 'encrypted' in socket && socket.encrypted === true;
    const binding = encrypted && settings.tls?.channelBinding === 'require';
    if (settings.tls?.channelBinding === 'require' && !encrypted && !isSocketFolder(address.host)) {
      socket.destroy();
      throw new DbkitError('AUTHENTICATION_FAILED', 'channel_binding=require needs TLS, and this session has none', {
        hint: 'use sslmode=require or stronger',
      });
    }
    const config = {
      ...address,
      user: settings.user,
      database: settings.database,
      ssl: false,
      stream: asUnconnected(sendingTogether(socket)),
      application_name: settings.applicationName ?? options.applicationName,
      pipeline: options.pipeline,
      enableChannelBinding: binding,
      password: async () => {
        limit.pause();
        const password = await options.password();
        limit.resume();
        if (password !== null) return password;
        throw new DbkitError(
          'AUTHENTICATION_FAILED',
          `${describeAddress(address)} asks ${settings.user} for a password, and there is none`,
          {
            hint: 'put it into the URL, PGPASSWORD, ~/.pgpass (mode 0600), or configure passwordCommand',
          },
        );
      },
    };
    const client = new pg.Client(config as unknown as pg.ClientConfig);
    client.on('error', options.onLost);
    const internals = client as unknown as ClientInternals;
    // pg would fill these from the environment of the process, also for a server that is ours.
    internals.connectionParameters.options = settings.options ?? undefined;
    internals.connectionParameters.replication = undefined;
    const parameters = new Map<string, string>();
    internals.connection.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
      parameters.set(status.parameterName, status.parameterValue);
    });
    const bound = binding ? watchChannelBinding(internals.connection) : () => true;
    const abort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await client.connect();
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
    if (!bound()) {
      socket.destroy();
      throw new DbkitError(
        'AUTHENTICATION_FAILED',
        'channel_binding=require, but the server did not bind the session',
        {
          hint: 'the server must use scram-sha-256 over TLS; something in between may have ended the TLS session',
        },
      );
    }
    return { client, socket, encrypted, parameters };
  } catch (error) {
    if (options.signal?.aborted === true) {
      throw new DbkitError('INTERRUPTED', `interrupted while connecting to ${describeAddress(address)}`, {
        cause: error,
      });
    }
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    limit.pause();
  }
}

/** What is written in one turn of the loop leaves in one piece: the server wakes up once for many messages. */
function sendingTogether(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let held = false;
  const together = (...args: unknown[]): boolean => {
    if (!held) {
      held = true;
      socket.cork();
      process.nextTick(() => {
        held = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
  return Object.assign(socket, { write: together });
}

/** pg wants to connect the stream itself; ours is connected (and encrypted) already, so it only has to be told. */
function asUnconnected(socket: Socket): Socket {
  return Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });
}

function watchChannelBinding(connection: EventEmitter): () => boolean {
  let offered = false;
  let finished = false;
  connection.on('authenticationSASL', (message: { mechanisms: readonly string[] }) => {
    offered = message.mechanisms.includes('SCRAM-SHA-256-PLUS');
  });
  connection.on('authenticationSASLFinal', () => {
    finished = true;
  });
  return () => offered && finished;
}

interface TimeLimit {
  readonly signal: AbortSignal;
  pause(): void;
  resume(): void;
}

function startTimeLimit(timeoutMs: number): TimeLimit {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const resume = () => {
    if (timeoutMs <= 0) return;
    timer = setTimeout(() => controller.abort(new Error(`no answer after ${timeoutMs / 1000} s`)), timeoutMs);
  };
  resume();
  return { signal: controller.signal, pause: () => clearTimeout(timer), resume };
}
