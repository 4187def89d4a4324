/** Opens the session in which migrations run, beside the one that holds the run lock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DbkitError } from '../../errors.ts';
import type { Connection, ConnectOptions } from '../../postgres/connect.ts';
import { connect } from '../../postgres/connect.ts';
import type { ConnectionSettings } from '../../postgres/connection-settings.ts';
import { becomeRole } from '../../postgres/platform/become-role.ts';
import { recognisePlatform } from '../../postgres/platform/recognise.ts';
import { isPooled } from '../../postgres/pooler.ts';
import type { RunLock } from '../../postgres/run-lock.ts';
import type { VerbContext } from '../../postgres/target.ts';
import type { MigrateOptions } from '../options.ts';
import { Notices } from './notices.ts';
import type { StatementObserver } from './observe.ts';
import type { PlatformRules } from './platform-rules.ts';
import { noPlatformRules, standInRules } from './platform-rules.ts';
import type { RunSession } from './session.ts';
import { captureSession } from './session-state.ts';
import { withStubs } from './stub-rules.ts';

const firstAnswerMs = 10_000;
/** How soon a server process notices that its client was killed, and ends what it runs. */
const clientCheckMs = 500;

/** Who looks at the run, and is told the server's notices. */
export interface Observation {
  readonly observer: StatementObserver;
  readonly onNotice: (message: string) => void;
}

/** Throws POOLER_UNSUPPORTED when a pooler has no second server connection to give: it would wait for ever. */
export async function openSession(
  context: VerbContext,
  lock: RunLock,
  options: MigrateOptions,
  applicationName: string,
  observation?: Observation,
): Promise<RunSession> {
  const notices = new Notices(context.onEvent);
  const onNotice: Opening['onNotice'] = (message, notice) => {
    notices.tell(notice);
    observation?.onNotice(message);
  };
  const { connection, rules } = await openFor(context, { applicationName, onNotice });
  let backendPid: number | null;
  try {
    const answered = await firstAnswer(connection);
    backendPid = isPooled(connection, answered) ? null : answered;
    if (backendPid !== null) await noticeDeadClient(connection);
  } catch (error) {
    void connection.close().catch(() => {});
    throw error;
  }
  let restoring: Promise<string> | null = null;
  return {
    app: options.app,
    connection,
    backendPid,
    lock,
    provenance: options.provenance,
    lockTimeoutMs: options.lockTimeoutMs,
    statementTimeoutMs: options.statementTimeoutMs,
    keepText: options.keepText,
    rules,
    notices,
    restoring: () => (restoring ??= captureSession(connection)),
    // DISCARD and DEALLOCATE would take the prepared statement with them.
    preparedName: () => (backendPid === null || restoring !== null ? undefined : 'dbkit_applied'),
    observer: observation?.observer,
    signal: context.signal,
    onEvent: context.onEvent,
  };
}

/** What `connect` is told. */
interface Opening {
  readonly applicationName: string;
  readonly onNotice: ConnectOptions['onNotice'];
}

async function openFor(context: VerbContext, opening: Opening): Promise<Opened> {
  const { stubs = [], adminSettings, settings } = context.db;
  if (stubs.length === 0) return openOnPlatform(context, opening);
  const role = settings.role ?? settings.user;
  const superuser = adminSettings?.user ?? null;
  const { connection, rules } =
    adminSettings === undefined || context.db.description.platform === 'supabase'
      ? await openOnPlatform(context, opening)
      : { connection: await openAs(role, adminSettings, context, opening), rules: noPlatformRules };
  return { connection, rules: withStubs(rules, stubs, { superuser, role }) };
}

interface Opened {
  readonly connection: Connection;
  readonly rules: PlatformRules;
}

/** On a stand-in of Supabase a session of the superuser that became `postgres`, where there is one to be had. */
async function openOnPlatform(context: VerbContext, opening: Opening): Promise<Opened> {
  const { db } = context;
  const connection = await db.connect(opening.applicationName, opening.onNotice);
  if (db.description.platform !== 'supabase') return { connection, rules: noPlatformRules };
  const { hosted } = await recognisePlatform(connection);
  if (hosted) return { connection, rules: noPlatformRules };
  if (db.adminSettings === undefined) return { connection, rules: standInRules(false) };
  await connection.close();
  const admin = await openAs(db.settings.role ?? db.settings.user, db.adminSettings, context, opening);
  return { connection: admin, rules: standInRules(true) };
}

/** A session of the superuser that became `role`. */
async function openAs(
  role: string,
  settings: ConnectionSettings,
  { signal }: VerbContext,
  opening: Opening,
): Promise<Connection> {
  const admin = await connect(settings, { ...opening, signal });
  try {
    await becomeRole(admin, role);
    return admin;
  } catch (error) {
    await admin.close();
    throw error;
  }
}

async function firstAnswer(connection: Connection): Promise<number> {
  const clock = new AbortController();
  const first = connection.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  first.catch(() => {});
  const answer = await Promise.race([first, sleep(firstAnswerMs, null, { signal: clock.signal }).catch(() => null)]);
  clock.abort();
  if (answer !== null) return answer.rows[0]?.pid ?? 0;
  throw new DbkitError(
    'POOLER_UNSUPPORTED',
    'the server gave no second session while the first holds the run lock: the pool has one connection',
    { hint: 'give the pool at least two server connections, or use the direct or session-mode URL' },
  );
}

async function noticeDeadClient(connection: Connection): Promise<void> {
  try {
    await connection.query(`select pg_catalog.set_config('client_connection_check_interval', $1, false)`, [
      `${clientCheckMs}ms`,
    ]);
  } catch (error) {
    // Not every system can tell, and then the server refuses the setting.
    if (connection.lost !== null) throw error;
  }
}
