/** What each lock mode keeps from others; see "Explicit Locking" in PostgreSQL's manual. */
import type { LockMode, LockTaken } from '../recording.ts';
import { lockModes } from '../recording.ts';

/** 0 for no lock at all. */
export function strength(mode: LockMode | undefined): number {
  return mode === undefined ? 0 : lockModes.indexOf(mode) + 1;
}

export function blockedBy(mode: LockMode): LockTaken['blocks'] {
  switch (mode) {
    case 'ACCESS EXCLUSIVE':
      return 'reads and writes';
    case 'EXCLUSIVE':
    case 'SHARE ROW EXCLUSIVE':
    case 'SHARE':
      return 'writes';
    case 'SHARE UPDATE EXCLUSIVE':
      return 'schema changes';
    // What every statement of an application takes.
    case 'ROW EXCLUSIVE':
    case 'ROW SHARE':
    case 'ACCESS SHARE':
      return 'nothing';
    default: {
      const never: never = mode;
      throw new Error(`not handled: ${String(never)}`);
    }
  }
}

/** Compares by the first of the keys that differs. */
export function byKeys<T>(keys: (value: T) => readonly string[]): (a: T, b: T) => number {
  return (a, b) => {
    const right = keys(b);
    for (const [index, left] of keys(a).entries()) {
      const other = right[index] ?? '';
      if (left !== other) return left < other ? -1 : 1;
    }
    return 0;
  };
}
