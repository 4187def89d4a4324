/** Opens a session: finds it among servers and kinds of TLS, and takes the role. */
import { isSocketFolder } from '../config/libpq/socket-folder.ts';
import { DbkitError } from '../errors.ts';
import { describeAddress, mayWorkElsewhere, serverSqlstate, toConnectError } from './connect-error.ts';
import type { ConnectionSettings, ServerAddress, SessionAttributes } from './connection-settings.ts';
import type { SessionState } from './live-connection.ts';
import { asConnection } from './live-connection.ts';
import { openClient } from './open-client.ts';
import type { TlsAttempt } from './open-socket.ts';
import { TlsError } from './open-socket.ts';
import { unwantedBecause } from './session-attributes.ts';
import { takeRole } from './take-role.ts';

export type { ConnectionSettings } from './connection-settings.ts';

export interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
  /** The command tag's first word: SELECT, INSERT, CREATE. */
  readonly command: string;
}

/** One of many that are sent together; see `Connection.chain`. */
export interface ChainedStatement {
  readonly sql: string;
  readonly values?: readonly unknown[];
  /** The server parses it once for the chain; statements of one name have one text. */
  readonly keptAs?: string;
  /** The server is asked to send its answers so far, which it else keeps until it has many. */
  readonly announced?: boolean;
}

/** One session on a server. */
export interface Connection {
  /** Process id that the server (or the pooler in front of it) announced; 0 when it announced none. */
  readonly processId: number;
  /** The server that answered: of several in a URL it need not be the first. */
  readonly server: { readonly host: string; readonly port: number };
  /** 180004 for 18.4. */
  readonly serverVersion: number;
  /** Why the session is gone, or null while it lives. */
  readonly lost: Error | null;
  /**
   * One statement, extended protocol, parameters as values. Rejects with the server's error, or CONNECTION_LOST.
   * `keptAs`: the server parses it once and keeps it under this name; not for a session behind a pooler.
   */
  query<Row = Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
    keptAs?: string | undefined,
  ): Promise<Rows<Row>>;
  /** One or more statements without parameters in one round trip, simple protocol. */
  run(sql: string): Promise<readonly Rows<Record<string, unknown>>[]>;
  /**
   * Many statements without waiting for answers: after the first that fails the server runs none of those behind it.
   * `onDone` is told of each that is done by its index, and the promise rejects with the error of the one that failed.
   * Not for a session behind a pooler, and not for COPY.
   */
  chain(statements: readonly ChainedStatement[], onDone: (index: number) => void): Promise<void>;
  /** Asks the server to cancel what this session is running now. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** What the server tells beside its answers; `severity` in its own language, as the message. */
export interface ServerNotice {
  readonly severity: string;
  readonly sqlstate: string;
  readonly message: string;
}

export interface ConnectOptions {
  /** Shown in pg_stat_activity, unless the user's own settings say another. */
  readonly applicationName: string;
  /** For each server, unless the user's own settings say another. Default 10 s. */
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onNotice?: ((message: string, notice: ServerNotice) => void) | undefined;
  /** Default true: statements are sent without waiting for the answers before them. COPY streams need false. */
  readonly pipeline?: boolean;
}

/**
 * Opens a session: the servers in their order, each with the kinds of TLS that sslmode allows; then SET ROLE.
 * Values have the types that pg gives them: users' migrations are written for these.
 *
 * Rejects with UNREACHABLE, AUTHENTICATION_FAILED, DATABASE_NOT_FOUND, INSUFFICIENT_PRIVILEGE, PASSWORD_COMMAND_FAILED,
 * POOLER_UNSUPPORTED, CONFIG_INVALID (a certificate file), INTERRUPTED.
 */
export async function connect(settings: ConnectionSettings, options: ConnectOptions): Promise<Connection> {
  const session = await openFirst(settings, options);
  try {
    if (settings.role !== null) await takeRole(session, settings, () => openFirst(settings, options));
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function openFirst(settings: ConnectionSettings, options: ConnectOptions): Promise<Connection> {
  const servers: readonly ServerAddress[] = [settings, ...(settings.alternatives ?? [])];
  const wanted = settings.sessionAttributes ?? 'any';
  const passes: readonly SessionAttributes[] = wanted === 'prefer-standby' ? ['standby', 'any'] : [wanted];
  const failures: DbkitError[] = [];
  for (const attributes of passes) {
    failures.length = 0;
    for (const address of servers) {
      try {
        return await openOn(address, attributes, settings, options);
      } catch (error) {
        const failure = toConnectError(error, address, settings);
        // As in libpq: a server that answers and refuses this user is not passed over.
        if (!mayWorkElsewhere(failure)) throw failure;
        failures.push(failure);
      }
    }
  }
  const [first] = failures as [DbkitError];
  if (failures.length === 1) throw first;
  throw new DbkitError('UNREACHABLE', `cannot connect to any of ${servers.map(describeAddress).join(', ')}`, {
    hint: first.hint ?? undefined,
    details: failures.map((failure) => failure.message),
    cause: new AggregateError(failures),
  });
}

async function openOn(
  address: ServerAddress,
  attributes: SessionAttributes,
  settings: ConnectionSettings,
  options: ConnectOptions,
): Promise<Connection> {
  const asked: { password: Promise<string | null> | null } = { password: null };
  const state: SessionState = { lost: null, closed: false };
  const attempts = tlsAttempts(address, settings);
  for (const [index, attempt] of attempts.entries()) {
    try {
      const opened = await openClient(address, settings, attempt, {
        applicationName: options.applicationName,
        timeoutMs: settings.connectTimeoutMs ?? options.connectTimeoutMs ?? 10_000,
        signal: options.signal ?? null,
        pipeline: options.pipeline ?? true,
        // One call of a password command for one connection, whatever it takes to open it.
        password: () => {
          asked.password ??= readPassword(address.password);
          return asked.password;
        },
        onLost: (error) => {
          if (!state.closed) state.lost ??= error;
        },
      });
      const { onNotice } = options;
      if (onNotice !== undefined)
        opened.client.on('notice', (notice) => onNotice(notice.message ?? '', toNotice(notice)));
      const unwanted = await unwantedBecause(attributes, opened.parameters, opened.client);
      if (unwanted === null) return await asConnection(opened, address, settings, state);
      await opened.client.end();
      throw new DbkitError(
        'UNREACHABLE',
        `${describeAddress(address)} is not what target_session_attrs=${settings.sessionAttributes} asks for: ${unwanted}`,
      );
    } catch (error) {
      // Another kind of encryption helps against TLS and pg_hba.conf; once a password was sent, it is about that.
      const encryption = error instanceof TlsError || serverSqlstate(error) === '28000';
      if (!encryption || asked.password !== null || index === attempts.length - 1) throw error;
      state.lost = null;
    }
  }
  throw new Error('unreachable: the last attempt returns or throws');
}

function tlsAttempts(address: ServerAddress, settings: ConnectionSettings): readonly TlsAttempt[] {
  if (isSocketFolder(address.host)) return ['none'];
  const mode = settings.tls?.mode ?? 'disable';
  switch (mode) {
    case 'disable':
      return ['none'];
    case 'allow':
      return ['none', 'required'];
    case 'prefer':
      return ['preferred', 'none'];
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return ['required'];
  }
}

function toNotice(notice: { message?: string | undefined; severity?: string | undefined; code?: string | undefined }) {
  const { message = '', severity = '', code = '' } = notice;
  return { message, severity, sqlstate: code };
}

async function readPassword(password: ServerAddress['password']): Promise<string | null> {
  return typeof password === 'function' ? await password() : password;
}
