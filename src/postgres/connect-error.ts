/** Why a session could not be opened, in words of ours: where, who, and what to do next. Never a password. */

import { isSocketFolder } from '../config/libpq/socket-folder.ts';
import type { ErrorCode } from '../errors.ts';
import { DbkitError } from '../errors.ts';
import type { ConnectionSettings, ServerAddress } from './connection-settings.ts';
import { TlsError } from './open-socket.ts';

/** `db.example:5432`, `[::1]:5432`, or the path of the socket's folder. */
export function describeAddress(address: Pick<ServerAddress, 'host' | 'port'>): string {
  const { host, port } = address;
  return `${host.includes(':') && !isSocketFolder(host) ? `[${host}]` : host}:${port}`;
}

/** SQLSTATE of what the server said, or null when it was not the server that spoke. */
export function serverSqlstate(error: unknown): string | null {
  if (!(error instanceof Error) || !('severity' in error)) return null;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** True when another server, or the same one a moment later, may answer. */
export function mayWorkElsewhere(error: DbkitError): boolean {
  return error.code === 'UNREACHABLE' || error.cause instanceof TlsError;
}

/** UNREACHABLE, AUTHENTICATION_FAILED, DATABASE_NOT_FOUND, INSUFFICIENT_PRIVILEGE or POOLER_UNSUPPORTED. */
export function toConnectError(error: unknown, address: ServerAddress, settings: ConnectionSettings): DbkitError {
  if (error instanceof DbkitError) return error;
  const where = `${describeAddress(address)}/${settings.database}`;
  const sqlstate = serverSqlstate(error);
  const { message } = error as Error;
  if (sqlstate === null) {
    return new DbkitError(
      error instanceof TlsError ? 'AUTHENTICATION_FAILED' : 'UNREACHABLE',
      `cannot connect to ${where}: ${networkFailure(error)}`,
      {
        hint: networkHint(error, address),
        cause: error,
      },
    );
  }
  const { code, hint } = meaningOf(sqlstate, settings);
  return new DbkitError(code, `cannot connect to ${where} as ${settings.user}: ${message.split('\n')[0]}`, {
    hint,
    cause: error,
  });
}

function meaningOf(
  sqlstate: string,
  settings: ConnectionSettings,
): { readonly code: ErrorCode; readonly hint: string } {
  const { user, database } = settings;
  switch (sqlstate) {
    case '28P01':
      return {
        code: 'AUTHENTICATION_FAILED',
        hint: `check the password of ${user}; in a URL, write @ / % : of a password as %40 %2F %25 %3A`,
      };
    case '28000':
      return {
        code: 'AUTHENTICATION_FAILED',
        hint: `the server lets ${user} in neither from here nor in this way: check user, sslmode and pg_hba.conf`,
      };
    case '3D000':
      return { code: 'DATABASE_NOT_FOUND', hint: `create it (createdb ${database}), or correct the name in the URL` };
    case '42501':
      return { code: 'INSUFFICIENT_PRIVILEGE', hint: `grant connect on database "${database}" to "${user}"` };
    case '53300':
      return { code: 'UNREACHABLE', hint: 'all connections of the server are taken; try again, or close some' };
    case '57P03':
      return { code: 'UNREACHABLE', hint: 'the server is starting, stopping or recovering; try again in a moment' };
    case '08P01':
      // Older PgBouncers say everything with this one: a wrong database and user, and a parameter that they do not pass on.
      return settings.options
        ? {
            code: 'POOLER_UNSUPPORTED',
            hint: 'a pooler passes no options on (PGOPTIONS, options=…): leave them out, or use the URL of the server itself',
          }
        : { code: 'AUTHENTICATION_FAILED', hint: 'a pooler said no: check user and database, and see its log' };
    case 'XX000':
      // Supavisor's answer to a user without the project's name.
      return { code: 'AUTHENTICATION_FAILED', hint: "behind Supabase's pooler the user is postgres.<project ref>" };
    default:
      return { code: 'UNREACHABLE', hint: 'see the log of the server' };
  }
}

function networkFailure(error: unknown): string {
  if (error instanceof AggregateError) {
    const distinct = new Set(error.errors.map((one: unknown) => networkFailure(one)));
    return [...distinct].join('; ');
  }
  if (error instanceof TlsError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOENT':
      return 'no socket there';
    case 'ENOTFOUND':
      return 'the host name is not known';
    case 'EAI_AGAIN':
      return 'the host name cannot be looked up now';
    case 'ETIMEDOUT':
      return 'no answer';
    case 'ECONNRESET':
      return 'the connection was reset';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'there is no route to the host';
    default:
      return message;
  }
}

function networkHint(error: unknown, address: ServerAddress): string {
  if (error instanceof TlsError) return 'see sslmode and sslrootcert; sslmode=require encrypts without verifying';
  // Direct hosts of Supabase have an IPv6 address only, which many networks and CI runners cannot reach.
  if (/^db\.[a-z0-9]+\.supabase\.(co|red|in)$/i.test(address.host)) {
    return 'this host is often reachable over IPv6 only: use the URL of the session pooler (port 5432)';
  }
  if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND') {
    return 'check the spelling of the host; does this machine see that network (VPN)?';
  }
  return isSocketFolder(address.host)
    ? 'is the server running, and is this the folder of its socket?'
    : 'is the server running there, and may this machine reach it?';
}
