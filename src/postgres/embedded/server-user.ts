/** Who the server runs as. PostgreSQL refuses root, so root hands the server to `nobody`. */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Debian's number, for a machine whose passwd does not list `nobody`. */
const nobodyByDefault: ServerUser = { uid: 65534, gid: 65534 };

/** The user to drop to, or null when the server runs as the person who started dbkit. */
export function serverUser(): ServerUser | null {
  return process.geteuid?.() === 0 ? findNobody() : null;
}

function findNobody(): ServerUser {
  let passwd: string;
  try {
    passwd = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return nobodyByDefault;
  }
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  // macOS writes -2 for nobody, which setuid takes as an unsigned number; root there must name another user.
  return uid > 0 && gid > 0 ? { uid, gid } : nobodyByDefault;
}

/** Numeric ids for `spawn`; nothing when the user stays the same. */
export function identityOf(user: ServerUser | null): { uid?: number; gid?: number } {
  return user === null ? {} : { uid: user.uid, gid: user.gid };
}

/**
 * Whether `user` may enter `folder` through all folders above it. Read from the mode bits (root cannot ask `access` on
 * behalf of another user), so an ACL is not seen: the answer is then a cautious no.
 */
export function canEnter(folder: string, user: ServerUser | null): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (!allows(at, user, 0o1)) return false;
    if (dirname(at) === at) return true;
  }
}

/** Whether `user` may read one file, given that it may enter its folder. */
export function canRead(file: string, user: ServerUser | null): boolean {
  return allows(file, user, 0o4);
}

function allows(path: string, user: ServerUser | null, bit: number): boolean {
  const uid = user?.uid ?? process.geteuid?.() ?? 0;
  const groups = user === null ? [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])] : [user.gid];
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(path);
  } catch {
    return false;
  }
  if (process.platform === 'win32') return true;
  if (stat.uid === uid) return (stat.mode & (bit << 6)) !== 0;
  if (groups.includes(stat.gid)) return (stat.mode & (bit << 3)) !== 0;
  return (stat.mode & bit) !== 0;
}
