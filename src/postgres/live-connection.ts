/** The life of one session: statements, how the running one is cancelled, what is said when it is lost. */
import { DbkitError } from '../errors.ts';
import { sendCancelRequest } from './cancel-request.ts';
import type { Connection, Rows } from './connect.ts';
import { describeAddress, serverSqlstate, toConnectError } from './connect-error.ts';
import type { ConnectionSettings, ServerAddress } from './connection-settings.ts';
import type { ClientInternals, OpenedClient, QueryResult } from './open-client.ts';
import { sendChain } from './statement-chain.ts';

/** Shared with whoever listens for the end of the session. */
export interface SessionState {
  lost: Error | null;
  closed: boolean;
}

const cancelTimeoutMs = 10_000;
const goodbyeMs = 2_000;

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

export async function asConnection(
  opened: OpenedClient,
  address: ServerAddress,
  settings: ConnectionSettings,
  state: SessionState,
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
    async query<Row>(sql: string, values: readonly unknown[] = [], keptAs?: string) {
      try {
        const query = { text: sql, values: values as unknown[], ...(keptAs === undefined ? {} : { name: keptAs }) };
        return rowsOf<Row>(await client.query(query));
      } catch (error) {
        throw explain(error);
      }
    },
    async run(sql) {
      try {
        const result = (await client.query(sql)) as unknown as QueryResult | QueryResult[];
        return (Array.isArray(result) ? result : [result]).map((one) => rowsOf<Record<string, unknown>>(one));
      } catch (error) {
        throw explain(error);
      }
    },
    async chain(statements, onDone) {
      try {
        await sendChain(client, statements, onDone);
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

function rowsOf<Row>(result: QueryResult): Rows<Row> {
  return { rows: (result.rows ?? []) as Row[], rowCount: result.rowCount ?? 0, command: result.command ?? '' };
}

/** `18.4 (Debian 18.4-1)` is 180004, `19devel` is 190000; null when it cannot be read. */
function versionNumber(text: string | undefined): number | null {
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(text ?? '') ?? [];
  return major === undefined ? null : Number(major) * 10_000 + Number(minor ?? 0);
}

async function askVersion(client: OpenedClient['client']): Promise<number> {
  const { rows } = await client.query<{ v: string }>(`select pg_catalog.current_setting('server_version_num') as v`);
  return Number(rows[0]?.v);
}
