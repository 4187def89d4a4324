/** What `postmaster.pid` says, and whether the process it names is really the server of that data directory. */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

export interface PidFile {
  readonly pid: number;
  /** Seconds since 1970, as the server wrote it: tells a server from a later one that got the same pid. */
  readonly startedAt: string;
}

/** Null when there is no file, or an empty one. */
export function readPidFile(dataDirectory: string): PidFile | null {
  let text: string;
  try {
    text = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8');
  } catch {
    return null;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, startedAt: lines[2] ?? '' } : null;
}

/**
 * Pid of the server that works in `dataDirectory`, or null. A live pid is not enough: after a crash the number may belong
 * to any program, and below a process 1 that does not reap, a dead server stays as a zombie that answers signals.
 */
export function findPostmaster(dataDirectory: string): number | null {
  const pid = readPidFile(dataDirectory)?.pid;
  if (process.platform !== 'linux') return pid !== undefined && isAlive(pid) ? pid : null;
  if (pid !== undefined) return worksIn(pid, dataDirectory) ? pid : null;
  // An empty pid file: a full disk, or a server in its first millisecond.
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.map(Number).find((number) => worksIn(number, dataDirectory)) ?? null;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function worksIn(pid: number, dataDirectory: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if (state === 'Z' || state === 'X' || !name.startsWith('postgres')) return false;
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDirectory);
  } catch {
    // Gone in between, or the process of another user: then it is no server of ours either.
    return false;
  }
}
