/** One connection: how it is found among servers and kinds of TLS, its life, and how its statement is cancelled. */
import type pg from 'pg';
import { isSocketFolder } from '../config/libpq/socket-folder.ts';
import { DbkitError } from '../errors.ts';
import { sendCancelRequest } from './cancel-request.ts';
import { describeAddress, mayWorkElsewhere, serverSqlstate, toConnectError } from './connect-error.ts';
import type { ConnectionSettings, ServerAddress, SessionAttributes } from './connection-settings.ts';
import type { ClientInternals, OpenedClient } from './open-client.ts';
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
  /** One statement, extended protocol, parameters as values. Rejects with the server's error, or CONNECTION_LOST. */
  query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Rows<Row>>;
  /** One or more statements without parameters in one round trip, simple protocol. */
  run(sql: string): Promise<readonly Rows<Record<string, unknown>>[]>;
  /** Asks the server to cancel what this session is running now. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Shown in pg_stat_activity, unless the user's own settings say another. */
  readonly applicationName: string;
  /** For each server, unless the user's own settings say another. Default 10 s. */
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
  /** Default true: statements are sent without waiting for the answers before them. COPY streams need false. */
  readonly pipeline?: boolean;
}

const cancelTimeoutMs = 10_000;
const goodbyeMs = 2_000;

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
  const state: { lost: Error | null; closed: boolean } = { lost: null, closed: false };
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
      if (onNotice !== undefined) opened.client.on('notice', (notice) => onNotice(notice.message ?? ''));
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

async function readPassword(password: ServerAddress['password']): Promise<string | null> {
  return typeof password === 'function' ? await password() : password;
}

/** What the server sends as it ends the session: the statement that gets it is lost together with the session. */
const endOfSession = new Set([
  '57P01',
  '57P02',
  '57P04',
  '57P05',
  '25P03',
  '25P04',
  '08000',
  '08003',
  '08006',
  '08P01',
]);

async function asConnection(
  opened: OpenedClient,
  address: ServerAddress,
  settings: ConnectionSettings,
  state: { lost: Error | null; closed: boolean },
): Promise<Connection> {
  const { client, socket } = opened;
  const { processID, secretKey } = client as unknown as ClientInternals;
  const where = `${describeAddress(address)}/${settings.database}`;
  // Where this session really is: a name may lead elsewhere when it is looked up again.
  const pinned = { ...address, hostAddress: socket.remoteAddress ?? address.hostAddress ?? null };
  const explain = (error: unknown): unknown => {
    if (endOfSession.has(serverSqlstate(error) ?? '')) state.lost ??= error as Error;
    if (state.lost === null && !state.closed) return error;
    if (state.lost === null)
      return new DbkitError('CONNECTION_LOST', `the connection to ${where} is closed`, { cause: error });
    return new DbkitError(
      'CONNECTION_LOST',
      `the connection to ${where} was lost: ${state.lost.message.split('\n')[0]}`,
      {
        hint: 'nothing of an open transaction was kept; try again when the server answers',
        cause: error,
      },
    );
  };
  return {
    processId: processID ?? 0,
    server: { host: address.host, port: address.port },
    serverVersion: versionNumber(opened.parameters.get('server_version')) ?? (await askVersion(client)),
    get lost() {
      return state.lost;
    },
    async query<Row>(sql: string, values: readonly unknown[] = []) {
      try {
        return rowsOf<Row>(await client.query(sql, values as unknown[]));
      } catch (error) {
        throw explain(error);
      }
    },
    async run(sql) {
      try {
        const result = (await client.query(sql)) as unknown as pg.QueryResult | pg.QueryResult[];
        return (Array.isArray(result) ? result : [result]).map((one) => rowsOf<Record<string, unknown>>(one));
      } catch (error) {
        throw explain(error);
      }
    },
    async cancel() {
      if (state.lost !== null || state.closed) return;
      if (processID === null || secretKey === null) {
        throw new DbkitError('POOLER_UNSUPPORTED', `${where} announced no key to cancel a statement with`);
      }
      const tls = opened.encrypted ? (settings.tls ?? null) : null;
      try {
        await sendCancelRequest(
          pinned,
          tls,
          { processId: processID, secret: secretKey },
          AbortSignal.timeout(cancelTimeoutMs),
        );
      } catch (error) {
        throw toConnectError(error, address, settings);
      }
    },
    async close() {
      if (state.closed) return;
      state.closed = true;
      // A server behind a broken network never says goodbye.
      const giveUp = setTimeout(() => socket.destroy(), goodbyeMs);
      await client.end().finally(() => clearTimeout(giveUp));
    },
  };
}

function rowsOf<Row>(result: pg.QueryResult): Rows<Row> {
  return { rows: (result.rows ?? []) as Row[], rowCount: result.rowCount ?? 0, command: result.command ?? '' };
}

/** `18.4 (Debian 18.4-1)` is 180004, `19devel` is 190000; null when it cannot be read. */
function versionNumber(text: string | undefined): number | null {
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(text ?? '') ?? [];
  return major === undefined ? null : Number(major) * 10_000 + Number(minor ?? 0);
}

async function askVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ v: string }>(`select pg_catalog.current_setting('server_version_num') as v`);
  return Number(rows[0]?.v);
}
