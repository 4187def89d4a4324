/**
 * Acting as a role of the API, with what PostgREST sends.
 *
 * PostgREST (12 to 14, alike) logs in as `authenticator`, begins with the role's isolation level, READ ONLY for GET and
 * HEAD, and sends one SELECT of set_config(…, true): search_path, the role's own settings, role, claims, method, path,
 * headers, cookies, time zone, application settings. A session of `authenticator` reproduces that exactly. Any other
 * session that may take the role gives the same answers of grants and policies; the settings that authenticator would
 * have got at login (its timeouts hold for service_role, which has none) are then sent in front of the others. What
 * stays different there: session_user, and that RESET ROLE leads back to the session's own role.
 */
import { DbkitError } from '../errors.ts';
import type { Connection } from './connect.ts';

export interface Actor {
  /** Role to act as: anon, authenticated, service_role, or one that the session may take. */
  readonly role: string;
  /** Claims of the JWT. `role` is added or replaced, as PostgREST does: nobody at all is {"role":"anon"}. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Default POST, or GET when `readOnly`. */
  readonly method?: string;
  /** Default `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly timeZone?: string;
  /** Parameters of the application (`app.settings.…`), sent last. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The request's schema and the extra search path. Default public, extensions. */
  readonly searchPath?: readonly string[];
  /** Default: by the method, GET and HEAD read only. */
  readonly readOnly?: boolean;
  /** How the transaction ends when `work` succeeds. Default `commit`. */
  readonly end?: 'commit' | 'rollback';
}

interface RoleSetting {
  readonly name: string;
  readonly value: string;
}

/** What the catalog keeps for a role and for the login that PostgREST uses. */
interface RoleSettings {
  /** Of authenticator, when the session is somebody else's. */
  readonly login: readonly RoleSetting[];
  readonly role: readonly RoleSetting[];
}

/**
 * Runs `work` in a transaction of its own as the actor; the session must be outside of one. Rolls back when `work`
 * throws, and passes its error on as it is, SQLSTATE and all. Throws SQL_FAILED when a statement had failed, `work`
 * kept silent, and so nothing could be committed. Afterwards the claims read as '' and no longer as NULL in this
 * session: PostgreSQL keeps the placeholders.
 */
export async function withActor<Result>(
  connection: Connection,
  actor: Actor,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const settings = await readRoleSettings(connection, actor.role);
  const isolation = settings.role.find(({ name }) => name === isolationName)?.value;
  const { method, readOnly } = requestOf(actor);
  await connection.run(`begin isolation level ${isolationLevel(isolation)} ${readOnly ? 'read only' : 'read write'}`);
  let result: Result;
  try {
    const values = actorSettings(actor, method, settings);
    const calls = values.map((_, index) => `pg_catalog.set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`);
    await connection.query(
      `select ${calls.join(', ')}`,
      values.flatMap(({ name, value }) => [name, value]),
    );
    result = await work(connection);
  } catch (error) {
    if (connection.lost === null) await connection.run('rollback').catch(() => undefined);
    throw error;
  }
  if (actor.end === 'rollback') {
    await connection.run('rollback');
    return result;
  }
  const [ended] = await connection.run('commit');
  if (ended?.command === 'ROLLBACK') {
    throw new DbkitError(
      'SQL_FAILED',
      `acting as ${actor.role}: a statement had failed, so everything was rolled back`,
      {
        hint: 'let the error of the statement pass through',
      },
    );
  }
  return result;
}

function requestOf(actor: Actor): { readonly method: string; readonly readOnly: boolean } {
  const method = actor.method ?? (actor.readOnly === true ? 'GET' : 'POST');
  return { method, readOnly: actor.readOnly ?? (method === 'GET' || method === 'HEAD') };
}

/** Names and values in the order in which PostgREST sends them. */
function actorSettings(actor: Actor, method: string, { login, role }: RoleSettings): readonly RoleSetting[] {
  const searchPath = actor.searchPath ?? ['public', 'extensions'];
  const text = (name: string, value: string) => ({ name, value });
  return [
    ...login,
    text('search_path', searchPath.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(', ')),
    ...role.filter(({ name }) => name !== isolationName),
    text('role', actor.role),
    text('request.jwt.claims', JSON.stringify({ ...actor.claims, role: actor.role })),
    text('request.method', method),
    text('request.path', actor.path ?? '/'),
    text('request.headers', JSON.stringify(lowerCaseKeys(actor.headers ?? {}))),
    text('request.cookies', JSON.stringify(actor.cookies ?? {})),
    ...(actor.timeZone === undefined ? [] : [text('timezone', actor.timeZone)]),
    ...Object.entries(actor.settings ?? {}).map(([name, value]) => text(name, value)),
  ];
}

const lowerCaseKeys = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/**
 * Settings of the role, when authenticator is a direct member of it, and those of authenticator itself when somebody
 * else is logged in. Values in lower case, and only parameters that the session's user may set: both as PostgREST does.
 */
async function readRoleSettings(connection: Connection, role: string): Promise<RoleSettings> {
  const { rows } = await connection.query<RoleSetting & { login: boolean }>(
    `select s.login, s.name, pg_catalog.lower(s.value) as value
from (
  select r.rolname = 'authenticator' as login, pg_catalog.split_part(c, '=', 1) as name,
    pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) as value
  from pg_catalog.pg_roles r, pg_catalog.unnest(r.rolconfig) c
  where (r.rolname = $1 and exists (
      select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles a on a.oid = m.member
      where m.roleid = r.oid and a.rolname = 'authenticator'))
    or (r.rolname = 'authenticator' and session_user <> 'authenticator')
) s
join pg_catalog.pg_settings p on p.name = s.name
where p.context = 'user' or pg_catalog.has_parameter_privilege(session_user, p.name, 'SET')
order by s.name`,
    [role],
  );
  const settings = (login: boolean) =>
    rows.filter((row) => row.login === login).map(({ name, value }) => ({ name, value }));
  return { login: settings(true), role: settings(false) };
}

const isolationName = 'default_transaction_isolation';
const levels = ['serializable', 'repeatable read', 'read committed', 'read uncommitted'] as const;
const isolationLevel = (wanted: string | undefined) => levels.find((level) => level === wanted) ?? 'read committed';
