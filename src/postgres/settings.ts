/** From a URL and the environment to what `connect` needs, with the order and the defaults of libpq. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { collectParameters } from '../config/libpq/collect-parameters.ts';
import { parseConninfo } from '../config/libpq/conninfo.ts';
import { homeFolder } from '../config/libpq/home-folder.ts';
import { oneOf, wholeNumber } from '../config/libpq/parameter-values.ts';
import type { ParameterName } from '../config/libpq/parameters.ts';
import { findPassword, readPasswordFile } from '../config/libpq/password-file.ts';
import { resolveServers } from '../config/libpq/servers.ts';
import { DbkitError } from '../errors.ts';
import type { ConnectionSettings, ServerAddress } from './connection-settings.ts';
import { sessionAttributes } from './connection-settings.ts';
import { runPasswordCommand } from './password-command.ts';
import { resolveTls } from './tls-settings.ts';

export interface ResolveOptions {
  readonly role?: string | null;
  /** Program and arguments; asked for each new connection, unless the URL itself holds a password. */
  readonly passwordCommand?: readonly string[] | null;
  /** A password file that is not used because others may read it. */
  readonly onWarning?: (text: string) => void;
}

/**
 * Settings of a URL or of key=value pairs; null takes everything from the environment, as psql without arguments.
 * Order: connection string, then the service it or PGSERVICE names, then PG* variables, then defaults.
 * Throws CONFIG_INVALID; no message holds a password.
 */
export function resolveSettings(
  connectionString: string | null,
  env: Environment,
  options: ResolveOptions = {},
): ConnectionSettings {
  const explicit = connectionString === null ? {} : parseConninfo(connectionString);
  const values = collectParameters(explicit, env);
  const said = (name: ParameterName) => values[name]?.[0] || null;
  refuseUnsupported(said);

  const user = said('user') ?? currentUser();
  const database = said('dbname') ?? user;
  const servers = resolveServers(values);
  const { passwordCommand } = options;
  const command =
    passwordCommand && explicit.password === undefined ? () => runPasswordCommand(passwordCommand, { env }) : null;
  const written = command ?? said('password');
  const lines = written === null ? passwordLines(said('passfile'), env, options.onWarning) : [];
  const addresses = servers.map((server): ServerAddress => {
    // libpq looks a server up under the name it was given, and under its address only where it has no name.
    const password = written ?? findPassword(lines, { host: server.host, port: server.port, database, user });
    return { ...server, password };
  });
  if (oneOf('load_balance_hosts', said('load_balance_hosts') ?? 'disable', ['disable', 'random']) === 'random') {
    addresses.sort(() => Math.random() - 0.5);
  }
  const [first, ...alternatives] = addresses as [ServerAddress, ...ServerAddress[]];
  const seconds = said('connect_timeout');
  return {
    ...first,
    user,
    database,
    role: options.role ?? null,
    alternatives,
    tls: resolveTls(said, env),
    options: said('options'),
    applicationName: said('application_name') ?? said('fallback_application_name'),
    connectTimeoutMs: seconds === null ? null : Math.max(wholeNumber('connect_timeout', seconds), 0) * 1000,
    sessionAttributes: oneOf('target_session_attrs', said('target_session_attrs') ?? 'any', sessionAttributes),
  };
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new DbkitError(
      'CONFIG_INVALID',
      'the connection names no user, and the system has no name for this user id',
      {
        hint: 'write the user into the URL, or set PGUSER',
        cause: error,
      },
    );
  }
}

function passwordLines(path: string | null, env: Environment, onWarning?: (text: string) => void): readonly string[] {
  const home = homeFolder(env);
  const file = path ?? (home === null ? null : join(home, '.pgpass'));
  return file === null ? [] : readPasswordFile(file, onWarning ?? (() => {}));
}

function refuseUnsupported(said: (name: ParameterName) => string | null): void {
  if (said('gssencmode') === 'require') {
    throw new DbkitError('CONFIG_INVALID', 'gssencmode=require: GSSAPI encryption is not supported', {
      hint: 'use sslmode=verify-full',
    });
  }
  const encoding = said('client_encoding');
  if (encoding !== null && !/^(auto|utf-?8|unicode)$/i.test(encoding)) {
    throw new DbkitError('CONFIG_INVALID', `client_encoding=${encoding}: dbkit speaks UTF8 with every server`, {
      hint: 'leave client_encoding (PGCLIENTENCODING) out',
    });
  }
}
