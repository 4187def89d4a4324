/**
 * The connection parameters of libpq that dbkit understands, with the environment variable of each.
 *
 * Source: PostgreSQL documentation, libpq, "Parameter Key Words" and "Environment Variables".
 */

export interface Parameter {
  /** Environment variable, or null where libpq has none. */
  readonly variable: string | null;
  /** A comma separates several values: one for each host. */
  readonly list?: true;
}

export const parameters = {
  service: { variable: 'PGSERVICE' },
  servicefile: { variable: 'PGSERVICEFILE' },
  host: { variable: 'PGHOST', list: true },
  hostaddr: { variable: 'PGHOSTADDR', list: true },
  port: { variable: 'PGPORT', list: true },
  dbname: { variable: 'PGDATABASE' },
  user: { variable: 'PGUSER' },
  password: { variable: 'PGPASSWORD' },
  passfile: { variable: 'PGPASSFILE' },
  options: { variable: 'PGOPTIONS' },
  application_name: { variable: 'PGAPPNAME' },
  fallback_application_name: { variable: null },
  connect_timeout: { variable: 'PGCONNECT_TIMEOUT' },
  client_encoding: { variable: 'PGCLIENTENCODING' },
  target_session_attrs: { variable: 'PGTARGETSESSIONATTRS' },
  load_balance_hosts: { variable: 'PGLOADBALANCEHOSTS' },
  channel_binding: { variable: 'PGCHANNELBINDING' },
  sslmode: { variable: 'PGSSLMODE' },
  sslnegotiation: { variable: 'PGSSLNEGOTIATION' },
  sslrootcert: { variable: 'PGSSLROOTCERT' },
  sslcert: { variable: 'PGSSLCERT' },
  sslkey: { variable: 'PGSSLKEY' },
  sslpassword: { variable: null },
  sslcrl: { variable: 'PGSSLCRL' },
  sslsni: { variable: 'PGSSLSNI' },
  ssl_min_protocol_version: { variable: 'PGSSLMINPROTOCOLVERSION' },
  ssl_max_protocol_version: { variable: 'PGSSLMAXPROTOCOLVERSION' },
  gssencmode: { variable: 'PGGSSENCMODE' },
  // Tuning of the socket and of GSSAPI: accepted, so that a URL made for psql works, without effect here.
  keepalives: { variable: null },
  keepalives_idle: { variable: null },
  keepalives_interval: { variable: null },
  keepalives_count: { variable: null },
  tcp_user_timeout: { variable: null },
  sslcompression: { variable: null },
  krbsrvname: { variable: null },
  gsslib: { variable: null },
  min_protocol_version: { variable: null },
  max_protocol_version: { variable: null },
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof parameters;

/** What was said about a connection; a parameter of kind `list` has one entry for each host, the others have one. */
export type ParameterValues = Partial<Record<ParameterName, readonly string[]>>;

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameters, name);
}

export function isListParameter(name: ParameterName): boolean {
  return 'list' in parameters[name];
}

/** What other tools put into URLs: dbkit must not take them for its own, and says whose they are. */
const foreignParameters: Readonly<Record<string, string>> = {
  pgbouncer: 'Prisma',
  connection_limit: 'Prisma',
  pool_timeout: 'Prisma',
  schema: 'Prisma',
  statement_cache_size: 'Prisma',
  supa: 'the Supabase integration of a hosting provider',
  uselibpqcompat: 'node-postgres',
};

/** A hint for a parameter that libpq does not know. */
export function unknownParameterHint(names: readonly string[]): string {
  const foreign = names.filter((name) => Object.hasOwn(foreignParameters, name));
  if (foreign.length > 0) {
    const owners = [...new Set(foreign.map((name) => foreignParameters[name]))].join(' and ');
    return `${foreign.join(', ')} belongs to ${owners}; leave it out of the URL that dbkit gets`;
  }
  return 'dbkit takes the parameters of libpq, such as sslmode, host, options, connect_timeout';
}
