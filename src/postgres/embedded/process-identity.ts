/** Which process this is, beyond a number that will be given to another one day. */
import { readFileSync, readlinkSync } from 'node:fs';
import { isAlive } from './pid-file.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; null where /proc is missing. */
  readonly startTicks: string | null;
  /** Changes with every boot of the machine. */
  readonly boot: string | null;
  /** Containers count their processes apart: a number means something in its own namespace only. */
  readonly namespace: string | null;
}

export function identityOfProcess(pid: number): ProcessIdentity {
  return {
    pid,
    startTicks: startTicks(pid),
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** True only when it is certain; a process of another container cannot be judged and counts as living. */
export function isProvablyDead(identity: ProcessIdentity): boolean {
  const here = identityOfProcess(identity.pid);
  if (identity.boot !== here.boot) return true;
  if (identity.namespace !== here.namespace) return false;
  if (!isAlive(identity.pid)) return true;
  return identity.startTicks !== null && identity.startTicks !== here.startTicks;
}

function startTicks(pid: number): string | null {
  return orNull(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22; the name in field 2 may hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  });
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch {
    return null;
  }
}
