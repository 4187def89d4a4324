/** The only file that imports pg: one connection, its life, and how its statement is cancelled. */
import pg from 'pg';

export interface ConnectionSettings {
  /** A host name, an address, or the absolute path of a folder with a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | (() => Promise<string>) | null;
  /** Role that the session takes with SET ROLE once it is connected. */
  readonly role: string | null;
}

export interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
  /** The command tag's first word: SELECT, INSERT, CREATE. */
  readonly command: string;
}

/** One session on a server. */
export interface Connection {
  /** Process id that the server (or the pooler in front of it) announced. */
  readonly processId: number;
  /** 180004 for 18.4. */
  readonly serverVersion: number;
  /** Why the session is gone, or null while it lives. */
  readonly lost: Error | null;
  /** One statement, extended protocol, parameters as values. */
  query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Rows<Row>>;
  /** One or more statements without parameters in one round trip, simple protocol. */
  run(sql: string): Promise<readonly Rows<Record<string, unknown>>[]>;
  /** Asks the server to cancel what this session is running now. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly applicationName: string;
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
  /** Default true: statements are sent without waiting for the answers before them. COPY streams need false. */
  readonly pipeline?: boolean;
}

/** Opens a session. Rejects with UNREACHABLE, AUTHENTICATION_FAILED, DATABASE_NOT_FOUND. */
export async function connect(settings: ConnectionSettings, options: ConnectOptions): Promise<Connection> {
  // pg's types do not know `pipeline` yet.
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password: settings.password ?? undefined,
    application_name: options.applicationName,
    pipeline: options.pipeline ?? true,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
  } as pg.ClientConfig);
  let lost: Error | null = null;
  client.on('error', (error) => {
    lost = error;
  });
  await client.connect();
  if (settings.role !== null) await client.query(`set role ${pg.escapeIdentifier(settings.role)}`);
  const { rows } = await client.query<{ v: string }>(`select current_setting('server_version_num') as v`);
  return {
    processId: (client as unknown as { processID: number }).processID,
    serverVersion: Number(rows[0]?.v),
    get lost() {
      return lost;
    },
    async query<Row>(sql: string, values: readonly unknown[] = []) {
      const result = await client.query(sql, values as unknown[]);
      return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0, command: result.command };
    },
    async run(sql) {
      const result = (await client.query(sql)) as unknown as pg.QueryResult | pg.QueryResult[];
      return (Array.isArray(result) ? result : [result]).map((one) => ({
        rows: one.rows ?? [],
        rowCount: one.rowCount ?? 0,
        command: one.command,
      }));
    },
    async cancel() {
      throw new Error('not built yet');
    },
    async close() {
      await client.end();
    },
  };
}
