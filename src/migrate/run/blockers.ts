/** Tells who blocks a session while it waits, and who did when it gave up. */
import type { Connection } from '../../postgres/connect.ts';
import { dropSnapshot } from '../../postgres/run-lock.ts';
import { blankSecrets } from '../../postgres/sql-text.ts';
import type { RunSession } from './session.ts';

export interface Blocker {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly query: string | null;
  /** Age of its transaction in seconds. */
  readonly seconds: number | null;
}

const firstLookMs = 500;
const everyMs = 1_000;

/** What is watched: the server process that works, once it is known, and who blocked it when it was last seen. */
export interface Watched {
  backendPid: number | null;
  blockers: readonly Blocker[];
}

/** Runs `work` while another session watches the server process that `work` tells it of. */
export async function watchingBlockers<T>(
  { lock, lockTimeoutMs, onEvent }: Pick<RunSession, 'lock' | 'lockTimeoutMs' | 'onEvent'>,
  work: (watched: Watched) => Promise<T>,
): Promise<T> {
  const watched: Watched = { backendPid: null, blockers: [] };
  let timer: NodeJS.Timeout;
  let over = false;
  const look = async () => {
    const blockers =
      watched.backendPid === null ? [] : await readBlockers(lock.connection, watched.backendPid).catch(() => []);
    if (over) return;
    if (blockers.length > 0) {
      watched.blockers = blockers;
      for (const blocker of blockers) {
        onEvent({ kind: 'wait', text: `waiting for a lock held by ${describeBlocker(blocker)}` });
      }
    }
    timer = setTimeout(() => void look(), everyMs);
    timer.unref();
  };
  // A wait shorter than our first look would end without a name.
  timer = setTimeout(() => void look(), Math.min(firstLookMs, lockTimeoutMs / 2));
  timer.unref();
  try {
    return await work(watched);
  } finally {
    over = true;
    clearTimeout(timer);
  }
}

async function readBlockers(watcher: Connection, backendPid: number): Promise<readonly Blocker[]> {
  const asked = watcher.query<Blocker>(
    `select a.pid, a.usename as user, a.application_name as application, a.state, a.query,
            extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::int as seconds
     from pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) b(pid)
     join pg_catalog.pg_stat_activity a on a.pid = b.pid
     order by a.xact_start`,
    [backendPid],
  );
  const [{ rows }] = await Promise.all([asked, dropSnapshot(watcher)]);
  return rows;
}

/** `pid 17, user app, psql, idle in transaction for 12 s: select …` */
export function describeBlocker(blocker: Blocker): string {
  const query = blocker.query === null ? '' : blankSecrets(blocker.query).replace(/\s+/g, ' ').trim();
  const who = [`pid ${blocker.pid}`, blocker.user === null ? '' : `user ${blocker.user}`, blocker.application ?? '']
    .filter((part) => part !== '')
    .join(', ');
  const age = blocker.seconds === null ? '' : ` for ${blocker.seconds} s`;
  return `${who}, ${blocker.state ?? 'state hidden'}${age}${query === '' ? '' : `: ${query.length > 100 ? `${query.slice(0, 99)}…` : query}`}`;
}
